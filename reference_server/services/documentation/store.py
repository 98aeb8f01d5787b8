"""Keeps the packages that somebody brought, and gives the specification in force in a World."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from weakref import WeakKeyDictionary

from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Validator
from reference_server.kernel.store import Transaction
from reference_server.services.documentation.catalogue.shelf import Held, Shelf
from reference_server.services.documentation.model import Origin, Release
from reference_server.specification import (
    NationalJudge,
    Settings,
    archive,
    every,
    judge_of,
    national_judge,
)
from reference_server.specification.brought import Brought, read_archive
from reference_server.specification.model import DEFAULT_BASE
from reference_server.world import World

AS_DELIVERED: Final = ""
_LATEST: Final = (
    "SELECT number, at, canonical_base FROM documentation_package ORDER BY number DESC LIMIT 1"
)


class InForce:
    """The Specifications port."""

    def __init__(self, world: World) -> None:
        self._world = world

    def revision(self) -> str:
        with self._world.store.read() as tx:
            return _revision(tx)

    def library(self) -> Library:
        return shelf_of(self._world).library

    def validator(self, language: str = "fr") -> Validator:
        return shelf_of(self._world).judge(language)

    def judge(self) -> NationalJudge:
        if self.revision() == AS_DELIVERED:
            return national_judge()
        shelf = shelf_of(self._world)
        found: NationalJudge = shelf.once("judge", lambda: _judge(shelf))
        return found

    def artefact(self, resource_type: str, own_id: str) -> Mapping[str, Any] | None:
        found = shelf_of(self._world).find(resource_type, own_id)
        return None if found is None else found.resource


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A World's shelf at one revision."""

    revision: str
    shelf: Shelf


_of_world: WeakKeyDictionary[World, _Kept] = WeakKeyDictionary()


def shelf_of(world: World) -> Shelf:
    """Return what a World documents now; made anew when a package was brought by any process."""
    with world.store.read() as tx:
        revision = _revision(tx)
        if revision == AS_DELIVERED:
            return delivered(DEFAULT_BASE)
        kept = _of_world.get(world)
        if kept is None or kept.revision != revision:
            kept = _of_world[world] = _Kept(revision=revision, shelf=_shelf(tx))
        return kept.shelf


def _judge(shelf: Shelf) -> NationalJudge:
    resources = [each for held in shelf.in_force for each in held.resources]
    return judge_of(Settings(base=shelf.base), shelf.library, resources)


@cache
def delivered(base: str) -> Shelf:
    """Return the shelf of what comes with this server, under a canonical base."""
    return Shelf(_own(base), base=base)


def with_package(world: World, content: bytes, *, base: str, slot: str = "") -> Shelf:
    """Return the shelf as it would be with a package; changes nothing.

    `slot` names the package in whose place it comes, else the one of its own name. Raises
    ArchiveUnreadableError.
    """
    brought = read_archive(content)
    with world.store.read() as tx:
        before = tuple(_brought(tx))
    number = max((int(each.release.id) for each in before), default=0) + 1
    now = world.clock.wire_now().isoformat(timespec="seconds")
    new = _held(brought, content, number=number, slot=slot or brought.name, at=now)
    return Shelf((*_own(base), *before, new), base=base)


def keep_package(world: World, content: bytes, *, base: str, slot: str = "") -> Release:
    """Bring a package into a World and return its release; raises ArchiveUnreadableError."""
    brought = read_archive(content)
    now = world.clock.wire_now().isoformat(timespec="seconds")
    with world.store.write() as tx:
        row = tx.execute("SELECT MAX(number) AS latest FROM documentation_package").fetchone()
        number = int(row["latest"] or 0) + 1
        tx.execute(
            "INSERT INTO documentation_package"
            " (number, slot, name, version, canonical_base, at, sha256, archive)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                slot or brought.name,
                brought.name,
                brought.version,
                base,
                now,
                hashlib.sha256(content).hexdigest(),
                content,
            ),
        )
    return _held(brought, content, number=number, slot=slot or brought.name, at=now).release


def _revision(tx: Transaction) -> str:
    row = tx.execute(_LATEST).fetchone()
    return AS_DELIVERED if row is None else f"{row['number']} {row['at']}"


def _shelf(tx: Transaction) -> Shelf:
    base = str(tx.execute(_LATEST).fetchone()["canonical_base"])
    return Shelf((*_own(base), *_brought(tx)), base=base)


def _brought(tx: Transaction) -> tuple[Held, ...]:
    query = "SELECT number, slot, at, archive FROM documentation_package ORDER BY number"
    return tuple(
        _held(
            read_archive(bytes(row["archive"])),
            bytes(row["archive"]),
            number=int(row["number"]),
            slot=str(row["slot"]),
            at=str(row["at"]),
        )
        for row in tx.execute(query).fetchall()
    )


def _held(brought: Brought, content: bytes, *, number: int, slot: str, at: str) -> Held:
    release = Release(
        id=str(number),
        slot=slot,
        name=brought.name,
        version=brought.version,
        title=brought.title,
        origin=Origin.BROUGHT,
        at=at,
    )
    return Held(
        release=release,
        resources=brought.resources,
        examples=brought.examples,
        archive=lambda: content,
        dependencies=brought.dependencies,
    )


@cache
def _own(base: str) -> tuple[Held, ...]:
    return tuple(
        Held(
            release=Release(
                id=f"d{number}",
                slot=each.name,
                name=each.name,
                version=each.version,
                title=each.title,
                origin=Origin.DELIVERED,
            ),
            resources=each.resources,
            examples=each.examples,
            archive=cache(lambda own=each: archive(own)),
        )
        for number, each in enumerate(every(Settings(base=base)), start=1)
    )
