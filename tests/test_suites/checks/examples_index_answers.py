"""For each check of what a supplier of identities answers by FHIR: where it holds, and breaks."""

from functools import partial

from test_suites.core.message import Exchange
from test_suites.core.view import View
from tests.test_suites.core.build import NORD, Loose, outcome, parameters, said, view

SEARCH, MATCH, FEED = "search-patient", "match-patient", "feed-patient"
CROSS = "cross-reference-patient"
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
OWN = f"urn:oid:1.3.182.3.1.1.{NORD.cns_code}.2"
NATIONAL = "urn:oid:1.3.182.4.4"
service = partial(view, about="service")


def person(given: str = "Mia", **more: Loose) -> dict[str, Loose]:
    return {"resourceType": "Patient", "name": [{"family": "Weber", "given": [given]}]} | more


def entry(resource: Loose, grade: str | None = None, score: Loose = 0.5) -> dict[str, Loose]:
    search: dict[str, Loose] = {"mode": "match"}
    if grade is not None:
        search |= {"score": score, "extension": [{"url": GRADE, "valueCode": grade}]}
    return {"resource": resource, "search": search}


def bundle(*entries: dict[str, Loose], **more: Loose) -> dict[str, Loose]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries)} | more


def found(*given: str, **more: Loose) -> Exchange:
    return said(SEARCH, None, bundle(*(entry(person(each)) for each in given), **more))


def matched(*grades: tuple[str, Loose]) -> Exchange:
    return said(MATCH, {}, bundle(*(entry(person(), grade, score) for grade, score in grades)))


def numbers(*told: tuple[str, str], status: int = 200) -> Exchange:
    parts = [
        {"name": "targetIdentifier", "valueIdentifier": {"system": system, "value": value}}
        for system, value in told
    ]
    answer = {"resourceType": "Parameters", "parameter": parts}
    return said(CROSS, None, answer, status=status)


def old(**more: Loose) -> Exchange:
    carried = [{"system": OWN, "value": "P-2"}]
    form = f"identifier={OWN}|P-2".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = bundle(entry(person(identifier=carried, id="9", **more)))
    return said(SEARCH, form, answer, headers=headers)


REPLACED = {"active": False, "link": [{"other": {"reference": "Patient/1"}, "type": "replaced-by"}]}
HTML = {"Content-Type": "text/html"}

HOLDS: dict[str, View] = {
    "succeeded": service("succeeded", said(FEED, {}, {}, status=201), of=FEED),
    "speaks-fhir": service("speaks-fhir", found(), of=SEARCH),
    "searchset-answered": service("searchset-answered", found(), of=SEARCH),
    "persons-found": service(
        "persons-found", found("Mia"), found("Rosa"), of=SEARCH, given=["Rosa", "Mia"]
    ),
    "entries-at-most": service("entries-at-most", found("Mia"), of=SEARCH, most=1),
    "total-told": service("total-told", found("Mia", total=3), of=SEARCH, total=3),
    "matches-graded": service(
        "matches-graded", matched(("certain", 1), ("possible", 0.25)), of=MATCH
    ),
    "best-match": service(
        "best-match",
        matched(("certain", 1), ("possible", 0.25)),
        of=MATCH,
        family="Weber",
        given="Mia",
        grade="certain",
    ),
    "grades-only": service("grades-only", matched(("certain", 1)), of=MATCH, grades=["certain"]),
    "numbers-told": service(
        "numbers-told", numbers((NATIONAL, "1"), (OWN, "2")), of=CROSS, number=f"{OWN}|2"
    ),
    "numbers-of-domain": service(
        "numbers-of-domain", numbers((NATIONAL, "1")), of=CROSS, domain=NATIONAL
    ),
    "numbers-gone": service("numbers-gone", said(CROSS, None, outcome("a"), status=404), of=CROSS),
    "not-standing": service("not-standing", old(**REPLACED), of=SEARCH),
    "refused-as": service(
        "refused-as",
        said(CROSS, None, outcome("a", issue="not-found"), status=404),
        of=CROSS,
        statuses=["404"],
        code="not-found",
    ),
}
BREAKS: dict[str, View] = {
    "succeeded": service("succeeded", said(FEED, {}, {}, status=409), of=FEED),
    "speaks-fhir": service("speaks-fhir", said(SEARCH, None, {}, answer_headers=HTML), of=SEARCH),
    "searchset-answered": service(
        "searchset-answered", said(SEARCH, None, outcome("a"), status=404), of=SEARCH
    ),
    "persons-found": service(
        "persons-found", found("Mia"), found("Mia"), of=SEARCH, given=["Rosa", "Mia"]
    ),
    "entries-at-most": service("entries-at-most", found("Mia", "Rosa"), of=SEARCH, most=1),
    "total-told": service("total-told", found("Mia", total=1), of=SEARCH, total=3),
    "matches-graded": service(
        "matches-graded", matched(("possible", 0.25), ("certain", 1)), of=MATCH
    ),
    "best-match": service(
        "best-match", matched(("possible", 0.5)), of=MATCH, family="Weber", given="Rosa"
    ),
    "grades-only": service("grades-only", matched(("certain", 1)), of=MATCH, grades=["possible"]),
    "numbers-told": service("numbers-told", numbers((NATIONAL, "1")), of=CROSS, number=f"{OWN}|2"),
    "numbers-of-domain": service(
        "numbers-of-domain", numbers((NATIONAL, "1"), (OWN, "2")), of=CROSS, domain=NATIONAL
    ),
    "numbers-gone": service("numbers-gone", numbers((NATIONAL, "1")), of=CROSS),
    "not-standing": service("not-standing", old(active=True), of=SEARCH),
    "refused-as": service(
        "refused-as", said(CROSS, None, parameters()), of=CROSS, statuses=["404"], code="not-found"
    ),
}
