"""For each check of a prescriber: a transcript on which it holds, one on which it breaks."""

import copy

from reference_server.specification import Settings, read
from test_suites.core.view import View
from tests.test_suites.core.build import (
    CODE,
    NUMBER,
    TUN,
    Loose,
    bundle,
    line,
    ok,
    outcome,
    page,
    parameters,
    printed,
    said,
    secret,
    shown,
    step,
    view,
)

SUBMIT = "submit-prescription"
BINARY = "entry[resource.resourceType=Binary].resource.contentType"
CHALLENGE = "x" * 43


def sent(check: str, body: Loose = None, **params: Loose) -> View:
    return view(check, said(SUBMIT, body or bundle(), ok()), of=SUBMIT, **params)


def asking(lines: list[dict[str, Loose]]) -> Loose:
    return step(parameters={"patient": "anna-weber", "lines": lines})


def authorize(**query: str) -> Loose:
    pairs = "&".join(f"{name}={value}" for name, value in query.items())
    return said("authorize", None, None, target=f"/s/auth?{pairs}")


def ko(*facts: Loose, check: str, **more: Loose) -> View:
    refused = said(SUBMIT, bundle(), outcome("line-code-unknown", "pdf-missing"), status=422)
    return view(check, refused, *facts, **more)


def spoilt(*facts: Loose, check: str, **more: Loose) -> View:
    cut = said(SUBMIT, bundle(), b"{", deviation="malformed")
    return view(check, cut, *facts, of=SUBMIT, deviation="malformed", **more)


def issued(*pages: bytes, check: str) -> View:
    return view(check, said(SUBMIT, bundle(), ok()), *(printed(content) for content in pages))


def cancelling(reason: Loose) -> View:
    act = step("cancel", parameters={})
    return view("cancel-has-reason", said("cancel", reason, {}), act=act)


def twice(*digests: str) -> View:
    calls = [
        said("token", None, {}, record=n, redactions=(secret("form:code", digest),))
        for n, digest in enumerate(digests, 1)
    ]
    return view("code-used-once", *calls)


RENEWED = said(SUBMIT, bundle(), outcome("token-expired", issue="expired"), status=401)
BAD_ENTRIES = [{"fullUrl": "urn:uuid:a", "resource": {"resourceType": "Patient"}}] * 2
SPLIT = line("BIO-0201", requisition={"system": "urn:example:requisition", "value": "r2"})
SERIES = [{"code": "BIO-0401", "count": 3}]
MOTIVATED = [{"code": "BIO-0301", "reason": "Ostéoporose"}]
REASON = {"coding": [{"code": "error"}]}

NATIONAL = {each.id: each.resource for each in read(Settings()).examples}


def submission_of(name: str, line: str | None = None) -> View:
    """Return a look at the specification's example, its first line perhaps another example."""
    body = copy.deepcopy(NATIONAL[name])
    if line is not None:
        body["entry"][3]["resource"] = NATIONAL[line]
    return sent("submission-conforms", body, profile="erx-submission")


HOLDS: dict[str, View] = {
    "submission-conforms": submission_of("submission-two-lines"),
    "request-value": sent("request-value", path=BINARY, value="application/pdf"),
    "request-has": sent("request-has", each="identifier", has=["system", "value"]),
    "submission-holds-pdf": sent("submission-holds-pdf"),
    "full-urls-unique": sent("full-urls-unique"),
    "references-resolve": sent("references-resolve"),
    "matricule-valid": sent("matricule-valid"),
    "patient-is-asked": sent("patient-is-asked"),
    "lines-are-asked": sent("lines-are-asked"),
    "line-counts-are-asked": sent(
        "line-counts-are-asked",
        bundle(line("BIO-0401", occurrenceTiming={"repeat": {"count": 3}})),
        act=asking(SERIES),
    ),
    "motivations-are-sent": sent(
        "motivations-are-sent",
        bundle(line("BIO-0301", reasonCode=[{"text": "Ostéoporose"}])),
        act=asking(MOTIVATED),
    ),
    "requisition-shared": sent("requisition-shared"),
    "lines-are-coded": sent(
        "lines-are-coded", system="https://www.esante.lu/fhir-spec/CodeSystem/BioPrescCodes"
    ),
    "prescriber-is-signed-in": sent("prescriber-is-signed-in"),
    "timestamp-complete": sent("timestamp-complete"),
    "stamp-area-free": sent("stamp-area-free", millimetres=40),
    "submitted-pdf-sound": sent("submitted-pdf-sound", pages=10, megabytes=5),
    "resubmission-identical": view(
        "resubmission-identical",
        said(SUBMIT, bundle(), ok(), step="first"),
        said(SUBMIT, bundle(), ok(), record=2),
        of=SUBMIT,
        first="first",
    ),
    "cancel-has-reason": cancelling(parameters(reason=("valueCodeableConcept", REASON))),
    "refusal-told": ko(shown("error", "Refusé"), check="refusal-told"),
    "trouble-told": spoilt(shown("warning", "Réponse illisible"), check="trouble-told"),
    "every-fault-shown": ko(
        shown("error", "Phrase line-code-unknown"),
        shown("error", "Phrase pdf-missing"),
        check="every-fault-shown",
    ),
    "survived": spoilt(check="survived"),
    "nothing-printed": ko(check="nothing-printed"),
    "printed-after-ok": issued(page(CODE, NUMBER), check="printed-after-ok"),
    "printed-as-answered": issued(page(CODE, NUMBER), check="printed-as-answered"),
    "printed-code-readable": issued(page(CODE, NUMBER), check="printed-code-readable"),
    "printed-code-issued": issued(page(CODE, "redrawn"), check="printed-code-issued"),
    "pkce-s256": view(
        "pkce-s256",
        authorize(response_type="code", code_challenge_method="S256", code_challenge=CHALLENGE),
    ),
    "authorize-has": view("authorize-has", authorize(state="abc"), parameter="state"),
    "code-used-once": twice("a" * 64, "b" * 64),
    "token-renewed": view("token-renewed", RENEWED, said("token", None, {}, record=2)),
}

BREAKS: dict[str, View] = {
    "submission-conforms": submission_of("submission-two-lines", "line-not-to-be-done"),
    "request-value": sent("request-value", path=BINARY, value="text/plain"),
    "request-has": sent("request-has", each="identifier", has=["system", "period"]),
    "submission-holds-pdf": sent("submission-holds-pdf", bundle(pdf=b"plain text")),
    "full-urls-unique": sent("full-urls-unique", bundle(entry=BAD_ENTRIES)),
    "references-resolve": sent(
        "references-resolve", bundle(line("BIO-0101", requester={"reference": "urn:uuid:gone"}))
    ),
    "matricule-valid": sent(
        "matricule-valid",
        bundle(
            entry=[
                {
                    "resource": {
                        "resourceType": "Patient",
                        "identifier": [{"system": "urn:oid:1.3.182.4.4", "value": "2005010212345"}],
                    }
                }
            ]
        ),
    ),
    "patient-is-asked": sent("patient-is-asked", bundle(patient=TUN)),
    "lines-are-asked": sent("lines-are-asked", bundle(line("BIO-0101"))),
    "line-counts-are-asked": sent(
        "line-counts-are-asked", bundle(line("BIO-0401")), act=asking(SERIES)
    ),
    "motivations-are-sent": sent(
        "motivations-are-sent", bundle(line("BIO-0301")), act=asking(MOTIVATED)
    ),
    "requisition-shared": sent("requisition-shared", bundle(line("BIO-0101"), SPLIT)),
    "lines-are-coded": sent("lines-are-coded", system="urn:another:system"),
    "prescriber-is-signed-in": sent("prescriber-is-signed-in", act=step(**{"as": "labo-nord"})),
    "timestamp-complete": sent("timestamp-complete", bundle(timestamp="2026-03-01T10:00")),
    "stamp-area-free": sent("stamp-area-free", bundle(pdf=page(stain=True)), millimetres=40),
    "submitted-pdf-sound": sent("submitted-pdf-sound", pages=0, megabytes=5),
    "resubmission-identical": view(
        "resubmission-identical",
        said(SUBMIT, bundle(), ok(), step="first"),
        said(SUBMIT, bundle(timestamp="2026-03-01T10:00:01+01:00"), ok(), record=2),
        of=SUBMIT,
        first="first",
    ),
    "cancel-has-reason": cancelling({"resourceType": "Parameters"}),
    "refusal-told": ko(shown("info", "Terminé"), check="refusal-told"),
    "trouble-told": spoilt(shown("info", "Transmise"), check="trouble-told"),
    "every-fault-shown": ko(shown("error", "Phrase line-code-unknown"), check="every-fault-shown"),
    "survived": spoilt(check="survived", state="failed"),
    "nothing-printed": ko(printed(page()), check="nothing-printed"),
    "printed-after-ok": issued(check="printed-after-ok"),
    "printed-as-answered": issued(page(), check="printed-as-answered"),
    "printed-code-readable": issued(page(), check="printed-code-readable"),
    "printed-code-issued": issued(page(NUMBER), check="printed-code-issued"),
    "pkce-s256": view(
        "pkce-s256",
        authorize(response_type="code", code_challenge_method="plain", code_challenge=CHALLENGE),
    ),
    "authorize-has": view("authorize-has", authorize(nonce="abc"), parameter="state"),
    "code-used-once": twice("a" * 64, "a" * 64),
    "token-renewed": view("token-renewed", RENEWED),
}
