"""What a World knows of codes: the lists that come with it, and those that somebody brought."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final
from weakref import WeakKeyDictionary

import msgspec

from reference_server.fhir import json_reader
from reference_server.fhir.compose import write_json
from reference_server.fhir.r4.store import Resource
from reference_server.kernel.store import Transaction
from reference_server.national.bio_presc_codes import BioPrescCode, CodeList, synthetic_list
from reference_server.ports import AUDIT, AnalysisVersion, AuditEntry, AuditOutcome
from reference_server.services.terminology.catalogue.analyses import analyses_as_resources
from reference_server.services.terminology.catalogue.answers import Answers
from reference_server.services.terminology.catalogue.importing import (
    ImportFinding,
    ImportOutcome,
    read_list,
)
from reference_server.services.terminology.catalogue.national import national_resources
from reference_server.services.terminology.catalogue.shapes import SHAPES, check_shape
from reference_server.services.terminology.catalogue.tags import state_of
from reference_server.services.terminology.catalogue.terminology import Terminology
from reference_server.specification import every
from reference_server.world import World

ANALYSES: Final = "BioPrescCodes"
RESOURCES: Final = "FHIR"
AS_DELIVERED: Final = ""
MOST_NAMED: Final = 20
_ID: Final = re.compile(r"[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One World's lists at one revision, and the answers that they gave.

    `state` tells these lists from all others, also from those of another version of the product.
    """

    revision: str
    state: str
    analyses: Mapping[str, BioPrescCode]
    terminology: Terminology
    answers: Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file of analyses: codes that are new, changed, and the same as before."""

    outcome: ImportOutcome
    version: str = ""
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    findings: tuple[ImportFinding, ...] = ()


class ListInForce:
    """The Analyses port."""

    def __init__(self, world: World) -> None:
        self._world = world

    def current(self) -> Mapping[str, BioPrescCode]:
        return known(self._world).analyses

    def history(self, code: str) -> tuple[AnalysisVersion, ...]:
        brought = history(self._world, code)
        entry = self.current().get(code)
        if not brought and entry is not None:
            return (AnalysisVersion(number=1, since="", entry=entry),)
        return tuple(
            AnalysisVersion(number=number, since=at, entry=held) for number, at, held in brought
        )


_of_world: WeakKeyDictionary[World, Known] = WeakKeyDictionary()


def known(world: World) -> Known:
    """Return what a World knows now; made anew when a file was brought, by whichever process."""
    with world.store.read() as tx:
        revision = _revision(tx)
        if revision == AS_DELIVERED:
            return _as_delivered()
        held = _of_world.get(world)
        if held is None or held.revision != revision:
            codes, versions = _in_force(tx)
            rows = tx.execute("SELECT content FROM terminology_resource").fetchall()
            own = (json_reader.read_json(row["content"]) for row in rows)
            held = _of_world[world] = _known(revision, codes, versions, own)
        return held


def import_analyses(
    world: World, content: bytes, *, prices: frozenset[str] | None = None
) -> Imported:
    """Bring the agency's file into a World: a changed entry gets its next version.

    What was brought before and is not in the file stays. A file with an error changes nothing.
    """
    read = read_list(content, prices=prices)
    if read.codes is None:
        return Imported(outcome=read.outcome, findings=read.findings)
    told: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
    with world.store.write() as tx:
        codes, versions = _in_force(tx)
        before = {each.code: each for each in codes.codes}
        if _brought(tx) is None:
            # The synthetic list is gone: it was a stand-in, not an earlier version.
            before, versions = {}, {}
        number = _note(tx, world, ANALYSES, version=read.codes.version)
        for entry in read.codes.codes:
            same = before.get(entry.code) == entry
            kind = "unchanged" if same else "changed" if entry.code in before else "added"
            told[kind].append(entry.code)
            if not same:
                _keep(tx, entry, versions.get(entry.code, 0) + 1, number)
    return Imported(
        outcome=read.outcome,
        version=read.codes.version,
        findings=read.findings,
        added=tuple(told["added"]),
        changed=tuple(told["changed"]),
        unchanged=tuple(told["unchanged"]),
    )


def import_resources(world: World, resources: Iterable[Resource]) -> int:
    """Bring code systems, value sets and maps into a World; return how many.

    Others are passed over. Of equal canonicals the last one brought counts. Raises ShapeFaultError.
    """
    brought = [each for each in resources if each.get("resourceType") in SHAPES]
    for each in brought:
        check_shape(each)
    with world.store.write() as tx:
        number = _note(
            tx, world, RESOURCES, entities=tuple(each["url"] for each in brought[:MOST_NAMED])
        )
        for position, each in enumerate(brought):
            content = write_json({**each, "id": _id_of(each, f"own-{number}-{position}")})
            tx.execute(
                "INSERT INTO terminology_resource"
                " (resource_type, url, import_number, content) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (resource_type, url) DO UPDATE SET"
                " import_number = excluded.import_number, content = excluded.content",
                (each["resourceType"], each["url"], number, content),
            )
    return len(brought)


def history(world: World, code: str) -> tuple[tuple[int, str, BioPrescCode], ...]:
    """Return every version of an analysis that was brought: its number, when, and what it was."""
    with world.store.read() as tx:
        rows = tx.execute(
            "SELECT a.version, i.at, a.entry FROM terminology_analysis a"
            " JOIN terminology_import i ON i.number = a.import_number"
            " WHERE a.code = ? ORDER BY a.version",
            (code,),
        ).fetchall()
    return tuple(
        (int(row["version"]), row["at"], msgspec.json.decode(row["entry"], type=BioPrescCode))
        for row in rows
    )


def _id_of(resource: Resource, otherwise: str) -> str:
    told = resource.get("id")
    return told if isinstance(told, str) and _ID.fullmatch(told) else otherwise


@cache
def _as_delivered() -> Known:
    return _known(AS_DELIVERED, synthetic_list(), {}, ())


@cache
def _specified() -> tuple[Resource, ...]:
    """Return the lists of the national specification, so that what it binds to can be asked for."""
    return tuple(
        resource
        for specification in every()
        for resource in specification.resources
        if resource["resourceType"] in SHAPES
    )


def _known(
    revision: str, codes: CodeList, versions: Mapping[str, int], own: Iterable[Resource]
) -> Known:
    # Of equal canonicals the last one laid over counts.
    over = (*_specified(), *analyses_as_resources(codes, versions), *national_resources(), *own)
    return Known(
        revision=revision,
        state=state_of(revision, over),
        analyses={each.code: each for each in codes.codes},
        terminology=Terminology(over),
        answers=Answers(),
    )


def _revision(tx: Transaction) -> str:
    """Return what tells one state of the lists from another, also after a reset of the World."""
    row = tx.execute(
        "SELECT number, at FROM terminology_import ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return AS_DELIVERED if row is None else f"{row['number']} {row['at']}"


def _brought(tx: Transaction) -> str | None:
    """Return the version of the last list of analyses that was brought."""
    row = tx.execute(
        "SELECT version FROM terminology_import WHERE kind = ? ORDER BY number DESC LIMIT 1",
        (ANALYSES,),
    ).fetchone()
    return None if row is None else str(row["version"])


def _in_force(tx: Transaction) -> tuple[CodeList, dict[str, int]]:
    """Return the analyses and the version of each: those brought, else the synthetic ones."""
    version = _brought(tx)
    if version is None:
        codes = synthetic_list()
        return codes, dict.fromkeys((each.code for each in codes.codes), 1)
    rows = tx.execute(
        "SELECT code, version, entry FROM terminology_analysis a WHERE version ="
        " (SELECT max(version) FROM terminology_analysis b WHERE b.code = a.code) ORDER BY code"
    ).fetchall()
    entries = tuple(msgspec.json.decode(row["entry"], type=BioPrescCode) for row in rows)
    versions = {row["code"]: int(row["version"]) for row in rows}
    return CodeList(version=version, codes=entries), versions


def _note(
    tx: Transaction, world: World, kind: str, *, version: str = "", entities: tuple[str, ...] = ()
) -> int:
    """Note that a file was brought, in the audit trail, too; return the import's number."""
    row = tx.execute("SELECT max(number) AS number FROM terminology_import").fetchone()
    number = int(row["number"] or 0) + 1
    at = world.clock.wire_now().isoformat(timespec="microseconds")
    tx.execute(
        "INSERT INTO terminology_import (number, at, kind, version) VALUES (?, ?, ?, ?)",
        (number, at, kind, version),
    )
    entry = AuditEntry(
        action="import-codes",
        outcome=AuditOutcome.SUCCESS,
        request_id=world.ids.uuid(),
        entities=(f"{kind}/{version}", *entities),
    )
    world.port(AUDIT).record(tx, entry)
    return number


def _keep(tx: Transaction, entry: BioPrescCode, version: int, number: int) -> None:
    tx.execute(
        "INSERT INTO terminology_analysis (code, version, import_number, entry)"
        " VALUES (?, ?, ?, ?)",
        (entry.code, version, number, msgspec.json.encode(entry)),
    )
