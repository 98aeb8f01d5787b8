"""A small path language over raw JSON: `entry[0].resource`, `coding[system=x].code`, `a[*].b`.

A path is names joined by dots; a name may carry brackets: `[3]` one item, `[*]` every item,
`[inner.path=value]` the items whose inner path has that value. Nothing is normalised.
"""

import re
from collections.abc import Iterator

from test_suites.core.message import JsonValue

_SEGMENT = re.compile(r"([A-Za-z_$][A-Za-z0-9_$]*)((?:\[[^\]]+\])*)(?:\.|$)")
_BRACKET = re.compile(r"\[([^\]]+)\]")


class PathError(ValueError):
    """A text is not a path."""


def parse(path: str) -> tuple[str, ...]:
    """Return a path's steps, brackets kept; raise PathError."""
    steps: list[str] = []
    position = 0
    while position < len(path):
        match = _SEGMENT.match(path, position)
        if match is None:
            raise PathError(f"not a path at character {position + 1}: {path!r}")
        steps.append(match.group(1))
        steps += [f"[{inner}]" for inner in _BRACKET.findall(match.group(2))]
        position = match.end()
    if not steps or path.endswith("."):
        raise PathError(f"not a path: {path!r}")
    return tuple(steps)


def select(value: JsonValue, path: str) -> tuple[JsonValue, ...]:
    """Return every value a path leads to, in document order; empty when there is none."""
    found: list[JsonValue] = [value]
    for step in parse(path):
        found = [child for item in found for child in _children(item, step)]
    return tuple(found)


def first(value: JsonValue, path: str) -> JsonValue:
    """Return the first value a path leads to, None when there is none."""
    return next(iter(select(value, path)), None)


def first_text(value: JsonValue, path: str) -> str | None:
    """Return the first value a path leads to when it is text, else None."""
    found = first(value, path)
    return found if isinstance(found, str) else None


def _children(value: JsonValue, step: str) -> Iterator[JsonValue]:
    if not step.startswith("["):
        if isinstance(value, dict) and step in value:
            yield value[step]
        return
    inner = step[1:-1]
    items = value if isinstance(value, list) else []
    if inner == "*":
        yield from items
    elif inner.isdigit():
        yield from items[int(inner) : int(inner) + 1]
    else:
        path, _, wanted = inner.partition("=")
        yield from (item for item in items if wanted in _texts(item, path))


def _texts(item: JsonValue, path: str) -> tuple[str, ...]:
    return tuple(found for found in select(item, path) if isinstance(found, str))
