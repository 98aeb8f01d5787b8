"""Reads JSON as it was written, hiding nothing; knows no FHIR."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from test_suites.core.message import JsonValue


class Flaw(NamedTuple):
    """One thing FHIR's JSON does not allow: where (a JSON pointer), and what."""

    pointer: str
    what: str


def read_json(body: bytes) -> JsonValue:
    """Return the value of a body; None when it is not JSON in UTF-8."""
    try:
        value: JsonValue = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value


def read_exact(text: str) -> object:
    """Return a value in which numbers keep the characters they were written with."""
    return json.loads(text, parse_float=_lexeme, parse_int=_lexeme)


def _lexeme(written: str) -> tuple[str, str]:
    return ("number", written)


def flaws(body: bytes) -> tuple[Flaw, ...]:
    """Return everything in a body that FHIR R4's JSON (2.6.2) does not allow."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return (Flaw("", "not-utf-8"),)
    repeated: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in items]
        repeated.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(items)

    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return (Flaw("", "not-json"),)
    found = [Flaw("", f"repeated-key {name}") for name in repeated]
    return (*found, *_empties(value, ""))


def _empties(value: JsonValue, pointer: str) -> Iterator[Flaw]:
    if isinstance(value, dict):
        if not value:
            yield Flaw(pointer, "empty-object")
        for name, child in value.items():
            if child is None:
                yield Flaw(f"{pointer}/{name}", "null")
            else:
                yield from _empties(child, f"{pointer}/{name}")
    elif isinstance(value, list):
        if not value:
            yield Flaw(pointer, "empty-list")
        for index, item in enumerate(value):
            if item is not None:
                yield from _empties(item, f"{pointer}/{index}")
    elif value == "":
        yield Flaw(pointer, "empty-string")
