"""The parts of an expression that answer yes, no or nothing: no collection is made around these.

Most of what invariants say is logic. What is asked is `conversion.truth` of what it would be.
"""

from collections.abc import Callable, Mapping
from typing import Final

from reference_server.fhir.fhirpath import tree
from reference_server.fhir.fhirpath.context import Context
from reference_server.fhir.fhirpath.conversion import truth
from reference_server.fhir.fhirpath.equality import equal
from reference_server.fhir.fhirpath.errors import FhirPathError
from reference_server.fhir.fhirpath.nodes import Items, plain

Run = Callable[[Context], Items]
Ask = Callable[[Context], bool | None]
Compile = Callable[[tree.Node], Run]


def asked(node: tree.Node, compiled: Compile) -> Ask | None:
    """Return what answers the kinds of expression that are logic; None for any other."""
    match node:
        case tree.Binary(operator="and" | "or" | "implies" as operator):
            left = question(node.left, operator, compiled)
            return _LOGIC[operator](left, question(node.right, operator, compiled))
        case tree.Binary(operator="=" | "!="):
            return _equality(node, compiled)
        case tree.Function(name="exists", arguments=()):
            return _existence(node, compiled)
        case tree.Function(name="empty", arguments=()):
            source = this if node.source is None else compiled(node.source)
            return lambda context: not source(context)
        case tree.Function(name="not", arguments=()):
            return _negation(node, compiled)
    return None


def question(node: tree.Node, what: str, compiled: Compile) -> Ask:
    """Return what tells the truth of a part of an expression, as `conversion.truth` does.

    `what` names who asks, where there are several items and one is needed.
    """
    found = asked(node, compiled)
    if found is not None:
        return found
    run = compiled(node)
    return lambda context: truth(run(context), what)


def listed(ask: Ask) -> Run:
    """Return an answer as the collection that it is in FHIRPath."""

    def run(context: Context) -> Items:
        found = ask(context)
        return [] if found is None else [found]

    return run


def this(context: Context) -> Items:
    """Return what is looked at, where a function stands alone."""
    return context.this


def at_place(error: FhirPathError, at: int) -> FhirPathError:
    """Return an error with its place: its own, which is further in, else this one."""
    return error if error.position is not None else error.at(at)


def _existence(node: tree.Function, compiled: Compile) -> Ask:
    source, at = this if node.source is None else compiled(node.source), node.at

    def exists(context: Context) -> bool:
        try:
            return bool(source(context))
        except FhirPathError as error:
            raise at_place(error, at) from error.__cause__

    return exists


def _negation(node: tree.Function, compiled: Compile) -> Ask:
    inner = None if node.source is None else asked(node.source, compiled)
    if inner is not None:

        def negated(context: Context) -> bool | None:
            found = inner(context)
            return None if found is None else not found

        return negated
    source, at = this if node.source is None else compiled(node.source), node.at

    def negation(context: Context) -> bool | None:
        items = source(context)
        try:
            found = truth(items, "not()")
        except FhirPathError as error:
            raise at_place(error, at) from error.__cause__
        return None if found is None else not found

    return negation


def _equality(node: tree.Binary, compiled: Compile) -> Ask:
    wanted = node.operator == "="
    one, other = asked(node.left, compiled), asked(node.right, compiled)
    if one is not None and other is not None:
        return _same_answer(one, other, wanted=wanted)
    left, at = compiled(node.left) if one is None else listed(one), node.at
    match node.right:
        case tree.Literal(value=str() as text):
            return _same_text(left, text, at, wanted=wanted)
    right = compiled(node.right) if other is None else listed(other)

    def compared(context: Context) -> bool | None:
        one, other = left(context), right(context)
        try:
            found = equal(one, other)
        except FhirPathError as error:
            raise at_place(error, at) from error.__cause__
        return None if found is None else found is wanted

    return compared


def _same_answer(left: Ask, right: Ask, *, wanted: bool) -> Ask:
    def compared(context: Context) -> bool | None:
        one, other = left(context), right(context)
        return None if one is None or other is None else (one is other) is wanted

    return compared


def _same_text(left: Run, text: str, at: int, *, wanted: bool) -> Ask:
    """Compare with a text that the expression holds: most of what is compared is that."""
    right: Items = [text]

    def compared(context: Context) -> bool | None:
        items = left(context)
        if len(items) == 1:
            one = plain(items[0])
            if type(one) is str:
                return (one == text) is wanted
        try:
            found = equal(items, right)
        except FhirPathError as error:
            raise at_place(error, at) from error.__cause__
        return None if found is None else found is wanted

    return compared


def _and(left: Ask, right: Ask) -> Ask:
    def both(context: Context) -> bool | None:
        one = left(context)
        if one is False:
            return False
        other = right(context)
        if other is False:
            return False
        return True if one and other else None

    return both


def _or(left: Ask, right: Ask, *, enough: bool = True) -> Ask:
    """True where the left says what is `enough`, or the right is true."""

    def either(context: Context) -> bool | None:
        one = left(context)
        if one is enough:
            return True
        other = right(context)
        if other is True:
            return True
        return None if one is None or other is None else False

    return either


def _implies(left: Ask, right: Ask) -> Ask:
    """`implies`: that the left does not hold is enough."""
    return _or(left, right, enough=False)


_LOGIC: Final[Mapping[str, Callable[[Ask, Ask], Ask]]] = {
    "and": _and,
    "or": _or,
    "implies": _implies,
}
