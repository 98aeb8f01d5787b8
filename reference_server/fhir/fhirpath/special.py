"""The functions that evaluate their arguments themselves: for each item, or not at all.

Each entry of SPECIAL gets the closure of its input, its arguments, and what compiles them.
"""

from collections.abc import Callable
from functools import cmp_to_key
from typing import Final

from reference_server.fhir.fhirpath import tree
from reference_server.fhir.fhirpath.context import Context, only
from reference_server.fhir.fhirpath.conversion import criterion
from reference_server.fhir.fhirpath.equality import order
from reference_server.fhir.fhirpath.errors import FhirPathRunError, FhirPathTypeError
from reference_server.fhir.fhirpath.logic import Ask, Compile, Run, asked
from reference_server.fhir.fhirpath.nodes import Item, Items, Node, is_of, plain
from reference_server.fhir.fhirpath.operators import among
from reference_server.fhir.fhirpath.texts import text

Build = Callable[[Run, tuple[tree.Node, ...], Compile], Run]


def each(context: Context, items: Items, run: Run) -> list[Items]:
    """Return what an expression gives for each item, with `$this` and `$index` set."""
    this, index = context.this, context.index
    found = []
    try:
        for at, item in enumerate(items):
            context.this, context.index = [item], at
            found.append(run(context))
    finally:
        context.this, context.index = this, index
    context.spend(1 + len(items))
    return found


def each_answer(context: Context, items: Items, ask: Ask) -> list[bool | None]:
    """Return what a criterion says of each item, with `$this` and `$index` set."""
    this, index = context.this, context.index
    found = []
    try:
        for at, item in enumerate(items):
            context.this, context.index = [item], at
            found.append(ask(context))
    finally:
        context.this, context.index = this, index
    context.spend(1 + len(items))
    return found


def _where(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    ask = asked(arguments[0], compiled)
    if ask is not None:
        return _chosen_by(of, ask)
    test = compiled(arguments[0])

    def chosen(context: Context) -> Items:
        items = of(context)
        held = each(context, items, test)
        return [
            item
            for item, found in zip(items, held, strict=True)
            if found and criterion(found, "where()")
        ]

    return chosen


def _chosen_by(of: Run, ask: Ask) -> Run:
    def chosen(context: Context) -> Items:
        items = of(context)
        held = each_answer(context, items, ask)
        return [item for item, found in zip(items, held, strict=True) if found]

    return chosen


def _select(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    projection = compiled(arguments[0])
    return lambda context: [
        item for found in each(context, of(context), projection) for item in found
    ]


def _exists(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    if not arguments:
        return lambda context: [bool(of(context))]
    found = _where(of, arguments, compiled)
    return lambda context: [bool(found(context))]


def _all(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    ask = asked(arguments[0], compiled)
    if ask is not None:
        return lambda context: [
            all(found is True for found in each_answer(context, of(context), ask))
        ]
    test = compiled(arguments[0])
    return lambda context: [
        all(criterion(found, "all()") is True for found in each(context, of(context), test))
    ]


def _repeat(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    projection = compiled(arguments[0])

    def run(context: Context) -> Items:
        out: Items = []
        seen: set[int] = set()
        level = of(context)
        while level:
            following: Items = []
            for found in each(context, level, projection):
                for item in found:
                    if _is_new(context, item, out, seen):
                        out.append(item)
                        following.append(item)
            level = following
        return out

    return run


def _is_new(context: Context, item: Item, known: Items, seen: set[int]) -> bool:
    """Tell whether an item was not seen; elements by their place, which costs least."""
    if isinstance(item, Node) and isinstance(item.value, dict):
        new = id(item.value) not in seen
        seen.add(id(item.value))
        return new and not among(context, item, known)
    return not among(context, item, known)


def _repeat_all(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    projection = compiled(arguments[0])

    def run(context: Context) -> Items:
        out: Items = []
        level = of(context)
        while level:
            level = [item for found in each(context, level, projection) for item in found]
            out.extend(level)
            context.spend(1 + len(level))
        return out

    return run


def _iif(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    test, then = compiled(arguments[0]), compiled(arguments[1])
    otherwise = compiled(arguments[2]) if len(arguments) > 2 else None  # noqa: PLR2004  the third

    def run(context: Context) -> Items:
        items = of(context)
        only(items, "iif()")
        this = context.this
        context.this = items
        try:
            if criterion(test(context), "iif()"):
                return then(context)
            return [] if otherwise is None else otherwise(context)
        finally:
            context.this = this

    return run


def _aggregate(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    step = compiled(arguments[0])
    start = compiled(arguments[1]) if len(arguments) > 1 else None

    def run(context: Context) -> Items:
        items = of(context)
        total, this, index = context.total, context.this, context.index
        context.total = [] if start is None else start(context)
        try:
            for at, item in enumerate(items):
                context.this, context.index = [item], at
                context.total = step(context)
                context.spend(1 + len(context.total))
            return context.total
        finally:
            context.total, context.this, context.index = total, this, index

    return run


def _trace(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    name = compiled(arguments[0])
    projection = compiled(arguments[1]) if len(arguments) > 1 else None

    def run(context: Context) -> Items:
        items = of(context)
        told = items
        if projection is not None:
            told = [item for found in each(context, items, projection) for item in found]
        values = tuple(item.value if isinstance(item, Node) else plain(item) for item in told)
        context.environment.trace(text(name(context), "trace()") or "", values)
        return items

    return run


def _sort(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    keys: list[tuple[Run, int]] = []
    for argument in arguments:
        if isinstance(argument, tree.Sign) and argument.sign == "-":
            keys.append((compiled(argument.operand), -1))
        else:
            keys.append((compiled(argument), 1))

    def run(context: Context) -> Items:
        items = of(context)
        found = [each(context, items, key) for key, _ in keys] or [[[item] for item in items]]
        signs = [sign for _, sign in keys] or [1]

        def compared(left: int, right: int) -> int:
            for values, sign in zip(found, signs, strict=True):
                before = _before(values[left], values[right])
                if before:
                    return before * sign
            return 0

        return [items[at] for at in sorted(range(len(items)), key=cmp_to_key(compared))]

    return run


def _before(left: Items, right: Items) -> int:
    """Compare two sort keys; an empty one comes last, and first where the order is turned."""
    one, other = only(left, "sort()"), only(right, "sort()")
    if one is None or other is None:
        return (one is None) - (other is None)
    return order(one, other) or 0


def _define_variable(of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    name = compiled(arguments[0])
    value = compiled(arguments[1]) if len(arguments) > 1 else None

    def run(context: Context) -> Items:
        items = of(context)
        called = text(name(context), "defineVariable()")
        known = context.defined = context.defined or {}
        if called is None or called in known or called in _RESERVED:
            raise FhirPathRunError("variable-taken", name=f"%{called}")
        this = context.this
        if value is not None:
            context.this = items
            try:
                known[called] = value(context)
            finally:
                context.this = this
        else:
            known[called] = items
        return items

    return run


_RESERVED: Final = frozenset({"context", "resource", "rootResource", "ucum", "sct", "loinc"})


def _coalesce(_of: Run, arguments: tuple[tree.Node, ...], compiled: Compile) -> Run:
    runs = [compiled(argument) for argument in arguments]

    def run(context: Context) -> Items:
        found: Items = []
        for each_run in runs:
            found = each_run(context)
            if found:
                break
        return found

    return run


def _of_type(of: Run, arguments: tuple[tree.Node, ...], _compiled: Compile) -> Run:
    namespace, name = type_named(arguments[0])
    return lambda context: [item for item in of(context) if is_of(item, namespace, name)]


def _is(of: Run, arguments: tuple[tree.Node, ...], _compiled: Compile) -> Run:
    namespace, name = type_named(arguments[0])

    def run(context: Context) -> Items:
        item = only(of(context), "is()")
        return [] if item is None else [is_of(item, namespace, name)]

    return run


def type_named(argument: tree.Node) -> tuple[str, str]:
    """Return the type that an argument names: `Quantity`, `FHIR.Quantity`."""
    match argument:
        case tree.Member(source=None, name=name):
            return "", name
        case tree.Member(source=tree.Member(source=None, name=namespace), name=name):
            return namespace, name
        case tree.Literal(value=str() as name):
            namespace, _, plain_name = name.rpartition(".")
            return namespace, plain_name
    raise FhirPathTypeError("type-needed", argument.at)


SPECIAL: Final[dict[str, tuple[int, int, Build]]] = {
    "where": (1, 1, _where),
    "select": (1, 1, _select),
    "exists": (0, 1, _exists),
    "all": (1, 1, _all),
    "repeat": (1, 1, _repeat),
    "repeatAll": (1, 1, _repeat_all),
    "iif": (2, 3, _iif),
    "aggregate": (1, 2, _aggregate),
    "trace": (1, 2, _trace),
    "sort": (0, 99, _sort),
    "defineVariable": (1, 2, _define_variable),
    "coalesce": (1, 99, _coalesce),
    "ofType": (1, 1, _of_type),
    "as": (1, 1, _of_type),
    "is": (1, 1, _is),
}
"""Name → fewest and most arguments, and what makes its closure."""
