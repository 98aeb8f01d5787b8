"""For each check of subscriptions to patients: where it holds, and where it breaks."""

from dataclasses import replace
from typing import Any

from test_suites.core.view import View
from tests.test_suites.core.build import Loose, said, step, view

WHO = "fhir-identity-consumer"
EVENT = "urn:ihe:iti:pmir:2019:patient-feed"
ACT = step("show-patient", **{"from": WHO, "as": "labo-nord"}, parameters={"local_id": "P-1"})
WISH = {"resourceType": "Subscription", "status": "requested", "criteria": "Patient"}
FORM: dict[str, Loose] = {"path": "criteria", "form": "Patient([?]_id=.+)?"}


def message(*headers: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "message",
        "entry": [{"resource": {"resourceType": "MessageHeader", **each}} for each in headers],
    }


def answering(about: str = "m-1", code: str = "ok") -> dict[str, Any]:
    response = {"identifier": about, "code": code}
    return message({"eventUri": f"{EVENT}-response", "response": response})


def told(check: str, answer: Loose, status: int | None = 200) -> View:
    """Return a view of an act after the registry told something, and this was answered."""
    sent = said(
        *("metadata", message({"id": "m-1", "eventUri": EVENT}), answer),
        status=status,
        record=2,
        step="notice",
        tokens=(),
    )
    sent = replace(sent, operation="patient-feed", initiator="service", responder=WHO)
    return view(check, sent, about=WHO, act=ACT, notice="notice")


def asked(criteria: str) -> View:
    wish = said("metadata", {**WISH, "criteria": criteria}, None, status=201, initiator=WHO)
    wish = replace(wish, operation="subscribe-patients")
    return view("request-form", wish, about=WHO, of="subscribe-patients", act=ACT, **FORM)


HOLDS: dict[str, View] = {
    "request-form": asked("Patient"),
    "feed-acknowledged": told("feed-acknowledged", answering()),
    "feed-answer-names": told("feed-answer-names", answering()),
    "feed-refused": told("feed-refused", answering(code="fatal-error")),
}
BREAKS: dict[str, View] = {
    "request-form": asked("Observation"),
    "feed-acknowledged": told("feed-acknowledged", b""),
    "feed-answer-names": told("feed-answer-names", answering("m-2")),
    "feed-refused": told("feed-refused", answering()),
}
