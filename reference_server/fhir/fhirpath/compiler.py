"""From what an expression says to a closure that evaluates it; each part is looked at once."""

from collections.abc import Callable
from typing import Any, Final

from reference_server.fhir.fhirpath import logic, tree
from reference_server.fhir.fhirpath.context import Context, only
from reference_server.fhir.fhirpath.descent import named_below
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
from reference_server.fhir.r4.model import Types

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
            return _constant(name, node.at)
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
            raise logic.at_place(error, at) from error.__cause__

    return placed


def _constant(name: str, at: int) -> Run:
    def constant(context: Context) -> Items:
        try:
            return context.constant(name, _converted)
        except FhirPathError as error:
            raise logic.at_place(error, at) from error.__cause__

    return constant


def _converted(value: Any, types: Types) -> Items:  # noqa: ANN401  JSON
    values = value if isinstance(value, list | tuple) else [value]
    return [root_of(each, types) if isinstance(each, dict) else each for each in values]


def _variable(name: str) -> Run:
    match name:
        case "$this":
            return lambda context: context.this
        case "$index":
            return lambda context: [] if context.index is None else [context.index]
        case _:
            return lambda context: context.total


def _member(node: tree.Member) -> Run:
    """Return what walks a whole way of names: `a.b.c` is one walk of three steps."""
    first: tree.Node | None = node
    steps: list[tuple[str, int]] = []
    while isinstance(first, tree.Member):
        steps.insert(0, (first.name, first.at))
        first = first.source
    begins = first is None
    source: Run
    match first:
        case None:
            source = logic.this
        case tree.Function(name="descendants", arguments=()):
            below = logic.this if first.source is None else compile_node(first.source)
            source = named_below(below, steps.pop(0)[0])
        case _:
            source = compile_node(first)
    return _walk(source, tuple(steps), begins=begins)


def _walk(source: Run, steps: tuple[tuple[str, int], ...], *, begins: bool) -> Run:
    def walk(context: Context) -> Items:
        items, first_step = source(context), begins
        for name, at in steps:
            found: Items | None = None
            if len(items) == 1:
                # One element, whose parts were perhaps looked at before: most steps are that.
                item = items[0]
                if type(item) is Node:
                    info = item.type.elements.get(name)
                    if info is not None:
                        found = children(item, info, context.types)  # type: ignore[assignment]  # nobody adds to it
            elif not items:
                return items
            if found is None:
                found = _step(items, name, at, context, begins=first_step)
            context.steps -= 1 + len(found)
            if context.steps < 0:
                context.spend(0)
            items, first_step = found, False
        return items

    return walk


def _step(items: Items, name: str, at: int, context: Context, *, begins: bool) -> Items:
    """Return the elements of a name below items; the first name may be the type of an item."""
    out: Items = []
    for item in items:
        if type(item) is not Node:
            if begins and name in _SYSTEM:
                continue
            raise _unknown(name, item, at)
        info = item.type.elements.get(name)
        if info is not None:
            out += children(item, info, context.types)
        elif begins and item.type.is_a(name):
            out.append(item)
    return out


def _unknown(name: str, item: Item, at: int) -> FhirPathTypeError:
    return FhirPathTypeError("no-element", at, where=type(item).__name__, name=name)


def _function(node: tree.Function) -> Run:
    name = node.name
    asked = logic.asked(node, compile_node)
    if asked is not None:
        return logic.listed(asked)
    source = None if node.source is None else compile_node(node.source)
    of = source or logic.this
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
            raise logic.at_place(error, at) from error.__cause__

    def with_one(context: Context) -> Items:
        items, first = of(context), argument(context)
        try:
            return call(context, items, first)
        except FhirPathError as error:
            raise logic.at_place(error, at) from error.__cause__

    def with_more(context: Context) -> Items:
        items, given = of(context), [each(context) for each in arguments]
        try:
            return call(context, items, *given)
        except FhirPathError as error:
            raise logic.at_place(error, at) from error.__cause__

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
    asked = logic.asked(node, compile_node)
    if asked is not None:
        return logic.listed(asked)
    listed = _listed(node)
    if listed is not None:
        return lambda _context: listed
    left, right = compile_node(node.left), compile_node(node.right)
    return _called(OPERATORS[node.operator], left, (right,), node.at)


def _listed(node: tree.Node) -> Items | None:
    """Return the texts of `'a' | 'b'`, each once; None of anything else."""
    match node:
        case tree.Literal(value=str() as text):
            return [text]
        case tree.Binary(operator="|"):
            left, right = _listed(node.left), _listed(node.right)
            return None if left is None or right is None else list(dict.fromkeys(left + right))
    return None


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
