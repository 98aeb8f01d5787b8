"""The command `personas`: who the synthetic people are, and what happens with each."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from textwrap import shorten
from typing import TYPE_CHECKING, TypeAlias

from reference_server.text import Catalogue

if TYPE_CHECKING:
    from reference_server.population import Patient, Population

Say: TypeAlias = Callable[..., str]
Section: TypeAlias = tuple[str, "Iterator[_Row]"]
_GOOD = 0
_WIDEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One persona as the table shows it."""

    id: str
    who: str
    number: str
    happens: str


def configure(_name: str, _parser: ArgumentParser) -> None:
    """`personas` takes nothing but what every command takes."""


def execute(_name: str, arguments: Namespace) -> int:
    """Print the catalogue: a table, or everything in all languages as JSON."""
    from reference_server.population import load

    people = load()
    if arguments.json:
        print(json.dumps(as_json(people), ensure_ascii=False))
        return _GOOD
    say = _catalogue().speaker(arguments.language)
    print(say("personas.title", version=people.version))
    for title, rows in _sections(people, arguments.language):
        print()
        print(say(title))
        for line in _table(tuple(rows), say):
            print(line)
    return _GOOD


def as_json(people: "Population") -> dict[str, object]:
    """Return the whole catalogue; `outcome` is null for ordinary people. No password is in it."""
    kinds = ("patients", "practitioners", "organizations", "clients")
    return {
        "version": people.version,
        **{
            kind: [
                {"id": key, **one.model_dump(mode="json", exclude={"password"})}
                for key, one in getattr(people, kind).items()
            ]
            for kind in kinds
        },
    }


def _sections(people: "Population", language: str) -> Iterator[Section]:
    yield "personas.patients", _patients(people.ordinary, language)
    yield "personas.magic", _patients(people.magic, language)
    yield (
        "personas.practitioners",
        (
            _Row(
                id=key,
                who=f"{one.family}, {one.given}",
                number=f"{one.ehealth_id} · {one.cns_code}",
                happens=one.about.spoken(language),
            )
            for key, one in people.practitioners.items()
        ),
    )
    yield (
        "personas.organizations",
        (
            _Row(id=key, who=one.name, number=one.cns_code, happens=one.about.spoken(language))
            for key, one in people.organizations.items()
        ),
    )
    yield (
        "personas.clients",
        (
            _Row(id=key, who=one.name, number=key, happens=one.about.spoken(language))
            for key, one in people.clients.items()
        ),
    )


def _patients(patients: Mapping[str, "Patient"], language: str) -> Iterator[_Row]:
    for key, one in patients.items():
        about = one.about.spoken(language)
        yield _Row(
            id=key,
            who=shorten(f"{one.family}, {one.given}", width=_WIDEST, placeholder="…"),
            number=one.matricule,
            happens=about if one.outcome is None else f"[{one.outcome}] {about}",
        )


def _table(rows: Sequence[_Row], say: Say) -> Iterator[str]:
    """Give aligned lines, a head first; the last column runs on."""
    names = ("id", "who", "number", "happens")
    head = _Row(**{name: say(f"personas.column.{name}") for name in names})
    wide = {name: max(len(getattr(row, name)) for row in (head, *rows)) for name in names[:-1]}
    for row in (head, *rows):
        cells = [f"{getattr(row, name):<{width}}" for name, width in wide.items()]
        yield "  ".join(("", *cells, row.happens))


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("reference_server.app.personas") / "messages")
