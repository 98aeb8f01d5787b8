"""Reads one YAML file into plain values and remembers every line; knows no scenario."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from scenarios.errors import DeclarationError, Phrase, phrase
from scenarios.unreadable import unreadable

# The same safe loader in C where there is one: a fifth of the time of every command.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Place: TypeAlias = tuple[str | int, ...]
Value: TypeAlias = "bool | int | float | str | date | list[Value] | dict[str, Value] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Owns one file's values and, per place, the line on which its author wrote it."""

    file: str
    value: Value
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest enclosing place that has one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def mistake(
        self, place: Place, what: Phrase, *, hint: Phrase | None = None
    ) -> DeclarationError:
        """Return the error that names a place of this file."""
        return DeclarationError(self.file, self.line(place), field_name(place), what, hint=hint)


def field_name(place: Place) -> str:
    """Return a place as an author writes it: `steps[1].expect[0].check`."""
    written = ""
    for part in place:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            written += f".{part}" if written else part
    return written


def read_document(path: Path | Traversable, *, name: str | None = None) -> Document:
    """Return a file's values and lines; raise DeclarationError where it is not plain YAML."""
    file = name or path.name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(file, None, "", unreadable(error)) from error
    try:
        loader = _LOADER(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DeclarationError(file, line, "", phrase("declaration.yaml.sign")) from error
    build = _Build(file=file, loader=loader, lines={})
    try:
        node = loader.get_single_node()
        value = None if node is None else build.value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = (None, "?") if mark is None else (mark.line + 1, mark.column + 1)
        what = phrase("declaration.yaml.broken", column=at[1])
        raise DeclarationError(file, at[0], "", what) from error
    finally:
        loader.dispose()
    return Document(file=file, value=value, lines=build.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """Owns the building of one file's values from YAML's nodes, which know their lines."""

    file: str
    loader: Any
    lines: dict[Place, int]

    def value(self, node: yaml.Node, place: Place) -> Value:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, n)) for n, child in enumerate(node.value)]
        try:
            value = self.loader.construct_object(node)
        except ValueError as error:
            raise self._not_plain(node, place, line) from error
        if value is None or isinstance(value, bool | int | float | str | date):
            return value
        raise self._not_plain(node, place, line)

    def _not_plain(self, node: yaml.Node, place: Place, line: int) -> DeclarationError:
        what = phrase("declaration.yaml.not-plain", tag=node.tag.removeprefix("tag:yaml.org,2002:"))
        return DeclarationError(self.file, line, field_name(place), what)

    def mapping(self, node: yaml.MappingNode, place: Place) -> Value:
        built: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                what = phrase("declaration.key.not-a-word")
                raise DeclarationError(self.file, line, field_name(place), what)
            where = (*place, key)
            if key in built:
                what = phrase("declaration.key.twice")
                raise DeclarationError(self.file, line, field_name(where), what)
            self.lines[where] = line
            built[key] = self.value(value_node, where)
        return built
