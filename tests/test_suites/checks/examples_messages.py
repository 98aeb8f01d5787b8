"""For each check of HL7 v2 messages: where it holds, and where it breaks."""

from dataclasses import replace
from typing import Any

from test_suites.core.message import Channel, Exchange, Request, Response
from test_suites.core.view import View
from tests.test_suites.core.build import ANNA, NORD, Loose, shown, step, view

OWN = f"^^^&1.3.182.3.1.1.{NORD.cns_code}.2&ISO"
NATIONAL = f"{ANNA.matricule}^^^&1.3.182.4.4&ISO"
HEAD = "MSH|^~\\&|HIS|90200116|MPI|LU|20260101120000||{kind}|{control}|T|2.5||||||UNICODE UTF-8"
ACT = step(
    "register-patient",
    **{"from": "feed-source", "as": "labo-nord"},
    parameters={"patient": "anna-weber", "local_id": "P-1"},
)


def pid(numbers: str = f"P-1{OWN}~{NATIONAL}", name: str = "Weber^Anna") -> str:
    return f"PID|1||{numbers}||{name}^^^^^L||19840317|F"


def message(*segments: str, kind: str = "ADT^A28^ADT_A05", control: str = "1") -> bytes:
    lines = (HEAD.format(kind=kind, control=control), *segments)
    return "".join(f"{line}\r" for line in lines).encode()


def answered(code: str = "AA", *more: str, control: str = "1") -> bytes:
    return message(f"MSA|{code}|{control}", *more, kind="ACK^A28^ACK", control="9")


FED = message("EVN||20260101", pid(), "PV1|1|N")
WRONG = "ERR||PID^1^3^1^4|101^Required field missing^HL70357|E"


def told(
    sent: bytes = FED, got: bytes | None = b"", *, record: int = 1, deviation: str | None = None
) -> Exchange:
    return Exchange(
        record=record,
        at=float(record),
        duration=0.01,
        step="act",
        initiator="feed-source",
        responder="service",
        operation="hl7-adt-a28",
        base_url="mllps://127.0.0.1:1",
        request=Request(method="MLLP", target="/s/mllp/ADT^A28", headers=(), body=sent),
        response=None if got is None else Response(status=0, headers=(), body=got or answered()),
        channel=Channel(tls_version="TLSv1.3"),
        deviation=deviation,
    )


def seen(check: str, *facts: Exchange, warned: bool | None = None, **params: Loose) -> View:
    said = [] if warned is None else [shown("error" if warned else "info", "Anna", producer=WHO)]
    return view(check, *facts, *said, about="feed-source", of="hl7-adt-a28", act=ACT, **params)


WHO = "feed-source"
REFUSED = told(got=answered("AE", WRONG))
LOST = told(got=None, deviation="reset")
NUMBER: dict[str, Any] = {"segment": "PID", "field": 3}

FOUND = told(got=answered("AA", pid()), record=2)
EARLIER = replace(told(got=answered("AA", pid(f"P-9{OWN}"))), step="earlier")
SAME = replace(told(got=answered("AA", pid())), step="earlier")
DOMAIN = OWN.split("&")[1]

HOLDS: dict[str, View] = {
    "message-sent": seen("message-sent", told()),
    "message-readable": seen("message-readable", told()),
    "message-field": seen("message-field", told(), segment="MSH", field=11, form="T|D"),
    "message-segments": seen("message-segments", told(), segments=["EVN", "PID", "PV1"]),
    "message-trait": seen("message-trait", told(), trait="family"),
    "message-numbers": seen("message-numbers", told(), **NUMBER),
    "message-own-number": seen("message-own-number", told(), **NUMBER, key="local_id"),
    "message-matricule": seen("message-matricule", told()),
    "control-ids-fresh": seen("control-ids-fresh", told()),
    "control-id-kept": seen("control-id-kept", LOST, told(record=2)),
    "sent-again": seen("sent-again", LOST, told(record=2)),
    "sent-at-most": seen("sent-at-most", told(), times=1),
    "refusal-heeded": seen("refusal-heeded", REFUSED, warned=True),
    "shows": seen("shows", told(), warned=False, text="Anna"),
    "shows-not": seen("shows-not", told(), warned=False, text="Weber"),
    "answered-with": seen("answered-with", REFUSED, code="AE", error="101", place="PID^1^3^1^4"),
    "answer-field": seen("answer-field", REFUSED, segment="ERR", field=3, form="101"),
    "answer-count": seen("answer-count", FOUND, segment="PID", count=1),
    "answer-others": seen("answer-others", EARLIER, FOUND, first="earlier"),
    "answer-domains": seen("answer-domains", FOUND, domains=[DOMAIN, "1.3.182.4.4"]),
    "answer-control-id": seen("answer-control-id", told()),
}
OTHER = message("EVN||20260101", pid(name="Weber^Anne"), "PV1|1|N")
BREAKS: dict[str, View] = {
    "message-sent": seen("message-sent"),
    "message-readable": seen("message-readable", told(FED.replace(b"Anna", b"L\xe9a"))),
    "message-field": seen("message-field", told(), segment="MSH", field=11, form="P"),
    "message-segments": seen("message-segments", told(), segments=["PV1", "PID"]),
    "message-trait": seen("message-trait", told(OTHER), trait="given"),
    "message-numbers": seen("message-numbers", told(message(pid("P-1"))), **NUMBER),
    "message-own-number": seen(
        "message-own-number", told(message(pid(f"P-2{OWN}"))), **NUMBER, key="local_id"
    ),
    "message-matricule": seen("message-matricule", told(message(pid(f"P-1{OWN}")))),
    "control-ids-fresh": seen("control-ids-fresh", told(), told(OTHER, record=2)),
    "control-id-kept": seen("control-id-kept", LOST, told(OTHER, record=2)),
    "sent-again": seen("sent-again", LOST),
    "sent-at-most": seen("sent-at-most", told(), told(record=2), times=1),
    "refusal-heeded": seen("refusal-heeded", REFUSED, warned=False),
    "shows": seen("shows", told(), warned=False, text="Weber"),
    "shows-not": seen("shows-not", told(), warned=False, text="Anna"),
    "answered-with": seen("answered-with", told(), code="AE"),
    "answer-field": seen("answer-field", told(), segment="MSA", field=1, form="AE"),
    "answer-count": seen("answer-count", told(), segment="PID", count=1),
    "answer-others": seen("answer-others", SAME, FOUND, first="earlier"),
    "answer-domains": seen("answer-domains", FOUND, domains=[DOMAIN]),
    "answer-control-id": seen("answer-control-id", told(got=answered(control="7"))),
}
