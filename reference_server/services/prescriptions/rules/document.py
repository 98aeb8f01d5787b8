"""Rules of the document as a whole: Bundle, entries, references, Composition; pure."""

from collections import Counter
from collections.abc import Iterator

from reference_server.kernel.errors import Refusal
from reference_server.national.identifiers import (
    LOINC_PRESCRIPTION_FOR_DIAGNOSTIC,
    URI_SYSTEM,
    is_uuid_urn,
)
from reference_server.services.prescriptions.errors.document import (
    BundleIdentifier,
    BundleTimestamp,
    BundleType,
    CompositionAuthor,
    CompositionMissing,
    CompositionSection,
    CompositionStatus,
    CompositionSubject,
    CompositionType,
    EntryFullUrl,
    ReferenceUnresolved,
)
from reference_server.services.prescriptions.errors.elements import (
    ElementMissing,
    ResourceUnexpected,
)
from reference_server.services.prescriptions.fhir.submission import Submission

_EXPECTED = frozenset({"Composition", "Patient", "Practitioner", "ServiceRequest", "Binary"})
_MAX_SHOWN = 128
LINES_SECTION, PAPER_SECTION = "lines", "document"


def bundle_type(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-001: one document Bundle carries the whole prescription."""
    if submission.type != "document":
        yield BundleType(expression="Bundle.type")


def bundle_identifier(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-003: the document is identified by a UUID of its own."""
    found = submission.identifier
    if found is None or found.system != URI_SYSTEM or not is_uuid_urn(found.value):
        yield BundleIdentifier(expression="Bundle.identifier")


def bundle_timestamp(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-016: the document says when it was made."""
    if submission.timestamp is None:
        yield BundleTimestamp(expression="Bundle.timestamp")


def entry_full_urls(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-004: every entry has a `urn:uuid:` address, and no two the same."""
    seen = Counter(entry.full_url for entry in submission.entries)
    for entry in submission.entries:
        url = entry.full_url
        if url is None or not is_uuid_urn(url) or seen[url] > 1:
            yield EntryFullUrl(expression=f"{entry.at}.fullUrl")


def entry_types(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-009: nothing but one Composition, the people, the lines and the PDF."""
    for index, entry in enumerate(submission.entries):
        if entry.type is None:
            yield ElementMissing(expression=f"{entry.at}.resource", name="resource")
            continue
        again = entry.type == "Composition" and index > 0
        if again or entry.type not in _EXPECTED:
            yield ResourceUnexpected(
                expression=f"{entry.at}.resource", type=entry.type[:_MAX_SHOWN]
            )
    for patient in submission.patients[1:]:
        yield ResourceUnexpected(expression=patient.at, type="Patient")
    for practitioner in submission.practitioners[1:]:
        yield ResourceUnexpected(expression=practitioner.at, type="Practitioner")


def references_resolve(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-005: every reference leads to an entry, or to a resource contained beside it."""
    known = {entry.full_url for entry in submission.entries}
    for reference in submission.references:
        if reference.target not in known and not reference.target.startswith("#"):
            yield ReferenceUnresolved(
                expression=reference.at, reference=reference.target[:_MAX_SHOWN]
            )


def composition(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-002, ERX-PRE-023: the first entry is a final Composition of the right type."""
    found = submission.composition
    if found is None:
        yield CompositionMissing(expression="Bundle.entry[0].resource")
        return
    if found.status != "final":
        yield CompositionStatus(expression=f"{found.at}.status")
    if found.type_code != LOINC_PRESCRIPTION_FOR_DIAGNOSTIC:
        yield CompositionType(expression=f"{found.at}.type")


def composition_people(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-007, ERX-PRE-015: it is about the patient, and by the prescriber."""
    found = submission.composition
    if found is None:
        return
    patient = next(iter(submission.patients), None)
    if patient is not None and found.subject != patient.full_url:
        yield CompositionSubject(expression=f"{found.at}.subject")
    author = next(iter(submission.practitioners), None)
    if author is not None and found.first_author != author.full_url:
        yield CompositionAuthor(expression=f"{found.at}.author")


def composition_sections(submission: Submission) -> Iterator[Refusal]:
    """ERX-PRE-009: the first section lists every line, the second the PDF, and nothing else."""
    found = submission.composition
    if found is None:
        return
    lines = tuple(line.full_url for line in submission.lines)
    papers = tuple(paper.full_url for paper in submission.papers)
    for index, (name, expected) in enumerate(((LINES_SECTION, lines), (PAPER_SECTION, papers))):
        listed = found.sections[index].entries if index < len(found.sections) else ()
        if Counter(listed) != Counter(expected):
            yield CompositionSection(expression=f"{found.at}.section[{index}]", section=name)


DOCUMENT_RULES = (
    bundle_type,
    bundle_identifier,
    bundle_timestamp,
    entry_full_urls,
    entry_types,
    references_resolve,
    composition,
    composition_people,
    composition_sections,
)
