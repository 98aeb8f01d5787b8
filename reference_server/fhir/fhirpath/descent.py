"""Elements of one name anywhere below others: `descendants().name`; evaluates nothing else.

Most of what lies below a resource is of types that can never lead to an element of that name:
these ways are not walked. What is found, and its order, is that of looking at every descendant.
"""

from collections.abc import Callable, Iterator
from typing import Any

from reference_server.fhir.fhirpath.context import Context
from reference_server.fhir.fhirpath.nodes import Items, Node, children
from reference_server.fhir.r4.model import ElementInfo, TypeInfo

Run = Callable[[Context], Items]
_Way = tuple[ElementInfo, str]
"""An element, and the key that must be there."""


def named_below(of: Run, name: str) -> Run:
    """Return what gives the elements of a name of all descendants, a level after the other."""
    ways = _Ways(name)

    def walk(context: Context) -> Items:
        level, first = of(context), True
        out: Items = []
        while level:
            below: Items = []
            for item in level:
                if type(item) is not Node:
                    continue
                value = item.extra if item.type.primitive else item.value
                if type(value) is not dict:
                    continue
                info = None if first else item.type.elements.get(name)
                if info is not None:
                    out += children(item, info, context.types)
                for each in ways.of(item.type, value):
                    below += children(item, each, context.types)
            context.spend(1 + len(below))
            level, first = below, False
        context.spend(len(out))
        return out

    return walk


class _Ways:
    """Owns what is known of one name: which elements of a type are worth walking into."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._leads: dict[str, bool] = {}
        self._keys: dict[str, dict[str, _Way]] = {}

    def of(self, kind: TypeInfo, value: dict[str, Any]) -> list[ElementInfo]:
        """Return the elements of a node to walk into, in the order in which they stand."""
        keys = self._keys.get(kind.name)
        if keys is None:
            keys = self._keys[kind.name] = dict(self._worth(kind))
        found: list[ElementInfo] = []
        for key in value:
            way = keys.get(key)
            if way is not None and way[1] in value and way[0] not in found:
                found.append(way[0])
        return found

    def _worth(self, kind: TypeInfo) -> Iterator[tuple[str, _Way]]:
        """Yield the keys of a type's JSON below which there may be an element of the name.

        Of a primitive, what stands beside it must be there: it holds its id and extensions.
        """
        for key, (info, inner) in kind.keys.items():
            if self._may_lead(inner):
                beside = f"_{key}"
                yield key, (info, beside if inner is not None and inner.primitive else key)
                yield beside, (info, beside)

    def _may_lead(self, kind: TypeInfo | None) -> bool:
        """Tell whether a node of a type may have an element of the name, or lead to one."""
        if kind is None:
            return True
        known = self._leads.get(kind.name)
        if known is None:
            known = self._leads[kind.name] = self._found_from(kind)
        return known

    def _found_from(self, kind: TypeInfo) -> bool:
        seen, waiting = {kind.name}, [kind]
        while waiting:
            each = waiting.pop()
            if self._name in each.elements:
                return True
            for info in each.elements.values():
                for inner in info.types.values():
                    if inner is None:
                        return True
                    if inner.name not in seen:
                        seen.add(inner.name)
                        waiting.append(inner)
        return False
