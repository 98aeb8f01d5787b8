"""What changes in a profile, element by element, and for whom it gets harder; judges no resource.

`stricter`: a resource that was valid may be valid no more. `looser`: one that was not may now be.
`other`: neither follows from it (a text, a flag, an address). Snapshots are compared, so that what
a base or a datatype brings counts as well.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from reference_server.specification.model import Resource

_STRENGTHS: Final = ("", "example", "preferred", "extensible", "required")
_UNBOUNDED: Final = "*"
_RULES: Final = ("open", "openAtEnd", "closed")
_FIXED: Final = ("fixed", "pattern")
_LOW: Final = "minValue"
_HIGH: Final = "maxValue"


class Effect(StrEnum):
    """What a change means for somebody whose resources fit before."""

    STRICTER = "stricter"
    LOOSER = "looser"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementChange:
    """One difference of one element; `facet` is empty where the element itself is new or gone."""

    element: str
    facet: str
    before: str
    after: str
    effect: Effect


def compare_elements(before: Resource, after: Resource) -> tuple[ElementChange, ...]:
    """Return what changes between two structure definitions that have snapshots."""
    old, new = _by_id(before), _by_id(after)
    found: list[ElementChange] = []
    for own in (*new, *(each for each in old if each not in new)):
        if own not in old:
            found.append(_come(own, new[own], old))
        elif own not in new:
            found.append(_gone(own, old[own], new))
        else:
            found.extend(_between(own, old[own], new[own]))
    return tuple(found)


def _by_id(definition: Resource) -> dict[str, Resource]:
    elements = definition.get("snapshot", {}).get("element", ())
    return {each.get("id", each["path"]): each for each in elements}


def _come(own: str, element: Resource, old: Mapping[str, Resource]) -> ElementChange:
    """A new slice asks for more; the insides of a type were allowed before, told or not."""
    is_slice = ":" in own.rpartition(".")[2]
    demands = element.get("min", 0) > 0 or bool(element.get("constraint"))
    narrows = any(key.startswith(_FIXED) for key in element)
    known = own.rpartition(".")[0] in old or is_slice
    effect = Effect.STRICTER if known and (demands or narrows) else Effect.OTHER
    return ElementChange(
        element=own, facet="", before="", after=cardinality(element), effect=effect
    )


def _gone(own: str, element: Resource, new: Mapping[str, Resource]) -> ElementChange:
    stays_closed = own.rpartition(".")[0] in new and ":" not in own.rpartition(".")[2]
    effect = Effect.STRICTER if stays_closed else Effect.LOOSER
    return ElementChange(
        element=own, facet="", before=cardinality(element), after="", effect=effect
    )


def _between(own: str, old: Resource, new: Resource) -> Iterator[ElementChange]:
    for facet, read, judge in _FACETS:
        yield from _facet(own, facet, (read(old), read(new)), judge)
    yield from _constraints(own, old, new)
    for key in sorted({*old, *new}):
        told = (_plain(old.get(key)), _plain(new.get(key)))
        if key.startswith(_FIXED):
            yield from _facet(own, key, told, _more_is_less)
        elif key.startswith(_LOW):
            yield from _facet(own, key, told, _higher)
        elif key.startswith(_HIGH):
            yield from _facet(own, key, told, _lower)


def _facet(
    own: str, facet: str, told: tuple[str, str], judge: Callable[[str, str], Effect]
) -> Iterator[ElementChange]:
    before, after = told
    if before != after:
        effect = judge(before, after)
        yield ElementChange(element=own, facet=facet, before=before, after=after, effect=effect)


def _constraints(own: str, old: Resource, new: Resource) -> Iterator[ElementChange]:
    before = {each["key"]: each for each in old.get("constraint", ())}
    after = {each["key"]: each for each in new.get("constraint", ())}
    for key in sorted({*before, *after}):
        first, second = _rule(before.get(key)), _rule(after.get(key))
        if first == second:
            continue
        counts = "error" in {
            each.get("severity") for each in (before.get(key, {}), after.get(key, {}))
        }
        effect = Effect.OTHER if first and second else Effect.STRICTER if second else Effect.LOOSER
        yield ElementChange(
            element=own, facet=f"constraint {key}", before=first, after=second,
            effect=effect if counts else Effect.OTHER,
        )  # fmt: skip


def _rule(told: Mapping[str, Any] | None) -> str:
    return "" if told is None else f"{told.get('severity', '')}: {told.get('expression', '')}"


def cardinality(element: Mapping[str, Any]) -> str:
    """Return how often an element may be there, as `0..*`."""
    return f"{element.get('min', 0)}..{element.get('max', _UNBOUNDED)}"


def types(element: Mapping[str, Any]) -> str:
    """Return an element's types with their profiles, in one line that can be compared."""
    found = []
    for each in element.get("type", ()):
        profiles = [*each.get("profile", ()), *each.get("targetProfile", ())]
        found.append(
            f"{each['code']}({' | '.join(sorted(profiles))})" if profiles else each["code"]
        )
    return ", ".join(sorted(found))


def _binding(element: Mapping[str, Any]) -> str:
    told = element.get("binding")
    if told is None:
        return ""
    return " ".join(filter(None, (told.get("strength", ""), told.get("valueSet", ""))))


def _slicing(element: Mapping[str, Any]) -> str:
    told = element.get("slicing")
    return "" if told is None else str(told.get("rules", ""))


def _plain(value: Any) -> str:  # noqa: ANN401  JSON
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _flag(name: str) -> Callable[[Mapping[str, Any]], str]:
    def read(element: Mapping[str, Any]) -> str:
        return "true" if element.get(name) else ""

    return read


def _number(text: str) -> float:
    try:
        return float("inf") if text == _UNBOUNDED else float(text)
    except ValueError:
        return float("nan")


def _higher(before: str, after: str) -> Effect:
    """More is asked for where a lower end rises."""
    if not before or not after:
        return Effect.STRICTER if after else Effect.LOOSER
    first, second = _number(before), _number(after)
    if first == second or first != first or second != second:  # noqa: PLR0124  not a number
        return Effect.OTHER
    return Effect.STRICTER if second > first else Effect.LOOSER


def _lower(before: str, after: str) -> Effect:
    """Less is allowed where an upper end falls."""
    if not before or not after:
        return Effect.STRICTER if after else Effect.LOOSER
    return _higher(after, before)


def _stronger(before: str, after: str) -> Effect:
    first, second = (_STRENGTHS.index(each.partition(" ")[0]) for each in (before, after))
    if first != second:
        return Effect.STRICTER if second > first else Effect.LOOSER
    return Effect.OTHER if first < _STRENGTHS.index("required") else Effect.STRICTER


def _fewer(before: str, after: str) -> Effect:
    """Types: some taken away, or held to a profile, is stricter."""
    first, second = ({*each.split(", ")} - {""} for each in (before, after))
    if second < first:
        return Effect.STRICTER
    if first < second:
        return Effect.LOOSER
    bare = {each.partition("(")[0] for each in first}, {each.partition("(")[0] for each in second}
    if bare[0] == bare[1] and "(" in after and "(" not in before:
        return Effect.STRICTER
    if bare[0] == bare[1] and "(" in before and "(" not in after:
        return Effect.LOOSER
    return Effect.STRICTER if first - second else Effect.LOOSER


def _closed(before: str, after: str) -> Effect:
    first, second = (_RULES.index(each) if each in _RULES else 0 for each in (before, after))
    if first == second:
        return Effect.OTHER
    return Effect.STRICTER if second > first else Effect.LOOSER


def _more_is_less(_before: str, after: str) -> Effect:
    """A value that is fixed leaves no other; another fixed value forbids the first."""
    return Effect.STRICTER if after else Effect.LOOSER


def _neither(_before: str, _after: str) -> Effect:
    return Effect.OTHER


_FACETS: Final[
    tuple[tuple[str, Callable[[Mapping[str, Any]], str], Callable[[str, str], Effect]], ...]
] = (
    ("min", lambda each: str(each.get("min", 0)), _higher),
    ("max", lambda each: str(each.get("max", _UNBOUNDED)), _lower),
    ("type", types, _fewer),
    ("binding", _binding, _stronger),
    ("slicing", _slicing, _closed),
    ("maxLength", lambda each: _plain(each.get("maxLength")), _lower),
    ("mustSupport", _flag("mustSupport"), _neither),
    ("isModifier", _flag("isModifier"), _neither),
)
