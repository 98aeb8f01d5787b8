"""For each check of generated requests: a transcript on which it holds, one on which it breaks."""

import json

from test_suites.checks.robustness import DOCUMENT
from test_suites.core.message import Exchange
from test_suites.core.transcript import ExhibitKind
from test_suites.core.view import View
from tests.test_suites.core.build import Loose, exhibit, outcome, parameters, said, view

FHIR = "application/fhir+json"
PATH = "/fhir/$retrieve-prescription"
ANSWER: Loose = {
    "content": {FHIR: {"schema": {"type": "object", "required": ["resourceType"]}}},
    "description": "x",
}
RETRIEVAL: Loose = {"type": "object", "required": ["parameter"]}
INTERFACE: Loose = {
    "openapi": "3.1.0",
    "paths": {
        "/fhir/$retrieve-prescription": {
            "post": {
                "security": [{"token": []}],
                "requestBody": {"content": {FHIR: {"schema": RETRIEVAL}}},
                "responses": {"200": ANSWER, "400": ANSWER, "401": ANSWER, "5XX": ANSWER},
            }
        }
    },
}
TOLD = exhibit(ExhibitKind.MEASURED, json.dumps(INTERFACE), name=DOCUMENT)
WHOLE = parameters(code=("valueString", "x"))


def tried(
    status: int | None,
    answer: Loose = None,
    body: Loose = None,
    *,
    target: str = PATH,
    **more: Loose,
) -> Exchange:
    """Return one generated request about a retrieval, and its answer."""
    record: int = more.pop("record", 1)
    sent = {"X-Request-Id": f"fuzz-{record:05d}"} | more.pop("headers", {})
    return said(
        "retrieve-prescription",
        WHOLE if body is None else body,
        answer,
        target=target,
        **more,
        status=status,
        record=record,
        headers=sent,
    )


def seen(check: str, *facts: Exchange) -> View:
    return view(check, TOLD, *facts, about="service")


REFUSED = tried(400, outcome("a"))
GOOD = (REFUSED, tried(200, parameters(), record=2))
BARE = {"Authorization": ""}
HTML = {"Content-Type": "text/html"}
HOLDS: dict[str, View] = {
    "fuzz-no-server-error": seen(
        "fuzz-no-server-error", *GOOD, tried(503, record=3, answer_headers={"Retry-After": "1"})
    ),
    "fuzz-answered": seen("fuzz-answered", tried(None), *GOOD),
    "fuzz-status-documented": seen("fuzz-status-documented", *GOOD),
    "fuzz-media-type-documented": seen("fuzz-media-type-documented", *GOOD),
    "fuzz-body-documented": seen("fuzz-body-documented", *GOOD),
    "fuzz-refusal-explained": seen("fuzz-refusal-explained", *GOOD, tried(401, {"error": "x"})),
    "fuzz-nothing-internal": seen("fuzz-nothing-internal", *GOOD),
    "fuzz-request-id": seen("fuzz-request-id", *GOOD),
    "fuzz-data-refused": seen("fuzz-data-refused", *GOOD, tried(400, outcome("a"), body={})),
    "fuzz-token-demanded": seen(
        "fuzz-token-demanded", *GOOD, tried(401, outcome("a"), headers=BARE, record=3)
    ),
}
BREAKS: dict[str, View] = {
    "fuzz-no-server-error": seen("fuzz-no-server-error", *GOOD, tried(500, record=3)),
    "fuzz-answered": seen("fuzz-answered", *GOOD, tried(None, record=3), tried(None, record=3)),
    "fuzz-status-documented": seen("fuzz-status-documented", *GOOD, tried(418, record=3)),
    "fuzz-media-type-documented": seen(
        "fuzz-media-type-documented", tried(400, b"<p>", answer_headers=HTML)
    ),
    "fuzz-body-documented": seen("fuzz-body-documented", *GOOD, tried(400, {"x": 1}, record=3)),
    "fuzz-refusal-explained": seen("fuzz-refusal-explained", *GOOD, tried(400, {}, record=3)),
    "fuzz-nothing-internal": seen("fuzz-nothing-internal", tried(400, b"Traceback (most")),
    "fuzz-request-id": seen("fuzz-request-id", tried(400, answer_headers={"X-Request-Id": ""})),
    "fuzz-data-refused": seen(
        "fuzz-data-refused", *GOOD, tried(200, parameters(), body={}, record=3)
    ),
    "fuzz-token-demanded": seen(
        "fuzz-token-demanded", *GOOD, tried(200, parameters(), headers=BARE, record=3)
    ),
}
