"""Everything wrong with a submission, in one list without repetition; pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from reference_server.fhir.json_reader import JsonObject
from reference_server.fhir.structure import FaultKind, StructureFault, all_known, structure_faults
from reference_server.kernel.errors import Refusal
from reference_server.services.prescriptions.catalogue import BioPrescCode
from reference_server.services.prescriptions.errors.elements import (
    ElementEmpty,
    ElementMissing,
    ElementRepeated,
    ElementType,
    ElementUnknown,
    ElementValue,
    ResourceUnexpected,
)
from reference_server.services.prescriptions.fhir.submission import Submission
from reference_server.services.prescriptions.rules.document import DOCUMENT_RULES
from reference_server.services.prescriptions.rules.lines import (
    LINE_RULES,
    SUBMISSION_LINE_RULES,
    line_authored_on,
    line_code,
)
from reference_server.services.prescriptions.rules.paper import paper
from reference_server.services.prescriptions.rules.people import PEOPLE_RULES, Acquaintance

_NUMBER = re.compile(r"\d+")
_BY_KIND: Mapping[FaultKind, type[Refusal]] = {
    FaultKind.UNKNOWN: ElementUnknown,
    FaultKind.TYPE: ElementType,
    FaultKind.VALUE: ElementValue,
    FaultKind.MISSING: ElementMissing,
    FaultKind.REPEATED: ElementRepeated,
    FaultKind.EMPTY: ElementEmpty,
    FaultKind.RESOURCE: ResourceUnexpected,
}


def form_faults(resource: JsonObject, expected: str) -> tuple[Refusal, ...]:
    """ERX-PRE-026: return what is wrong with the form of a resource."""
    return tuple(_form_fault(fault) for fault in structure_faults(resource, expected))


def form_left(bundle: JsonObject, *, is_good: bool) -> tuple[Refusal, ...]:
    """ERX-PRE-026: return what is wrong with a Bundle's form where R4's definitions may say so.

    Of one that `is_good` by them, only what the service does not read can still be wrong.
    """
    return () if is_good and all_known(bundle) else form_faults(bundle, "Bundle")


def _form_fault(fault: StructureFault) -> Refusal:
    return _BY_KIND[fault.kind](expression=fault.expression, requirement=None, **fault.params)


def rule_faults(
    submission: Submission,
    *,
    known: Acquaintance,
    catalogue: Mapping[str, BioPrescCode],
    now: datetime,
) -> tuple[Refusal, ...]:
    """Return what every rule says against a submission, the PDF's inside left out."""
    found: list[Refusal] = []
    for rule in (*DOCUMENT_RULES, *SUBMISSION_LINE_RULES, paper):
        found.extend(rule(submission))
    for people_rule in PEOPLE_RULES:
        found.extend(people_rule(submission, known))
    for line in submission.lines:
        for line_rule in LINE_RULES:
            found.extend(line_rule(line))
        found.extend(line_code(line, catalogue))
        found.extend(line_authored_on(line, now))
    return tuple(found)


def merged(form: Iterable[Refusal], rules: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """Return both kinds in the document's order; at one place a rule's fault says it better."""
    by_rules = tuple(rules)
    places = {fault.expression for fault in by_rules}
    kept = (fault for fault in form if fault.expression not in places)
    return tuple(sorted((*kept, *by_rules), key=_place))


def _place(fault: Refusal) -> tuple[list[int], str, str]:
    expression = fault.expression or ""
    return [int(number) for number in _NUMBER.findall(expression)], expression, fault.code
