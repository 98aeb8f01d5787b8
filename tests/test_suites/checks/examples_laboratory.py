"""For each check of clients and laboratories: a transcript that holds, one that breaks it."""

from functools import partial

from test_suites.core.message import Channel, WireEvent, WireKind
from test_suites.core.view import View
from tests.test_suites.core.build import (
    ANNA,
    BASE,
    CODE,
    NUMBER,
    Loose,
    bundle,
    lab,
    line,
    logged,
    ok,
    outcome,
    parameters,
    said,
    step,
    token,
    view,
)

SUBMIT = "submit-prescription"
DISPENSE = "dispense"
RETRIEVE = "retrieve-prescription"
laboratory = partial(view, about="laboratory")
submitted = said(SUBMIT, bundle(), ok())
TLS_REFUSED = WireEvent(record=7, at=1.0, step="act", kind=WireKind.TLS_REFUSED, detail="")


def dispensation(value: str = "d1", *lines: tuple[str, int]) -> dict[str, Loose]:
    body = parameters(dispensation=("valueIdentifier", {"system": "urn:s", "value": value}))
    body["parameter"] += [
        {
            "name": "line",
            "part": [
                {"name": "identifier", "valueIdentifier": {"value": f"urn:line:{code}"}},
                {"name": "count", "valuePositiveInt": count},
            ],
        }
        for code, count in lines
    ]
    return body


def by_code(code: str, *, granted: bool = True) -> Loose:
    answer = parameters(prescription=("resource", bundle(line("BIO-0401"), line("BIO-0101"))))
    body = parameters(code=("valueString", code))
    return lab(RETRIEVE, body, answer if granted else outcome("x"), status=200 if granted else 404)


def by_number(**named: Loose) -> View:
    act = step("dispense", parameters={"number": "rx", "birth_date_of": "anna-weber"})
    asked = lab(RETRIEVE, parameters(number=("valueString", NUMBER), **named), {})
    return laboratory("retrieves-by-number", asked, act=act)


def attempts(check: str, *calls: dict[str, Loose], **params: Loose) -> View:
    made = [
        said(SUBMIT, call.pop("body", bundle()), call.pop("answer", ok()), record=n, **call)
        for n, call in enumerate([dict(call) for call in calls], 1)
    ]
    return view(check, *made, of=SUBMIT, **params)


def assertions(check: str, *claims: dict[str, Loose], **params: Loose) -> View:
    calls = [
        lab("token", None, {}, record=n, tokens=(token("x", "form:client_assertion", **one),))
        for n, one in enumerate(claims, 1)
    ]
    return laboratory(check, *calls, **params)


def partly(*lines: tuple[str, int]) -> View:
    wanted = [{"code": "BIO-0401", "count": 1}]
    act = step("dispense", parameters={"paper": "rx", "lines": wanted})
    report = lab(DISPENSE, dispensation("d1", *lines), {}, record=2)
    return laboratory("dispensed-as-asked", by_code(CODE), report, act=act)


CLAIMS = {"iss": "labo", "sub": "labo", "exp": 1300, "iat": 1000, "jti": "j1"}
RESET = {"status": None, "deviation": "reset"}
BUSY = {"status": 503, "deviation": "status", "answer": {}, "answer_headers": {"Retry-After": "1"}}
RESERVED = lab("reserve", {"resourceType": "Parameters"}, {}, record=2)
DISPENSED = lab(DISPENSE, dispensation(), {}, record=3)
REFUSED = lab("reserve", {}, outcome("already-dispensed"), status=409, record=2)
OTHER = bundle(identifier={"system": "urn:ietf:rfc:3986", "value": "urn:uuid:b2"})

HOLDS: dict[str, View] = {
    "assertion-claims": assertions("assertion-claims", CLAIMS),
    "assertion-jti-fresh": assertions("assertion-jti-fresh", CLAIMS, CLAIMS | {"jti": "j2"}),
    "assertion-lifetime": assertions("assertion-lifetime", CLAIMS, seconds=300),
    "token-in-header": view("token-in-header", submitted),
    "token-audience": view("token-audience", submitted),
    "tls-version": view("tls-version", submitted, oldest="TLSv1.2"),
    "untrusted-refused": view("untrusted-refused", more={"wire_events": (TLS_REFUSED,)}),
    "log-holds-no-secret": view("log-holds-no-secret", logged("POST 200 in 12 ms")),
    "log-holds-no-identity": view("log-holds-no-identity", logged("POST 200 in 12 ms")),
    "url-holds-no-identity": view("url-holds-no-identity", submitted),
    "recovered": attempts("recovered", RESET, {}, deviation="reset"),
    "delays-grow": attempts(
        "delays-grow",
        RESET | {"at": 1.0},
        # TLS took its time on a loaded machine: the pause was half a second.
        RESET | {"at": 3.0, "channel": Channel(tls_version="TLSv1.3", opening=1_500_000)},
        {"at": 4.0},
        milliseconds=100,
    ),
    "retry-after-kept": attempts("retry-after-kept", BUSY | {"at": 1.0}, {"at": 2.1}),
    "attempts-at-most": attempts("attempts-at-most", RESET, {}, attempts=2),
    "identifier-kept": attempts("identifier-kept", RESET, {}),
    "slow-answer-awaited": attempts("slow-answer-awaited", {"deviation": "slow"}),
    "operation-happened": laboratory("operation-happened", DISPENSED, of=DISPENSE),
    "retrieves-by-code": laboratory("retrieves-by-code", by_code(CODE)),
    "retrieves-by-number": by_number(birth_date=("valueDate", ANNA.birth_date)),
    "retrieved-before-dispense": laboratory(
        "retrieved-before-dispense", by_code(CODE), RESERVED, DISPENSED
    ),
    "dispensed-once": laboratory("dispensed-once", DISPENSED),
    "dispensation-identified": laboratory("dispensation-identified", DISPENSED),
    "dispensed-as-asked": partly(("BIO-0401", 1)),
    "no-further-attempt": laboratory("no-further-attempt", by_code(CODE), REFUSED),
    "parameters-named": laboratory("parameters-named", DISPENSED),
    "request-media-type": view("request-media-type", submitted, media_type="application/fhir+json"),
    "json-clean": view("json-clean", submitted),
    "request-id-sent": view("request-id-sent", submitted),
    "user-agent-sent": view("user-agent-sent", submitted),
    "discovery-read": view(
        "discovery-read", said("discovery", None, {}), said("token", None, {}, record=2)
    ),
}

BREAKS: dict[str, View] = {
    "assertion-claims": assertions("assertion-claims", CLAIMS | {"sub": "someone"}),
    "assertion-jti-fresh": assertions("assertion-jti-fresh", CLAIMS, CLAIMS),
    "assertion-lifetime": assertions("assertion-lifetime", CLAIMS | {"exp": 4600}, seconds=300),
    "token-in-header": view(
        "token-in-header",
        said(SUBMIT, bundle(), ok(), target="/s/fhir/$submit-prescription?access_token=r"),
    ),
    "token-audience": view(
        "token-audience",
        said(SUBMIT, bundle(), ok(), tokens=(token(f"{BASE}/s/vidalrest/api"),)),
    ),
    "tls-version": view(
        "tls-version",
        said(SUBMIT, bundle(), ok(), channel=Channel(tls_version="TLSv1.1")),
        oldest="TLSv1.2",
    ),
    "untrusted-refused": view("untrusted-refused", submitted),
    "log-holds-no-secret": view(
        "log-holds-no-secret", logged("got redacted.access_token.0123456789abcdef")
    ),
    "log-holds-no-identity": view("log-holds-no-identity", logged(f"patient {ANNA.matricule}")),
    "url-holds-no-identity": view(
        "url-holds-no-identity",
        said(SUBMIT, bundle(), ok(), target=f"/s/fhir/x?patient={ANNA.matricule}"),
    ),
    "recovered": attempts("recovered", RESET, deviation="reset"),
    "delays-grow": attempts(
        "delays-grow", RESET | {"at": 1.0}, RESET | {"at": 1.02}, {"at": 1.04}, milliseconds=100
    ),
    "retry-after-kept": attempts("retry-after-kept", BUSY | {"at": 1.0}, {"at": 1.1}),
    "attempts-at-most": attempts("attempts-at-most", RESET, RESET, {}, attempts=2),
    "identifier-kept": attempts("identifier-kept", RESET, {"body": OTHER}),
    "slow-answer-awaited": attempts("slow-answer-awaited", {"deviation": "slow"}, {}),
    "operation-happened": laboratory(
        "operation-happened", by_code(CODE), of=DISPENSE, after=RETRIEVE
    ),
    "retrieves-by-code": laboratory("retrieves-by-code", by_code(CODE.lower())),
    "retrieves-by-number": by_number(),
    "retrieved-before-dispense": laboratory("retrieved-before-dispense", RESERVED, DISPENSED),
    "dispensed-once": laboratory(
        "dispensed-once", DISPENSED, lab(DISPENSE, dispensation("d2"), {}, status=409)
    ),
    "dispensation-identified": laboratory(
        "dispensation-identified", lab(DISPENSE, {"resourceType": "Parameters"}, {})
    ),
    "dispensed-as-asked": partly(),
    "no-further-attempt": laboratory("no-further-attempt", by_code(CODE), REFUSED, DISPENSED),
    "parameters-named": laboratory(
        "parameters-named",
        lab(DISPENSE, {"resourceType": "Parameters", "parameter": [{"valueString": "x"}]}, {}),
    ),
    "request-media-type": view(
        "request-media-type",
        said(SUBMIT, bundle(), ok(), headers={"Content-Type": "application/json"}),
        media_type="application/fhir+json",
    ),
    "json-clean": view("json-clean", said(SUBMIT, bundle(note=[]), ok())),
    "request-id-sent": view(
        "request-id-sent", said(SUBMIT, bundle(), ok(), headers={"X-Request-Id": ""})
    ),
    "user-agent-sent": view(
        "user-agent-sent", said(SUBMIT, bundle(), ok(), headers={"User-Agent": ""})
    ),
    "discovery-read": view("discovery-read", said("token", None, {})),
}
