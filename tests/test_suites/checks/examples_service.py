"""For each check of a service's answers: a transcript on which it holds, one on which it breaks."""

from functools import partial

from reference_server.specification import Settings, read
from test_suites.core.view import View
from tests.test_suites.core.build import (
    ANNA,
    BASE,
    CODE,
    Loose,
    binary,
    bundle,
    ok,
    outcome,
    page,
    parameters,
    said,
    task,
    view,
)

SUBMIT = "submit-prescription"
RETRIEVE = "retrieve-prescription"
service = partial(view, about="service")
refusal = partial(said, SUBMIT, bundle())
accepted = said(SUBMIT, bundle(), ok())


def stamped(content: bytes) -> Loose:
    return said(SUBMIT, bundle(), ok(document=("resource", binary(content))))


def given_back(resource: Loose) -> Loose:
    return (
        said(SUBMIT, bundle(), ok()),
        said(RETRIEVE, {}, parameters(prescription=("resource", resource)), record=2),
    )


def searchset(count: int) -> dict[str, Loose]:
    entry = [{"resource": task(), "search": {"mode": "match"}}] * count
    return {"resourceType": "Bundle", "type": "searchset", "entry": entry}


def discovery(issuer: str) -> Loose:
    return said("discovery", None, {"issuer": issuer})


def at_the_door(status: int, location: str | None = None) -> Loose:
    headers = {} if location is None else {"Location": location}
    return said("authorize", None, None, status=status, answer_headers=headers)


def answered_task(name: str) -> View:
    """Return a look at the specification's example of a Task as it is answered."""
    found = next(each.resource for each in read(Settings()).examples if each.id == name)
    return service(
        "answer-conforms",
        said(SUBMIT, bundle(), ok(task=("resource", found))),
        of=SUBMIT,
        path="parameter[name=task].resource",
        profile="erx-task",
    )


HOLDS: dict[str, View] = {
    "answer-conforms": answered_task("task-active"),
    "not-sent-back": service("not-sent-back", at_the_door(400), of="authorize"),
    "oauth-error": service(
        "oauth-error",
        at_the_door(303, "http://127.0.0.1/cb?state=a&error=invalid_scope"),
        of="authorize",
        error="invalid_scope",
    ),
    "response-status": service("response-status", accepted, of=SUBMIT, status=200),
    "refusal-codes": service(
        "refusal-codes",
        refusal(outcome("b", "a"), status=422),
        of=SUBMIT,
        codes=["a", "b"],
        status=422,
    ),
    "refusal-holds": service(
        "refusal-holds", refusal(outcome("a", "b"), status=422), of=SUBMIT, code="b"
    ),
    "outcome-well-formed": service("outcome-well-formed", refusal(outcome("a"), status=422)),
    "outcome-located": service("outcome-located", refusal(outcome("a"), status=422), of=SUBMIT),
    "refused-with-reason": service("refused-with-reason", refusal(outcome("a"), status=400)),
    "nothing-internal-shown": service("nothing-internal-shown", refusal(outcome("a"), status=422)),
    "bearer-challenge": service(
        "bearer-challenge",
        refusal(outcome("a"), status=401, answer_headers={"WWW-Authenticate": "Bearer"}),
    ),
    "answer-parameters": service(
        "answer-parameters", accepted, of=SUBMIT, names=["task", "document"]
    ),
    "answer-value": service(
        "answer-value",
        said("metadata", None, {"fhirVersion": "4.0.1"}),
        of="metadata",
        path="fhirVersion",
        value="4.0.1",
    ),
    "task-state": service(
        "task-state",
        said("cancel", {}, parameters(task=("resource", task("cancelled", "cancelled")))),
        of="cancel",
        status="cancelled",
        business_status="cancelled",
    ),
    "search-total": service(
        "search-total", said("search-task", None, searchset(2)), of="search-task", total=2
    ),
    "never-dispensed": service("never-dispensed", said("dispense", {}, {}, status=409)),
    "same-answer": service(
        "same-answer",
        said(SUBMIT, bundle(), ok(), step="first"),
        said(SUBMIT, bundle(), ok(), record=2),
        of=SUBMIT,
        first="first",
    ),
    "retrieval-faithful": service("retrieval-faithful", *given_back(bundle()), of=RETRIEVE),
    "request-id-returned": service("request-id-returned", accepted),
    "answer-media-type": service("answer-media-type", accepted, media_type="application/fhir+json"),
    "discovery-issuer": service(
        "discovery-issuer", discovery(f"{BASE}/s/auth/realms/organization")
    ),
    "answered-code-readable": service("answered-code-readable", accepted),
    "code-opaque": service("code-opaque", accepted),
    "number-printed": service("number-printed", accepted),
}

BREAKS: dict[str, View] = {
    "answer-conforms": answered_task("task-on-hold"),
    "not-sent-back": service(
        "not-sent-back", at_the_door(302, "https://elsewhere.example/cb?code=1"), of="authorize"
    ),
    "oauth-error": service("oauth-error", at_the_door(200), of="authorize", error="invalid_target"),
    "response-status": service(
        "response-status", refusal(outcome("a"), status=422), of=SUBMIT, status=200
    ),
    "refusal-codes": service(
        "refusal-codes", refusal(outcome("a"), status=422), of=SUBMIT, codes=["a", "b"]
    ),
    "refusal-holds": service(
        "refusal-holds", refusal(outcome("a"), status=422), of=SUBMIT, code="b"
    ),
    "outcome-well-formed": service(
        "outcome-well-formed", refusal(outcome("a", issue="bad-luck"), status=422)
    ),
    "outcome-located": service(
        "outcome-located",
        refusal({"resourceType": "OperationOutcome", "issue": [{"code": "value"}]}, status=422),
        of=SUBMIT,
    ),
    "refused-with-reason": service("refused-with-reason", refusal(outcome("a"), status=500)),
    "nothing-internal-shown": service(
        "nothing-internal-shown", refusal(b"Traceback (most recent call last)", status=500)
    ),
    "bearer-challenge": service("bearer-challenge", refusal(outcome("a"), status=401)),
    "answer-parameters": service(
        "answer-parameters", accepted, of=SUBMIT, names=["task", "receipt"]
    ),
    "answer-value": service(
        "answer-value",
        said("metadata", None, {"fhirVersion": "5.0.0"}),
        of="metadata",
        path="fhirVersion",
        value="4.0.1",
    ),
    "task-state": service(
        "task-state",
        said("cancel", {}, parameters(task=("resource", task()))),
        of="cancel",
        status="cancelled",
        business_status="cancelled",
    ),
    "search-total": service(
        "search-total", said("search-task", None, searchset(3)), of="search-task", total=2
    ),
    "never-dispensed": service("never-dispensed", said("dispense", {}, {})),
    "same-answer": service(
        "same-answer",
        said(SUBMIT, bundle(), ok(), step="first"),
        said(
            SUBMIT, bundle(), ok(prescription_number=("valueIdentifier", {"value": "x"})), record=2
        ),
        of=SUBMIT,
        first="first",
    ),
    "retrieval-faithful": service(
        "retrieval-faithful", *given_back(bundle(patient=ANNA, type="collection")), of=RETRIEVE
    ),
    "request-id-returned": service(
        "request-id-returned", refusal(ok(), answer_headers={"X-Request-Id": "another"})
    ),
    "answer-media-type": service(
        "answer-media-type",
        refusal(ok(), answer_headers={"Content-Type": "text/html"}),
        media_type="application/fhir+json",
    ),
    "discovery-issuer": service("discovery-issuer", discovery("https://elsewhere.example")),
    "answered-code-readable": service("answered-code-readable", stamped(page())),
    "code-opaque": service("code-opaque", stamped(page(f"ERX1:{ANNA.matricule}"))),
    "number-printed": service("number-printed", stamped(page(CODE))),
}
