"""Reads TOML and finds the line of every place in it; says in our own ids what is not TOML."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from scenarios.document import Place
from scenarios.errors import DeclarationError, Phrase, phrase

_HEADER = re.compile(r"^\s*\[(\[?)([^\]]+?)\]?\]\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\-\"']+)\s*=")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
# How the sentences of tomllib begin, and what we say instead; any other is only "not TOML".
_SAYINGS: Final = (
    ("Expected '=' after a key", "declaration.toml.equals"),
    ("Expected newline", "declaration.toml.one-a-line"),
    ("Expected ']", "declaration.toml.header"),
    ("Invalid initial character for a key", "declaration.toml.key"),
    ("Invalid statement", "declaration.toml.statement"),
    ("Cannot ", "declaration.toml.twice"),
    ("Duplicate inline table key", "declaration.toml.twice"),
    ("Unclosed array", "declaration.toml.array"),
    ("Unclosed inline table", "declaration.toml.inline"),
    ("Unterminated string", "declaration.toml.string"),
    ("Expected ", "declaration.toml.string"),
    ("Illegal character", "declaration.toml.sign"),
    ("Found invalid character", "declaration.toml.sign"),
    ("Unescaped '\\'", "declaration.toml.escape"),
    ("Invalid hex value", "declaration.toml.escape"),
    ("Escaped character", "declaration.toml.escape"),
    ("Invalid date or datetime", "declaration.toml.day"),
    ("Invalid value", "declaration.toml.value"),
)


def read_toml(text: str, *, file: str) -> dict[str, Any]:
    """Return what a TOML text holds; raise DeclarationError with line and column."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        line, what = _broken(str(error), text)
        raise DeclarationError(file, line, "", what) from error
    except (RecursionError, ValueError) as error:
        # Tables in tables in tables, or a number of thousands of digits.
        raise DeclarationError(file, None, "", phrase("declaration.toml.absurd")) from error


def _broken(said: str, text: str) -> tuple[int, Phrase]:
    found = _PLACE.search(said)
    lines = text.splitlines() or [""]
    line, column = map(int, found.groups()) if found else (len(lines), len(lines[-1]) + 1)
    chosen = (message_id for begins, message_id in _SAYINGS if said.startswith(begins))
    message_id = next(chosen, "declaration.toml.broken")
    return line, Phrase(message_id, {"column": column})


def line_of(text: str, place: Place) -> int:
    """Return the line of a field, or of the nearest table around it; 1 where there is none."""
    best, depth = 1, 0
    for number, path in _paths(text):
        common = 0
        while common < min(len(path), len(place)) and path[common] == place[common]:
            common += 1
        if common > depth and common in {len(path), len(place)}:
            best, depth = number, common
    return best


def _paths(text: str) -> Iterator[tuple[int, Place]]:
    """Yield each table header and key with its line and full path."""
    table: Place = ()
    counts: dict[Place, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _table(header[2], counts, array=bool(header[1]))
            yield number, table
        elif key:
            yield number, (*table, *_parts(key[1]))


def _table(name: str, counts: dict[Place, int], *, array: bool) -> Place:
    path: Place = ()
    parts = _parts(name)
    for index, part in enumerate(parts):
        path = (*path, part)
        if array and index == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))
