"""Rules of the prescription's lines, alone and together; pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias

from reference_server.fhir.primitives import read_date, read_instant
from reference_server.kernel.errors import Refusal
from reference_server.services.prescriptions.catalogue import BioPrescCode
from reference_server.services.prescriptions.errors.lines import (
    LineAuthoredOn,
    LineCodeMissing,
    LineCodeMotivationMissing,
    LineCodeUnknown,
    LineIdentifier,
    LineIdentifierDuplicate,
    LineIntent,
    LineMissing,
    LineRepeatCount,
    LineRequester,
    LineRequisition,
    LineStatus,
    LineSubject,
    LineTooMany,
)
from reference_server.services.prescriptions.fhir.submission import Submission, SubmittedLine
from reference_server.services.prescriptions.rules.lifecycle import (
    LUXEMBOURG,
    VALID_MONTHS,
    end_of_validity,
)

MAX_LINES = 30
LEAST_IN_SERIES, MOST_IN_SERIES = 2, 12
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a prescriber's clock may be ahead of ours."""

_MAX_SHOWN = 64
LineRule: TypeAlias = Callable[[SubmittedLine], Iterator[Refusal]]


def line_number(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-009: at least one line, at most 30."""
    if not submission.lines:
        yield LineMissing(expression="Bundle.entry")
    if len(submission.lines) > MAX_LINES:
        yield LineTooMany(expression="Bundle.entry", limit=MAX_LINES)


def line_identifiers(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-009: each line has an identifier of its own."""
    seen = Counter(line.identifier for line in submission.lines)
    for line in submission.lines:
        if line.identifier is None:
            yield LineIdentifier(expression=f"{line.at}.identifier")
        elif seen[line.identifier] > 1:
            yield LineIdentifierDuplicate(
                expression=f"{line.at}.identifier",
                identifier=line.identifier.value[:_MAX_SHOWN],
            )


def line_requisitions(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-011: all lines share one requisition; the first line's is the measure."""
    expected = submission.lines[0].requisition if submission.lines else None
    for line in submission.lines:
        if line.requisition is None or line.requisition != expected:
            yield LineRequisition(expression=f"{line.at}.requisition")


def line_people(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-012, ERX-PRE-015: each line is for the patient and by the prescriber."""
    patient = next(iter(submission.patients), None)
    author = next(iter(submission.practitioners), None)
    for line in submission.lines:
        if patient is not None and line.subject != patient.full_url:
            yield LineSubject(expression=f"{line.at}.subject")
        if author is not None and line.requester != author.full_url:
            yield LineRequester(expression=f"{line.at}.requester")


def line_status(line: SubmittedLine) -> Iterator[Refusal]:
    """ERX-PRE-012: an order that is active."""
    if line.status != "active":
        yield LineStatus(expression=f"{line.at}.status")
    if line.intent != "order":
        yield LineIntent(expression=f"{line.at}.intent")


def line_count(line: SubmittedLine) -> Iterator[Refusal]:
    """ERX-PRE-010: a fractioned series has 2 to 12 analyses."""
    if not line.has_series:
        return
    if line.count is None or not LEAST_IN_SERIES <= line.count <= MOST_IN_SERIES:
        yield LineRepeatCount(expression=f"{line.at}.occurrenceTiming.repeat.count")


def line_code(line: SubmittedLine, catalogue: Mapping[str, BioPrescCode]) -> Iterator[Refusal]:
    """ERX-PRE-013, ERX-PRE-014: an analysis of the catalogue, motivated where it must be."""
    at = f"{line.at}.code"
    if not line.code:
        yield LineCodeMissing(expression=at)
        return
    entry = catalogue.get(line.code)
    if entry is None:
        yield LineCodeUnknown(expression=at, code=line.code[:_MAX_SHOWN])
    elif entry.needs_motivation and not line.is_motivated:
        yield LineCodeMotivationMissing(expression=f"{line.at}.reasonCode", code=line.code)


def line_authored_on(line: SubmittedLine, now: datetime) -> Iterator[Refusal]:
    """ERX-PRE-012: dated, not ahead of now, and not so old that it would be expired at birth."""
    authored = read_authored_on(line.authored_on)
    if (
        authored is None
        or authored > now + CLOCK_TOLERANCE
        or end_of_validity(authored, months=VALID_MONTHS) < now
    ):
        yield LineAuthoredOn(expression=f"{line.at}.authoredOn")


def read_authored_on(value: str | None) -> datetime | None:
    """Return when a line was written: an instant, or the first moment of a full date."""
    if value is None:
        return None
    day = read_date(value)
    if day is not None:
        return datetime.combine(day, time(), LUXEMBOURG).astimezone(UTC)
    instant = read_instant(value)
    return None if instant is None else instant.astimezone(UTC)


SUBMISSION_LINE_RULES = (line_number, line_identifiers, line_requisitions, line_people)
LINE_RULES: tuple[LineRule, ...] = (line_status, line_count)
