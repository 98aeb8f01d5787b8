"""From what an expression says to a closure that evaluates it; each part is looked at once."""

from collections.abc import Callable
from typing import Any, Final

from reference_server.fhir.fhirpath import tree
from reference_server.fhir.fhirpath.context import Context, only
from reference_server.fhir.fhirpath.conversion import truth
from reference_server.fhir.fhirpath.errors import (
    FhirPathError,
    FhirPathRunError,
    FhirPathTypeError,
)
from reference_server.fhir.fhirpath.functions import SIMPLE
from reference_server.fhir.fhirpath.nodes import (
    Item,
    Items,
    Node,
    children,
    is_of,
    plain,
    root_of,
)
from reference_server.fhir.fhirpath.operators import OPERATORS, negated
from reference_server.fhir.fhirpath.special import SPECIAL

Run = Callable[[Context], Items]

_SYSTEM: Final = frozenset(
    {"Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time", "Quantity"}
)


def compile_node(node: tree.Node) -> Run:  # noqa: C901, PLR0911  one return for each kind of node
    """Return the closure of a part of an expression; raises FhirPathTypeError."""
    match node:
        case tree.Literal(value=None):
            return lambda _context: []
        case tree.Literal(value=value):
            items: Items = [] if value is None else [value]
            return lambda _context: items
        case tree.Constant(name=name):
            return _placed(lambda context: context.constant(name, _converted(context)), node.at)
        case tree.Variable(name=name):
            return _variable(name)
        case tree.Member():
            return _member(node)
        case tree.Function():
            return _function(node)
        case tree.Index():
            return _index(node)
        case tree.Sign(sign=sign):
            operand = compile_node(node.operand)
            return operand if sign == "+" else _placed(lambda c: negated(operand(c)), node.at)
        case tree.Binary():
            return _binary(node)
        case tree.TypeTest():
            return _type_test(node)
    raise TypeError(node)


def _placed(run: Run, at: int) -> Run:
    """Let errors say where in the text they happened."""

    def placed(context: Context) -> Items:
        try:
            return run(context)
        except FhirPathError as error:
            raise _at(error, at) from error.__cause__

    return placed


def _at(error: FhirPathError, at: int) -> FhirPathError:
    """Return an error with its place: its own, which is further in, else this one."""
    return error if error.position is not None else error.at(at)


def _converted(context: Context) -> Callable[[Any], Items]:
    def convert(value: Any) -> Items:  # noqa: ANN401  JSON
        values = value if isinstance(value, list | tuple) else [value]
        return [root_of(each, context.types) if isinstance(each, dict) else each for each in values]

    return convert


def _variable(name: str) -> Run:
    match name:
        case "$this":
            return lambda context: context.this
        case "$index":
            return lambda context: [] if context.index is None else [context.index]
        case _:
            return lambda context: context.total


def _member(node: tree.Member) -> Run:
    name, at = node.name, node.at
    source = None if node.source is None else compile_node(node.source)

    def walk(context: Context) -> Items:
        items = context.this if source is None else source(context)
        if not items:
            return items
        out: Items = []
        for item in items:
            if type(item) is not Node:
                if source is None and name in _SYSTEM:
                    continue
                raise _unknown(name, item, at)
            info = item.type.elements.get(name)
            if info is not None:
                out += children(item, info, context.types)
            elif source is None and item.type.is_a(name):
                out.append(item)
        context.spend(1 + len(out))
        return out

    return walk


def _unknown(name: str, item: Item, at: int) -> FhirPathTypeError:
    return FhirPathTypeError("no-element", at, where=type(item).__name__, name=name)


def _function(node: tree.Function) -> Run:
    name = node.name
    source = None if node.source is None else compile_node(node.source)

    def this(context: Context) -> Items:
        return context.this

    of = source or this
    if name in SPECIAL:
        least, most, build = SPECIAL[name]
        _counted(node, least, most)
        return _placed(build(of, node.arguments, compile_node), node.at)
    if name not in SIMPLE:
        raise FhirPathTypeError("no-function", node.at, name=f"{name}()")
    least, most, call = SIMPLE[name]
    _counted(node, least, most)
    arguments = tuple(compile_node(each) for each in node.arguments)
    return _called(call, of, arguments, node.at)


def _called(call: Callable[..., Items], of: Run, arguments: tuple[Run, ...], at: int) -> Run:
    """Return what calls a function, by how many arguments it is given: the rest is waste."""

    def alone(context: Context) -> Items:
        items = of(context)
        try:
            return call(context, items)
        except FhirPathError as error:
            raise _at(error, at) from error.__cause__

    def with_one(context: Context) -> Items:
        items, first = of(context), argument(context)
        try:
            return call(context, items, first)
        except FhirPathError as error:
            raise _at(error, at) from error.__cause__

    def with_more(context: Context) -> Items:
        items, given = of(context), [each(context) for each in arguments]
        try:
            return call(context, items, *given)
        except FhirPathError as error:
            raise _at(error, at) from error.__cause__

    if not arguments:
        return alone
    argument = arguments[0]
    return with_one if len(arguments) == 1 else with_more


def _counted(node: tree.Function, least: int, most: int) -> None:
    if not least <= len(node.arguments) <= most:
        wanted = str(least) if least == most else f"{least}..{most}"
        raise FhirPathTypeError("arguments", node.at, name=f"{node.name}()", expected=wanted)


def _index(node: tree.Index) -> Run:
    source, index = compile_node(node.source), compile_node(node.index)

    def run(context: Context) -> Items:
        at = only(index(context), "[ ]")
        found = None if at is None else plain(at)
        if found is None:
            return []
        if isinstance(found, bool) or not isinstance(found, int):
            raise FhirPathRunError("whole-needed", node.at, what="[ ]")
        items = source(context)
        return [items[found]] if 0 <= found < len(items) else []

    return run


def _binary(node: tree.Binary) -> Run:
    left, right = compile_node(node.left), compile_node(node.right)
    match node.operator:
        case "and":
            return lambda context: _and(context, left, right)
        case "or":
            return lambda context: _or(context, left, right)
        case "implies":
            return lambda context: _implies(context, left, right)
    return _called(OPERATORS[node.operator], left, (right,), node.at)


def _and(context: Context, left: Run, right: Run) -> Items:
    one = truth(left(context), "and")
    if one is False:
        return [False]
    other = truth(right(context), "and")
    if other is False:
        return [False]
    return [True] if one and other else []


def _or(context: Context, left: Run, right: Run) -> Items:
    one = truth(left(context), "or")
    if one is True:
        return [True]
    other = truth(right(context), "or")
    if other is True:
        return [True]
    return [] if one is None or other is None else [False]


def _implies(context: Context, left: Run, right: Run) -> Items:
    one = truth(left(context), "implies")
    if one is False:
        return [True]
    other = truth(right(context), "implies")
    if other is True:
        return [True]
    return [] if one is None or other is None else [False]


def _type_test(node: tree.TypeTest) -> Run:
    operand = compile_node(node.operand)
    namespace, name = node.type

    def run(context: Context) -> Items:
        item = only(operand(context), node.operator)
        known_type(context, namespace, name, node.at)
        if item is None:
            return []
        fits = is_of(item, namespace, name)
        if node.operator == "is":
            return [fits]
        return [item] if fits else []

    return run


def known_type(context: Context, namespace: str, name: str, at: int) -> None:
    """Raise FhirPathTypeError where there is no such type."""
    if namespace == "System" or (namespace == "" and name in _SYSTEM):
        return
    if namespace in {"", "FHIR"} and name in context.types:
        return
    raise FhirPathTypeError("no-type", at, name=name)
