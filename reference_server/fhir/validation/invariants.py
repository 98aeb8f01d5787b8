"""Whether an invariant holds: the answer, or why there is none."""

from collections.abc import Callable

from reference_server.fhir.fhirpath import Environment, FhirPathError
from reference_server.fhir.fhirpath.context import Context
from reference_server.fhir.fhirpath.evaluation import truth_in
from reference_server.fhir.fhirpath.nodes import Node
from reference_server.fhir.r4.model import BASE, types
from reference_server.fhir.validation.form import Scope
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.rules import Invariant, Profile, Rule
from reference_server.fhir.xhtml import has_content


def context_of(node: Node, scope: Scope, environment: Environment) -> Context:
    """Return the context in which the invariants of an element are asked, one after another."""
    return Context(
        [node], root=[node], resource=scope.resource, environment=environment, types=types()
    )


def holds(invariant: Invariant, context: Context) -> tuple[bool | None, str]:
    """Return whether an invariant holds of a node; None and the reason where nobody can tell.

    An empty result is not true, so that an error is told, as HL7's own validator does (a period
    whose ends cannot be compared); of a warning it tells that what it is about is not there.
    """
    if invariant.key == "txt-2":
        # R4 gives txt-1 and txt-2 one expression, but means two things: allowed, and not empty.
        text = context.this[0].value if isinstance(context.this[0], Node) else None
        return not isinstance(text, str) or has_content(text), ""
    context.renew()
    try:
        found = truth_in(context, invariant.expression, invariant.key)
        return (not invariant.error if found is None else found), ""
    except FhirPathError as error:
        return None, error.reason


def invariants_of(
    node: Node, rule: Rule, profile_of: Callable[[str], Profile | None]
) -> tuple[Invariant, ...]:
    """Return the invariants of an element and of its type, put together once."""
    name = node.type.name
    found = rule.together.get(name)
    if found is None:
        found = rule.invariants
        kind = profile_of(BASE + name) if "." in rule.path and "." not in name else None
        if kind is not None and kind.root is not rule:
            own = {each.key for each in found}
            found += tuple(each for each in kind.root.invariants if each.key not in own)
        rule.together[name] = found
    return found


def weight(invariant: Invariant) -> Severity:
    """Return how much it weighs that an invariant does not hold."""
    if invariant.best_practice:
        return Severity.INFORMATION
    return Severity.ERROR if invariant.error else Severity.WARNING
