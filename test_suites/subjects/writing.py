"""Writes a subject file as TOML, with comments that help; asks nobody and judges nothing."""

import json
from collections.abc import Callable, Iterator, Mapping

from test_suites.core.message import JsonValue

Say = Callable[..., str]
Table = Mapping[str, JsonValue]
_DAYS = frozenset({"until"})


def subject_text(tables: Table, say: Say, *, schema: str) -> str:
    """Return the text of a subject file; `schema` is how editors find its schema."""
    return "\n".join(_lines(tables, say, schema)) + "\n"


def _lines(tables: Table, say: Say, schema: str) -> Iterator[str]:
    yield f"#:schema {schema}"
    yield f"# {say('init.comment.file')}"
    for name, value in tables.items():
        for table in value if isinstance(value, list) else [value]:
            if isinstance(table, dict):
                header = f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
                yield ""
                yield f"# {say(f'init.comment.{name}')}"
                yield header
                yield from _fields(name, table, say)


def _fields(name: str, table: Table, say: Say) -> Iterator[str]:
    """Yield the fields of a table, then the tables within it."""
    for key, value in table.items():
        if not _are_tables(value):
            yield f"{key} = {_value(key, value)}"
    for key, value in table.items():
        if _are_tables(value):
            yield ""
            yield f"# {say(f'init.comment.{key}')}"
        for inner in value if isinstance(value, list) else ():
            if isinstance(inner, dict):
                yield f"[[{name}.{key}]]"
                yield from _fields(f"{name}.{key}", inner, say)
                yield ""


def _are_tables(value: JsonValue) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _value(key: str, value: JsonValue) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value('', each) for each in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_value('', each)}" for name, each in value.items()) + "}"
    return str(value) if key in _DAYS else json.dumps(value, ensure_ascii=False)
