"""Builds the document Bundle of a prescription with fhir.resources; knows no network."""

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from fhir.resources.R4B.annotation import Annotation
from fhir.resources.R4B.binary import Binary
from fhir.resources.R4B.bundle import Bundle, BundleEntry
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.composition import Composition, CompositionSection
from fhir.resources.R4B.humanname import HumanName
from fhir.resources.R4B.identifier import Identifier
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.practitioner import Practitioner
from fhir.resources.R4B.reference import Reference
from fhir.resources.R4B.resource import Resource
from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.timing import Timing, TimingRepeat

from test_suites.vendors.kit.settings import Person
from test_suites.vendors.prescriber.wishes import LineWish, PatientWish, Prescribe

CANONICAL = "https://www.esante.lu/fhir-spec"
MATRICULE = "urn:oid:1.3.182.4.4"
EHEALTH_ID = "urn:oid:1.3.182.4.1"
CNS_CODE = "urn:oid:1.3.182.4.6"
ANALYSES = f"{CANONICAL}/CodeSystem/BioPrescCodes"
URI = "urn:ietf:rfc:3986"
LUXEMBOURG = ZoneInfo("Europe/Luxembourg")


def new_urn() -> str:
    """Return a fresh ``urn:uuid:``."""
    return f"urn:uuid:{uuid4()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A prescription before it becomes FHIR."""

    identifier: str
    written: datetime
    wish: Prescribe
    person: Person
    paper: bytes
    one_requisition: bool = True
    lines_to_be_done: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The ``fullUrl`` under which each resource stands in the Bundle."""

    patient: str
    practitioner: str
    paper: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A prescription ready to be sent, now and again: always the same bytes."""

    identifier: str
    body: bytes


def now() -> datetime:
    """Return the present in Luxembourg, to the millisecond."""
    present = datetime.now(LUXEMBOURG)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


def submission(draft: Draft) -> Submission:
    """Return the Bundle of a draft."""
    return Submission(identifier=draft.identifier, body=_bundle(draft).model_dump_json().encode())


def _bundle(draft: Draft) -> Bundle:
    places = Places(patient=new_urn(), practitioner=new_urn(), paper=new_urn())
    shared = new_urn()
    lines = [
        (
            new_urn(),
            _line(wish, draft, places, requisition=shared if draft.one_requisition else new_urn()),
        )
        for wish in draft.wish.lines
    ]
    resources: list[tuple[str, Resource]] = [
        (new_urn(), _composition(draft, places, [_refer(urn) for urn, _ in lines])),
        (places.patient, _patient(draft.wish.patient)),
        (places.practitioner, _practitioner(draft.person)),
        *lines,
        (places.paper, Binary(contentType="application/pdf", data=base64.b64encode(draft.paper))),
    ]
    return Bundle(
        type="document",
        identifier=Identifier(system=URI, value=draft.identifier),
        timestamp=draft.written,
        entry=[BundleEntry(fullUrl=urn, resource=resource) for urn, resource in resources],
    )


def _composition(draft: Draft, places: Places, lines: list[Reference]) -> Composition:
    kind = Coding(system="http://loinc.org", code="57832-8")
    return Composition(
        status="final",
        type=CodeableConcept(coding=[kind]),
        subject=_refer(places.patient),
        author=[_refer(places.practitioner)],
        date=draft.written,
        title="Ordonnance de biologie médicale",
        section=[
            CompositionSection(code=CodeableConcept(text="lines"), entry=lines),
            CompositionSection(code=CodeableConcept(text="document"), entry=[_refer(places.paper)]),
        ],
    )


def _patient(wish: PatientWish) -> Patient:
    return Patient(
        identifier=[Identifier(system=MATRICULE, value=wish.matricule)],
        name=[HumanName(family=wish.family, given=[wish.given])],
        birthDate=wish.birth_date,
        gender=wish.gender,
    )


def _practitioner(person: Person) -> Practitioner:
    return Practitioner(
        identifier=[
            Identifier(system=EHEALTH_ID, value=person.ehealth_id),
            Identifier(system=CNS_CODE, value=person.cns_code),
        ],
        name=[HumanName(family=person.family, given=[person.given])],
    )


def _line(wish: LineWish, draft: Draft, places: Places, *, requisition: str) -> ServiceRequest:
    analysis = Coding(system=ANALYSES, code=wish.code, display=wish.display)
    return ServiceRequest(
        identifier=[Identifier(system=URI, value=new_urn())],
        status="active",
        intent="order",
        doNotPerform=None if draft.lines_to_be_done else True,
        requisition=Identifier(system=URI, value=requisition),
        code=CodeableConcept(coding=[analysis], text=wish.display),
        subject=_refer(places.patient),
        requester=_refer(places.practitioner),
        authoredOn=draft.written,
        occurrenceTiming=_series(wish.count),
        reasonCode=[CodeableConcept(text=wish.reason)] if wish.reason else None,
        note=[Annotation(text=f"Série de {wish.count} analyses")] if wish.count else None,
    )


def _series(count: int | None) -> Timing | None:
    if count is None:
        return None
    return Timing(repeat=TimingRepeat(count=count))


def _refer(urn: str) -> Reference:
    return Reference(reference=urn)
