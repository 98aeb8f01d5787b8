"""Reads one YAML file into plain values and remembers every line; knows no scenario."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

import yaml

from scenarios.errors import DeclarationError

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

    def mistake(self, place: Place, message: str, *, hint: str = "") -> DeclarationError:
        """Return the error that names a place of this file."""
        return DeclarationError(self.file, self.line(place), field_name(place), message, hint=hint)


def field_name(place: Place) -> str:
    """Return a place as an author writes it: `steps[1].expect[0].check`."""
    written = ""
    for part in place:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            written += f".{part}" if written else part
    return written


def read_document(path: Path, *, name: str | None = None) -> Document:
    """Return a file's values and lines; raise DeclarationError where it is not plain YAML."""
    file = name or path.name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(file, None, "", f"cannot be read: {error}") from error
    loader = yaml.SafeLoader(text)
    build = _Build(file=file, loader=loader, lines={})
    try:
        node = loader.get_single_node()
        value = None if node is None else build.value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = None if mark is None else mark.line + 1
        raise DeclarationError(file, line, "", f"not YAML: {error.problem}") from error
    finally:
        loader.dispose()
    return Document(file=file, value=value, lines=build.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """Owns the building of one file's values from YAML's nodes, which know their lines."""

    file: str
    loader: yaml.SafeLoader
    lines: dict[Place, int]

    def value(self, node: yaml.Node, place: Place) -> Value:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, n)) for n, child in enumerate(node.value)]
        value = self.loader.construct_object(node)
        if value is None or isinstance(value, bool | int | float | str | date):
            return value
        raise DeclarationError(self.file, line, field_name(place), f"not a plain value: {node.tag}")

    def mapping(self, node: yaml.MappingNode, place: Place) -> Value:
        built: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise DeclarationError(self.file, line, field_name(place), "a key must be a word")
            where = (*place, key)
            if key in built:
                raise DeclarationError(
                    self.file, line, field_name(where), "this key is there twice"
                )
            self.lines[where] = line
            built[key] = self.value(value_node, where)
        return built
