"""What the types alone tell of an expression: elements and types that are nowhere; runs nothing.

A set of types is what a part may give; None where that cannot be told beforehand.
"""

from functools import lru_cache
from typing import Final

from reference_server.fhir.fhirpath import tree
from reference_server.fhir.fhirpath.errors import FhirPathLimitError, FhirPathTypeError
from reference_server.fhir.fhirpath.parser import parse
from reference_server.fhir.fhirpath.special import type_named
from reference_server.fhir.r4.model import TypeInfo, types

Kinds = frozenset[str] | None

_SAME: Final = frozenset(
    {"where", "first", "last", "tail", "skip", "take", "single", "exclude", "intersect", "distinct",
     "trace", "sort", "defineVariable"}
)  # fmt: skip
_JOINED: Final = frozenset({"union", "combine"})
_OVER_ITEMS: Final = frozenset(
    {"where", "select", "exists", "all", "repeat", "repeatAll", "iif", "aggregate", "trace", "sort",
     "defineVariable"}
)  # fmt: skip
_NAMING: Final = frozenset({"ofType", "as", "is"})
_POSITION: Final = frozenset({"first", "last", "tail", "skip", "take"})
_UNORDERED: Final = frozenset({"children", "descendants"})
_OPEN: Final = frozenset({"Resource", "DomainResource", "Element", "BackboneElement"})


@lru_cache(maxsize=8192)
def check(expression: str, root: str | None) -> Kinds:
    """Return the types that an expression on a type may give; raises FhirPathError."""
    kinds = None if root is None else frozenset({root})
    whole = root is not None and types().get(root).resource
    try:
        return _Reader(kinds if whole else None).of(parse(expression), kinds)
    except RecursionError as error:
        raise FhirPathLimitError("nested") from error


class _Reader:
    """Owns the type of the resource around what is looked at."""

    def __init__(self, resource: Kinds) -> None:
        self._resource = resource

    def of(self, node: tree.Node, this: Kinds) -> Kinds:  # noqa: PLR0911  one return for each kind of node
        match node:
            case tree.Variable(name="$this"):
                return this
            case tree.Constant(name="resource"):
                return self._resource
            case tree.Member():
                return self._member(node, this)
            case tree.Function():
                return self._function(node, this)
            case tree.Index():
                self.of(node.index, this)
                return self.of(node.source, this)
            case tree.Sign():
                self.of(node.operand, this)
            case tree.Binary():
                left, right = self.of(node.left, this), self.of(node.right, this)
                return _both(left, right) if node.operator == "|" else None
            case tree.TypeTest():
                self.of(node.operand, this)
                return _named(node.type) if node.operator == "as" else None
        return None

    def _member(self, node: tree.Member, this: Kinds) -> Kinds:
        source = this if node.source is None else self.of(node.source, this)
        first = node.source is None and node.name[:1].isupper()
        if first and node.name in types():
            return self._begun(node, source)
        if source is None:
            return None
        known = [types().get(name) for name in source]
        if any(kind.name in _OPEN for kind in known):
            return None
        found = [kind.elements[node.name] for kind in known if node.name in kind.elements]
        if not found:
            where = ", ".join(sorted(source))
            raise FhirPathTypeError("no-element", node.at, where=where, name=node.name)
        inner = [kind for each in found for kind in each.types.values()]
        return None if None in inner else frozenset(kind.name for kind in inner if kind)

    def _begun(self, node: tree.Member, this: Kinds) -> Kinds:
        """Return the type that an expression begins with, where it can be what is looked at."""
        fits = this is None or any(_related(name, node.name) for name in this)
        if not fits:
            where = ", ".join(sorted(this or ()))
            raise FhirPathTypeError("another-type", node.at, where=where, name=node.name)
        return frozenset({node.name}) if this is None else this

    def _function(self, node: tree.Function, this: Kinds) -> Kinds:
        source = this if node.source is None else self.of(node.source, this)
        if node.name in _POSITION and isinstance(node.source, tree.Function):  # noqa: SIM102  two questions
            if node.source.name in _UNORDERED:
                raise FhirPathTypeError("unordered", node.at, name=f"{node.source.name}()")
        if node.name in _NAMING:
            named = _named(type_named(node.arguments[0])) if node.arguments else None
            return None if node.name == "is" else named
        inner = source if node.name in _OVER_ITEMS else this
        given = [self.of(each, inner) for each in node.arguments]
        if node.name in _SAME:
            return source
        if node.name == "select" and given:
            return given[0]
        if node.name in _JOINED and given:
            return _both(source, given[0])
        return frozenset({"Extension"}) if node.name == "extension" else None


def _both(one: Kinds, other: Kinds) -> Kinds:
    return None if one is None or other is None else one | other


def _named(named: tuple[str, str]) -> Kinds:
    namespace, name = named
    return frozenset({name}) if namespace in {"", "FHIR"} and name in types() else None


def _related(one: str, other: str) -> bool:
    left: TypeInfo = types().get(one)
    return left.is_a(other) or types().get(other).is_a(one)
