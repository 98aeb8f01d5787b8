"""Evaluating expressions on resources: compiled once, kept, used again."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from reference_server.fhir.fhirpath.compiler import Run, compile_node
from reference_server.fhir.fhirpath.context import Context, Environment
from reference_server.fhir.fhirpath.errors import FhirPathLimitError
from reference_server.fhir.fhirpath.logic import Ask, question
from reference_server.fhir.fhirpath.nodes import Item, Items, Node, plain, root_of
from reference_server.fhir.fhirpath.parser import parse
from reference_server.fhir.fhirpath.quantity import Quantity
from reference_server.fhir.fhirpath.static import check
from reference_server.fhir.fhirpath.temporal import Temporal
from reference_server.fhir.r4.model import types


@lru_cache(maxsize=8192)
def compiled(expression: str) -> Run:
    """Return the closure of an expression; raises FhirPathError."""
    try:
        return compile_node(parse(expression))
    except RecursionError as error:
        raise FhirPathLimitError("nested") from error


@lru_cache(maxsize=8192)
def asked(expression: str, what: str) -> Ask:
    """Return what tells the truth of an expression in a context; raises FhirPathError."""
    try:
        return question(parse(expression), what, compile_node)
    except RecursionError as error:
        raise FhirPathLimitError("nested") from error


def evaluate(
    resource: Any,  # noqa: ANN401  JSON
    expression: str,
    *,
    environment: Environment | Mapping[str, Any] | None = None,
) -> tuple[Any, ...]:
    """Return the result of an expression on a resource (JSON, or None for no resource) as values.

    Values are plain: bool, int, Decimal, str, dict. Days, times and amounts of FHIRPath's own are
    texts (`2015-02-04`, `14:34:28`, `4 'mg'`). A mapping as environment holds `%name` constants.
    Raises FhirPathError.
    """
    return tuple(value_of(item) for item in items_of(resource, expression, environment))


def items_of(
    resource: Any,  # noqa: ANN401  JSON
    expression: str,
    environment: Environment | Mapping[str, Any] | None = None,
) -> Items:
    """Return the result of an expression as items with their types; raises FhirPathError."""
    known = types()
    if not isinstance(environment, Environment):
        environment = Environment(constants=environment or {})
    root: Items = [] if resource is None else [root_of(resource, known)]
    context = Context(list(root), root=root, resource=root, environment=environment, types=known)
    run = compiled(expression)
    if environment.strict:
        check(expression, resource["resourceType"] if root else None)
    return _run(run, context)


def run_in(context: Context, expression: str) -> Items:
    """Return the result of an expression in a context; raises FhirPathError."""
    return _run(compiled(expression), context)


def truth_in(context: Context, expression: str, what: str) -> bool | None:
    """Return the truth of an expression in a context, None of nothing; raises FhirPathError.

    `what` names it where it gives several items.
    """
    try:
        return asked(expression, what)(context)
    except RecursionError as error:
        raise FhirPathLimitError("nested") from error


def _run(run: Run, context: Context) -> Items:
    try:
        return run(context)
    except RecursionError as error:
        raise FhirPathLimitError("nested") from error


def value_of(item: Item) -> Any:  # noqa: ANN401  JSON
    """Return an item as a plain value."""
    if isinstance(item, Node):
        if not item.type.primitive:
            return item.value
        item = plain(item)
        if isinstance(item, Node):
            return item.extra
    return str(item) if isinstance(item, Temporal | Quantity) else item
