"""Builds the document Bundle of a prescription as JSON bytes; knows no network."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from reference_server.national.identifiers import (
    BIO_PRESC_CODES,
    CNS_PROVIDER_CODE,
    EHEALTH_ID,
    LOINC,
    LOINC_PRESCRIPTION_FOR_DIAGNOSTIC,
    MATRICULE,
    URI_SYSTEM,
)
from test_suites.core.message import JsonValue
from test_suites.core.persona import Persona
from test_suites.engine.players.api import json_bytes
from test_suites.engine.players.paper import make_page
from test_suites.engine.players.wishes import LineWish

LUXEMBOURG: Final = ZoneInfo("Europe/Luxembourg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A prescription before it becomes FHIR; `urn` makes a fresh `urn:uuid:`."""

    identifier: str
    patient: Persona
    matricule: str
    prescriber: Persona
    lines: tuple[LineWish, ...]
    written: datetime
    urn: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The `fullUrl` of each resource."""

    composition: str
    patient: str
    prescriber: str
    paper: str
    lines: tuple[str, ...]


def write_document(draft: Draft) -> bytes:
    """Return the document Bundle of a draft."""
    places = Places(
        composition=draft.urn(),
        patient=draft.urn(),
        prescriber=draft.urn(),
        paper=draft.urn(),
        lines=tuple(draft.urn() for _ in draft.lines),
    )
    requisition = _identifier(URI_SYSTEM, draft.urn())
    lines = [
        (url, _line(draft, wish, places, requisition))
        for url, wish in zip(places.lines, draft.lines, strict=True)
    ]
    entries: list[tuple[str, JsonValue]] = [
        (places.composition, _composition(draft, places)),
        (places.patient, _patient(draft)),
        (places.prescriber, _practitioner(draft.prescriber)),
        *lines,
        (places.paper, _paper(draft)),
    ]
    return json_bytes(
        {
            "resourceType": "Bundle",
            "identifier": _identifier(URI_SYSTEM, draft.identifier),
            "type": "document",
            "timestamp": _instant(draft.written),
            "entry": [{"fullUrl": url, "resource": resource} for url, resource in entries],
        }
    )


def _composition(draft: Draft, places: Places) -> JsonValue:
    lines: list[JsonValue] = [_reference(url) for url in places.lines]
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": LOINC_PRESCRIPTION_FOR_DIAGNOSTIC}]},
        "subject": _reference(places.patient),
        "date": _instant(draft.written),
        "author": [_reference(places.prescriber)],
        "title": "Ordonnance de biologie médicale",
        "section": [
            {"code": {"text": "lines"}, "entry": lines},
            {"code": {"text": "document"}, "entry": [_reference(places.paper)]},
        ],
    }


def _patient(draft: Draft) -> JsonValue:
    person = draft.patient
    return _given(
        {
            "resourceType": "Patient",
            "identifier": [_identifier(MATRICULE, draft.matricule)],
            "name": [_name(person)],
            "gender": person.gender,
            "birthDate": person.birth_date,
        }
    )


def _practitioner(person: Persona) -> JsonValue:
    numbers = ((EHEALTH_ID, person.ehealth_id), (CNS_PROVIDER_CODE, person.cns_code))
    return {
        "resourceType": "Practitioner",
        "identifier": [_identifier(system, value) for system, value in numbers if value],
        "name": [_name(person)],
    }


def _line(draft: Draft, wish: LineWish, places: Places, requisition: JsonValue) -> JsonValue:
    coding = _given({"system": BIO_PRESC_CODES, "code": wish.code, "display": wish.display})
    series: JsonValue = None if wish.count is None else {"repeat": {"count": wish.count}}
    return _given(
        {
            "resourceType": "ServiceRequest",
            "identifier": [_identifier(URI_SYSTEM, draft.urn())],
            "requisition": requisition,
            "status": "active",
            "intent": "order",
            "code": {"coding": [coding]},
            "subject": _reference(places.patient),
            "occurrenceTiming": series,
            "authoredOn": _instant(draft.written),
            "requester": _reference(places.prescriber),
            "reasonCode": None if wish.reason is None else [{"text": wish.reason}],
        }
    )


def _paper(draft: Draft) -> JsonValue:
    patient, prescriber = draft.patient, draft.prescriber
    page = make_page(
        (
            "Ordonnance de biologie médicale (test, personnes fictives)",
            f"Dr {prescriber.given or ''} {prescriber.family or ''}",
            f"{patient.given or ''} {patient.family or ''}, {patient.birth_date or ''}",
            *(_described(line) for line in draft.lines),
        )
    )
    data = base64.b64encode(page).decode("ascii")
    return {"resourceType": "Binary", "contentType": "application/pdf", "data": data}


def _described(line: LineWish) -> str:
    often = "" if line.count is None else f" x {line.count}"
    why = "" if line.reason is None else f" : {line.reason}"
    return f"{line.code} {line.display or ''}".rstrip() + often + why


def _given(members: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the members that have a value: FHIR knows no null."""
    return {name: value for name, value in members.items() if value is not None}


def _name(person: Persona) -> JsonValue:
    given: JsonValue = None if person.given is None else [person.given]
    return _given({"family": person.family, "given": given})


def _identifier(system: str, value: str) -> JsonValue:
    return {"system": system, "value": value}


def _reference(url: str) -> JsonValue:
    return {"reference": url}


def _instant(at: datetime) -> str:
    return at.astimezone(LUXEMBOURG).isoformat(timespec="milliseconds")
