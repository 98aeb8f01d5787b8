"""Small builders of transcripts: a world in a few lines, so that a test shows what matters."""

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, TypeAlias

import segno
from reportlab.pdfgen.canvas import Canvas

from reference_server.national import identifiers
from reference_server.national.matricule import make_matricule
from reference_server.national.prescription_number import (
    make_prescription_number,
    print_prescription_number,
)
from scenarios.model import Actor, Scenario, Step
from test_suites.core.message import Channel, Exchange, Redaction, Request, Response, Token
from test_suites.core.persona import Persona, PersonaKind
from test_suites.core.transcript import (
    BoundPrescription,
    Exhibit,
    ExhibitKind,
    StepOutcome,
    StepState,
    Transcript,
)
from test_suites.core.view import View

Loose: TypeAlias = Any
"""JSON and keyword members: what they must be is checked by what is built from them."""

BASE = "https://127.0.0.1:8443"
NUMBER = print_prescription_number(make_prescription_number(123456789))
CODE = f"ERX1:{NUMBER.replace('-', '')}:{'ABCD2345' * 4}"
ANNA = Persona(
    id="anna-weber",
    kind=PersonaKind.PATIENT,
    matricule=make_matricule(date(1980, 5, 17), sequence=901),
    family="Weber",
    given="Anna",
    birth_date="1980-05-17",
    gender="female",
)
TUN = Persona(
    id="tun-hoffmann",
    kind=PersonaKind.PATIENT,
    matricule=make_matricule(date(1975, 3, 9), sequence=902),
    family="Hoffmann",
    given="Tun",
    birth_date="1975-03-09",
    gender="male",
)
MEYER = Persona(
    id="dr-meyer", kind=PersonaKind.PRACTITIONER, ehealth_id="1000000001", cns_code="12345678"
)
NORD = Persona(id="labo-nord", kind=PersonaKind.ORGANIZATION, cns_code="87654321")
PERSONAS: Mapping[str, Persona] = {p.id: p for p in (ANNA, TUN, MEYER, NORD)}
BOUND = BoundPrescription(number=NUMBER, code=CODE, task_id="t1", patient="anna-weber")

PATHS = {
    "submit-prescription": ("POST", "/s/fhir/$submit-prescription"),
    "retrieve-prescription": ("POST", "/s/fhir/$retrieve-prescription"),
    "reserve": ("POST", "/s/fhir/Task/t1/$reserve"),
    "release": ("POST", "/s/fhir/Task/t1/$release"),
    "dispense": ("POST", "/s/fhir/Task/t1/$dispense"),
    "cancel": ("POST", "/s/fhir/Task/t1/$cancel"),
    "search-task": ("GET", "/s/fhir/Task?status=ready"),
    "match-patient": ("POST", "/s/fhir/Patient/$match"),
    "feed-patient": ("PUT", "/s/fhir/Patient"),
    "search-patient": ("POST", "/s/fhir/Patient/_search"),
    "cross-reference-patient": ("GET", "/s/fhir/Patient/$ihe-pix"),
    "metadata": ("GET", "/s/fhir/metadata"),
    "token": ("POST", "/s/auth/realms/organization/protocol/openid-connect/token"),
    "authorize": ("GET", "/s/auth/realms/organization/protocol/openid-connect/auth"),
    "userinfo": ("GET", "/s/auth/realms/organization/protocol/openid-connect/userinfo"),
    "end-session": ("GET", "/s/auth/realms/organization/protocol/openid-connect/logout"),
    "discovery": ("GET", "/s/auth/realms/organization/.well-known/openid-configuration"),
}


@cache
def page(code: str | None = None, text: str = "Ordonnance", *, stain: bool = False) -> bytes:
    """Return a one-page PDF, with a QR code and a stain at the top right where asked for."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=True)
    canvas.drawString(60, 700, text)
    if stain:
        canvas.rect(560, 810, 20, 20, fill=1)
    if code is not None:
        for row, line in enumerate(segno.make(code, error="m", micro=False).matrix):
            for column, dark in enumerate(line):
                if dark:
                    canvas.rect(480 + 2 * column, 810 - 2 * row, 2, 2, fill=1, stroke=0)
    canvas.save()
    return out.getvalue()


def binary(content: bytes) -> dict[str, Loose]:
    data = base64.b64encode(content).decode()
    return {"resourceType": "Binary", "contentType": "application/pdf", "data": data}


def line(code: str, **more: Loose) -> dict[str, Loose]:
    return {
        "resourceType": "ServiceRequest",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:line:{code}"}],
        "status": "active",
        "intent": "order",
        "requisition": {"system": "urn:example:requisition", "value": "r1"},
        "code": {"coding": [{"system": identifiers.BIO_PRESC_CODES, "code": code}]},
        "subject": {"reference": "urn:uuid:patient"},
    } | more


def bundle(
    *lines: dict[str, Loose], patient: Persona = ANNA, pdf: bytes | None = None, **more: Loose
) -> dict[str, Loose]:
    """Return a whole, good submission; `more` replaces members of the Bundle."""
    resources: dict[str, dict[str, Loose]] = {
        "composition": {
            "resourceType": "Composition",
            "type": {"coding": [{"system": identifiers.LOINC, "code": "57832-8"}]},
            "subject": {"reference": "urn:uuid:patient"},
        },
        "patient": {
            "resourceType": "Patient",
            "identifier": [{"system": identifiers.MATRICULE, "value": patient.matricule}],
            "name": [{"family": patient.family, "given": [patient.given]}],
            "birthDate": patient.birth_date,
            "gender": patient.gender,
        },
        "practitioner": {
            "resourceType": "Practitioner",
            "identifier": [
                {"system": identifiers.EHEALTH_ID, "value": MEYER.ehealth_id},
                {"system": identifiers.CNS_PROVIDER_CODE, "value": MEYER.cns_code},
            ],
        },
    }
    many = lines or (line("BIO-0101"), line("BIO-0201"))
    resources |= {f"line-{n}": one for n, one in enumerate(many)}
    resources["pdf"] = binary(pdf or page())
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:b1"},
        "timestamp": "2026-03-01T10:00:00+01:00",
        "entry": [{"fullUrl": f"urn:uuid:{n}", "resource": r} for n, r in resources.items()],
    } | more


def parameters(**named: Loose) -> dict[str, Loose]:
    """Return a Parameters resource; `birth_date=("valueDate", x)` makes `birth-date`."""
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": name.replace("_", "-"), kind: value} for name, (kind, value) in named.items()
        ],
    }


def task(status: str = "ready", business: str = "active") -> dict[str, Loose]:
    coding = [{"system": identifiers.ERX_BUSINESS_STATUS, "code": business}]
    return {
        "resourceType": "Task",
        "id": "t1",
        "status": status,
        "businessStatus": {"coding": coding},
    }


def ok(**more: Loose) -> dict[str, Loose]:
    """Return the OK answer to a submission."""
    answer = {
        "task": ("resource", task()),
        "prescription_number": ("valueIdentifier", {"value": NUMBER}),
        "document": ("resource", binary(page(CODE, NUMBER))),
    }
    return parameters(**(answer | more))


def outcome(*codes: str, severity: str = "error", issue: str = "value") -> dict[str, Loose]:
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": severity,
                "code": issue,
                "details": {
                    "coding": [{"system": identifiers.ERX_REFUSAL, "code": code}],
                    "text": f"Phrase {code}",
                },
                "expression": ["Bundle.entry[2]"],
            }
            for code in codes
        ],
    }


def said(
    operation: str,
    body: Loose = None,
    answer: Loose = None,
    *,
    status: int | None = 200,
    record: int = 1,
    headers: Mapping[str, str] | None = None,
    answer_headers: Mapping[str, str] | None = None,
    target: str | None = None,
    **more: Loose,
) -> Exchange:
    """Return one exchange; `body` and `answer` are JSON values or bytes, status None no answer."""
    method, path = PATHS[operation]
    sent = {
        "Content-Type": "application/fhir+json",
        "Authorization": "Bearer redacted.access_token.0123456789abcdef",
        "User-Agent": "good-product/1",
        "X-Request-Id": f"r{record}",
    } | dict(headers or {})
    got = {
        "Content-Type": "application/fhir+json; charset=utf-8",
        "X-Request-Id": sent["X-Request-Id"],
    } | dict(answer_headers or {})
    fields: dict[str, Loose] = {
        "at": float(record),
        "duration": 0.01,
        "step": "act",
        "initiator": "prescriber",
        "responder": "service",
        "channel": Channel(tls_version="TLSv1.3"),
        "tokens": (token(),),
    }
    return Exchange(
        record=record,
        operation=operation,
        base_url=BASE,
        request=Request(
            method=method,
            target=target or path,
            headers=tuple((n, v) for n, v in sent.items() if v),
            body=_bytes(body),
        ),
        response=None if status is None else _response(status, got, answer),
        **(fields | more),
    )


def _response(status: int, headers: Mapping[str, str], answer: Loose) -> Response:
    named = tuple((name, value) for name, value in headers.items() if value)
    return Response(status=status, headers=named, body=_bytes(answer))


def _bytes(value: Loose) -> bytes:
    if value is None:
        return b""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def lab(operation: str, body: Loose = None, answer: Loose = None, **more: Loose) -> Exchange:
    """Return one exchange that the laboratory began."""
    return said(operation, body, answer, initiator="laboratory", **more)


def token(
    aud: str = f"{BASE}/s/fhir", where: str = "header:authorization", **claims: Loose
) -> Token:
    return Token(
        where=where,
        header={"alg": "ES256"},
        claims={"aud": aud} | claims,
        signature_valid=True,
        sha256="0" * 64,
        length=300,
    )


def secret(where: str, digest: str) -> Redaction:
    return Redaction(where=where, kind=where.partition(":")[2], sha256=digest, length=40)


def exhibit(
    kind: ExhibitKind, content: bytes | str, *, name: str = "x", producer: str = "prescriber"
) -> Exhibit:
    return Exhibit(
        record=90,
        at=9.0,
        step="act",
        producer=producer,
        kind=kind,
        name=name,
        media_type="text/plain",
        content=content.encode() if isinstance(content, str) else content,
        sha256="0" * 64,
    )


def shown(level: str, text: str, *, producer: str = "prescriber") -> Exhibit:
    return exhibit(ExhibitKind.SHOWN, text, name=level, producer=producer)


def printed(content: bytes) -> Exhibit:
    return exhibit(ExhibitKind.PRINTED, content, name="prescription.pdf")


def logged(text: str) -> Exhibit:
    return exhibit(ExhibitKind.LOG, text, name="log")


def step(operation: str = "prescribe", step_id: str = "act", **more: Loose) -> Step:
    sender = "prescriber" if operation in {"prescribe", "resubmit-last", "cancel"} else "laboratory"
    fields: dict[str, Loose] = {
        "id": step_id,
        "from": sender,
        "to": "service",
        "operation": operation,
        "as": "dr-meyer" if sender == "prescriber" else "labo-nord",
        "parameters": {
            "prescribe": {
                "patient": "anna-weber",
                "lines": [{"code": "BIO-0101"}, {"code": "BIO-0201"}],
            },
            "dispense": {"paper": "rx"},
        }.get(operation, {}),
    }
    return Step.model_validate(fields | more)


def scenario(*steps: Step) -> Scenario:
    text = {"fr": "Essai", "en": "Trial", "de": "Probe"}
    return Scenario(
        id="ep-trial",
        title=text,  # type: ignore[arg-type]  # pydantic builds the Text
        purpose=text,  # type: ignore[arg-type]  # as above
        actors=(Actor.PRESCRIBER, Actor.LABORATORY, Actor.SERVICE),
        subjects=(Actor.PRESCRIBER, Actor.LABORATORY, Actor.SERVICE),
        dataset="erx-standard",
        steps=steps,
    )


def transcript(
    *facts: Exchange | Exhibit,
    steps: tuple[Step, ...],
    state: StepState = StepState.DONE,
    subject: str | None = None,
    **more: Loose,
) -> Transcript:
    made = Transcript(
        case="ep-trial::x",
        scenario="ep-trial",
        subject_actor=subject,
        exchanges=tuple(f for f in facts if isinstance(f, Exchange)),
        exhibits=tuple(f for f in facts if isinstance(f, Exhibit)),
        steps=tuple(
            StepOutcome(
                record=50 + n, step=s.id, actor=s.from_, state=state, started=0.0, ended=9.0
            )
            for n, s in enumerate(steps)
        ),
        bindings={"rx": BOUND},
    )
    return replace(made, **more)


def view(
    check: str,
    *facts: Exchange | Exhibit,
    about: str = "prescriber",
    of: str | None = None,
    act: Step | None = None,
    state: StepState = StepState.DONE,
    more: Mapping[str, Loose] | None = None,
    **params: Loose,
) -> View:
    """Return what one check sees of an act named `act` in which these facts happened."""
    played = act or step("dispense" if about == "laboratory" else "prescribe")
    return View(
        check=check,
        scenario=scenario(played),
        step=played,
        transcript=transcript(*facts, steps=(played,), state=state, **(more or {})),
        about=Actor(about),
        of=of,
        params=params,
        personas=PERSONAS,
    )
