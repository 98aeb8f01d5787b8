"""A submitted document as values with their places; judges nothing, keeps nothing.

Where the document is not as it should be, the value is None or missing: the structural reader
and the rules say so. `at` is the FHIRPath-like expression of the resource.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reference_server.fhir.json_reader import JsonObject
from reference_server.fhir.paths import Place, coding_in, identifiers_in
from reference_server.national.identifiers import (
    BIO_PRESC_CODES,
    CNS_PROVIDER_CODE,
    EHEALTH_ID,
    LOINC,
    MATRICULE,
)
from reference_server.services.prescriptions.model import Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedEntry:
    """One entry of the Bundle."""

    at: str
    full_url: str | None
    type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedReference:
    """A reference somewhere in the document."""

    at: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedSection:
    """A section of the Composition: its code's text and what it lists."""

    at: str
    text: str | None
    entries: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedComposition:
    """The first entry of the document."""

    at: str
    status: str | None
    type_code: str | None
    subject: str | None
    first_author: str | None
    sections: tuple[SubmittedSection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedPatient:
    """The person the prescription is for."""

    at: str
    full_url: str | None
    matricules: tuple[str | None, ...]
    family: str | None
    given: tuple[str, ...]
    birth_date: str | None
    gender: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedPractitioner:
    """The person who prescribes."""

    at: str
    full_url: str | None
    ehealth_ids: tuple[str | None, ...]
    cns_codes: tuple[str | None, ...]
    family: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedLine:
    """One analysis. `has_series` tells whether `occurrenceTiming` is there at all."""

    at: str
    full_url: str | None
    identifier: Identifier | None
    requisition: Identifier | None
    status: str | None
    intent: str | None
    code: str | None
    subject: str | None
    requester: str | None
    authored_on: str | None
    is_motivated: bool
    has_series: bool
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedPaper:
    """The PDF as it was sent: base64 text, not yet looked into."""

    at: str
    full_url: str | None
    content_type: str | None
    data: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A whole document; `identifier` only when system and value are both there."""

    type: str | None
    identifier: Identifier | None
    timestamp: str | None
    entries: tuple[SubmittedEntry, ...]
    references: tuple[SubmittedReference, ...]
    composition: SubmittedComposition | None
    patients: tuple[SubmittedPatient, ...]
    practitioners: tuple[SubmittedPractitioner, ...]
    lines: tuple[SubmittedLine, ...]
    papers: tuple[SubmittedPaper, ...]


def to_submission(bundle: JsonObject) -> Submission:
    """Read a document Bundle as far as it can be read."""
    root = Place(bundle, "Bundle")
    entries = root.each("entry")
    resources = tuple((entry, entry.get("resource")) for entry in entries)

    def of_type(name: str) -> Iterator[tuple[Place, str | None]]:
        for entry, resource in resources:
            if resource is not None and resource.text("resourceType") == name:
                yield resource, entry.text("fullUrl")

    first = next(iter(resources), (None, None))[1]
    is_composition = first is not None and first.text("resourceType") == "Composition"
    return Submission(
        type=root.text("type"),
        identifier=_identifier(root.get("identifier")),
        timestamp=root.text("timestamp"),
        entries=tuple(
            SubmittedEntry(
                at=entry.expression,
                full_url=entry.text("fullUrl"),
                type=entry.text("resource", "resourceType"),
            )
            for entry in entries
        ),
        references=tuple(_references(root)),
        composition=_composition(first) if first is not None and is_composition else None,
        patients=tuple(_patient(*found) for found in of_type("Patient")),
        practitioners=tuple(_practitioner(*found) for found in of_type("Practitioner")),
        lines=tuple(_line(*found) for found in of_type("ServiceRequest")),
        papers=tuple(_paper(*found) for found in of_type("Binary")),
    )


def _identifier(place: Place | None) -> Identifier | None:
    system = None if place is None else place.text("system")
    value = None if place is None else place.text("value")
    return Identifier(system=system, value=value) if system and value else None


def _references(place: Place) -> Iterator[SubmittedReference]:
    """Yield every reference at or below a place."""
    waiting = [place]
    while waiting:
        here = waiting.pop()
        below: list[Place] = []
        if isinstance(here.value, dict):
            for name, value in here.value.items():
                if name == "reference" and isinstance(value, str):
                    yield SubmittedReference(at=here.child(name), target=value)
                elif isinstance(value, dict | list):
                    below.append(Place(value, above=here, step=f".{name}"))
        else:
            below = [each for each in here.items() if isinstance(each.value, dict | list)]
        waiting.extend(reversed(below))


def _composition(place: Place) -> SubmittedComposition:
    type_coding = coding_in(place.get("type"), LOINC)
    author = place.first("author")
    return SubmittedComposition(
        at=place.expression,
        status=place.text("status"),
        type_code=None if type_coding is None else type_coding.text("code"),
        subject=place.text("subject", "reference"),
        first_author=None if author is None else author.text("reference"),
        sections=tuple(
            SubmittedSection(
                at=section.expression,
                text=section.text("code", "text"),
                entries=tuple(entry.text("reference") for entry in section.each("entry")),
            )
            for section in place.each("section")
        ),
    )


def _patient(place: Place, full_url: str | None) -> SubmittedPatient:
    name = place.first("name")
    given = () if name is None else name.each("given")
    return SubmittedPatient(
        at=place.expression,
        full_url=full_url,
        matricules=tuple(item.text("value") for item in identifiers_in(place, MATRICULE)),
        family=None if name is None else name.text("family"),
        given=tuple(item.value for item in given if isinstance(item.value, str)),
        birth_date=place.text("birthDate"),
        gender=place.text("gender"),
    )


def _practitioner(place: Place, full_url: str | None) -> SubmittedPractitioner:
    name = place.first("name")
    return SubmittedPractitioner(
        at=place.expression,
        full_url=full_url,
        ehealth_ids=tuple(item.text("value") for item in identifiers_in(place, EHEALTH_ID)),
        cns_codes=tuple(item.text("value") for item in identifiers_in(place, CNS_PROVIDER_CODE)),
        family=None if name is None else name.text("family"),
    )


def _line(place: Place, full_url: str | None) -> SubmittedLine:
    coding = coding_in(place.get("code"), BIO_PRESC_CODES)
    count = place.at("occurrenceTiming", "repeat", "count")
    has_count = count is not None and type(count.value) is int
    return SubmittedLine(
        at=place.expression,
        full_url=full_url,
        identifier=_identifier(place.first("identifier")),
        requisition=_identifier(place.get("requisition")),
        status=place.text("status"),
        intent=place.text("intent"),
        code=None if coding is None else coding.text("code"),
        subject=place.text("subject", "reference"),
        requester=place.text("requester", "reference"),
        authored_on=place.text("authoredOn"),
        is_motivated=any(_says_something(reason) for reason in place.each("reasonCode")),
        has_series=place.get("occurrenceTiming") is not None,
        count=count.value if count is not None and has_count and type(count.value) is int else None,
    )


def _says_something(concept: Place) -> bool:
    codes = (coding.text("code") for coding in concept.each("coding"))
    return bool(concept.text("text")) or any(codes)


def _paper(place: Place, full_url: str | None) -> SubmittedPaper:
    return SubmittedPaper(
        at=place.expression,
        full_url=full_url,
        content_type=place.text("contentType"),
        data=place.text("data"),
    )
