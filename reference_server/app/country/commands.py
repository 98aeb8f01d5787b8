"""The command `population`: writes a synthetic country's people, and the same people misspelt."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from reference_server.text import Catalogue, system_reason

if TYPE_CHECKING:
    from reference_server.population.country.people import Inhabitant

Say: TypeAlias = Callable[..., str]
_GOOD, _WRONG_INPUT = 0, 2
FORMATS = ("plain", "fhir")


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `population`."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    parser.add_argument("--size", type=int, required=True, help=say("population.option.size"))
    parser.add_argument("--seed", type=int, default=1, help=say("population.option.seed"))
    parser.add_argument("--out", type=Path, required=True, help=say("population.option.out"))
    parser.add_argument(
        "--duplicates", type=int, default=0, help=say("population.option.duplicates")
    )
    parser.add_argument(
        "--format", choices=FORMATS, default=FORMATS[0], help=say("population.option.format")
    )


def execute(_name: str, arguments: Namespace) -> int:
    """Write persons.ndjson and, where asked for, duplicates.ndjson; 2 for wrong arguments."""
    from reference_server.population.country.people import MOST

    say = _catalogue().speaker(arguments.language)
    if not 0 < arguments.size <= MOST:
        return _refuse(say("population.wrong.size", most=MOST))
    if not 0 <= arguments.duplicates <= arguments.size:
        return _refuse(say("population.wrong.duplicates"))
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        written = _write(arguments)
    except OSError as error:
        return _refuse(say("population.wrong.out", reason=system_reason(error)))
    if arguments.json:
        print(json.dumps(written))
    else:
        print(say("population.done", **written))
    return _GOOD


def _write(arguments: Namespace) -> dict[str, int]:
    """Write both files, each whole or not at all; return how many lines they have."""
    from random import Random

    import msgspec

    from reference_server.population.country.mistakes import duplicate
    from reference_server.population.personas import load

    random = Random(arguments.seed + 1)  # noqa: S311 - repeatable on purpose
    taken = frozenset(each.matricule for each in load().patients.values())
    encode, as_line = msgspec.json.Encoder().encode, _liner(arguments.format)
    drafts = [arguments.out / f".{name}.draft" for name in ("persons", "duplicates")]
    count = {"persons": 0, "duplicates": 0}
    with drafts[0].open("wb") as persons, drafts[1].open("wb") as others:
        for each in _people(arguments, taken):
            persons.write(encode(as_line(each)) + b"\n")
            count["persons"] += 1
            left = arguments.duplicates - count["duplicates"]
            if random.random() * (arguments.size - each.number) < left:
                others.write(encode(duplicate(each, random)) + b"\n")
                count["duplicates"] += 1
    for draft, name in zip(drafts, count, strict=True):
        if count[name]:
            draft.replace(arguments.out / f"{name}.ndjson")
        else:
            draft.unlink()
    return count


def _people(arguments: Namespace, taken: frozenset[str]) -> "Iterator[Inhabitant]":
    from reference_server.population.country.people import inhabitants

    return inhabitants(arguments.size, seed=arguments.seed, taken=taken)


def _liner(wanted: str) -> "Callable[[Inhabitant], object]":
    if wanted == "plain":
        return lambda each: each
    from reference_server.services.patients.fhir.patient import write_traits

    return lambda each: write_traits(each.traits, identifier=f"{each.number + 1:010d}")


def _refuse(text: str) -> int:
    sys.stderr.write(text + "\n")
    return _WRONG_INPUT


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("reference_server.app.country") / "messages")
