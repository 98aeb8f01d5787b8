"""A KO lists every fault, each at its place; and nothing of it is kept."""

import copy
from collections.abc import Callable
from datetime import timedelta

import pytest

from reference_server.fhir.compose import write_json
from reference_server.national.identifiers import EHEALTH_ID, LOINC, MATRICULE
from reference_server.national.matricule import make_matricule
from tests.reference_server.prescriptions.town import (
    PEOPLE,
    Json,
    Town,
    codes_of,
    line_of,
    pdf_of,
    places_of,
)

Entries = list[Json]
Change = Callable[[Entries], object]

# The entries of a document with two lines.
COMPOSITION, PATIENT, DOCTOR, FIRST, SECOND, PAPER = range(6)


def resource(entries: Entries, index: int) -> Json:
    found: Json = entries[index]["resource"]
    return found


def put(index: int, name: str, value: object) -> Change:
    return lambda entries: resource(entries, index).__setitem__(name, value)


def drop(index: int, name: str) -> Change:
    return lambda entries: resource(entries, index).pop(name)


def matricule(value: str) -> Change:
    return put(PATIENT, "identifier", [{"system": MATRICULE, "value": value}])


def at(index: int, rest: str) -> str:
    return f"Bundle.entry[{index}]{rest}"


REAL = make_matricule(PEOPLE.patients["anna-weber"].birth_date, sequence=123)
LINE = "urn:uuid:00000000-0000-4000-8000-000000000000"
FAULTS: list[tuple[Change, str, str]] = [
    (lambda e: e[FIRST].pop("fullUrl"), "entry-full-url", at(FIRST, ".fullUrl")),
    (put(COMPOSITION, "status", "preliminary"), "composition-status", at(0, ".resource.status")),
    (
        put(COMPOSITION, "type", {"coding": [{"system": LOINC, "code": "1-8"}]}),
        "composition-type",
        at(0, ".resource.type"),
    ),
    (drop(COMPOSITION, "type"), "composition-type", at(0, ".resource.type")),
    (drop(COMPOSITION, "title"), "element-missing", at(0, ".resource.title")),
    (drop(COMPOSITION, "date"), "element-missing", at(0, ".resource.date")),
    (
        lambda e: resource(e, 0)["section"][0]["entry"].pop(),
        "composition-section",
        at(0, ".resource.section[0]"),
    ),
    (drop(COMPOSITION, "section"), "composition-section", at(0, ".resource.section[1]")),
    (drop(COMPOSITION, "subject"), "composition-subject", at(0, ".resource.subject")),
    (
        lambda e: resource(e, 0)["author"][0].__setitem__("reference", e[PATIENT]["fullUrl"]),
        "composition-author",
        at(0, ".resource.author"),
    ),
    (drop(PATIENT, "identifier"), "patient-matricule-missing", at(1, ".resource.identifier")),
    (matricule("1984031790316"), "patient-matricule-check", at(1, ".resource.identifier")),
    (matricule("7000010105084"), "patient-matricule-check", at(1, ".resource.identifier")),
    (matricule("x"), "patient-matricule-check", at(1, ".resource.identifier")),
    (matricule(REAL), "patient-possibly-real", at(1, ".resource.identifier")),
    (
        matricule(PEOPLE.patients["nobody-known"].matricule),
        "patient-unknown",
        at(1, ".resource.identifier"),
    ),
    (put(PATIENT, "birthDate", "1984-03-18"), "patient-mismatch", at(1, ".resource.birthDate")),
    (put(PATIENT, "gender", "male"), "patient-mismatch", at(1, ".resource.gender")),
    (
        put(PATIENT, "name", [{"family": "Muller", "given": ["Anna"]}]),
        "patient-mismatch",
        at(1, ".resource.name[0].family"),
    ),
    (
        put(PATIENT, "name", [{"family": "Weber", "given": ["Berta"]}]),
        "patient-mismatch",
        at(1, ".resource.name[0].given"),
    ),
    (drop(PATIENT, "name"), "patient-mismatch", at(1, ".resource.name[0].family")),
    (put(PATIENT, "gender", "femme"), "patient-mismatch", at(1, ".resource.gender")),
    (put(PATIENT, "colour", "x"), "element-unknown", at(1, ".resource.colour")),
    (
        put(DOCTOR, "identifier", [{"system": EHEALTH_ID, "value": "9100000025"}]),
        "practitioner-mismatch",
        at(2, ".resource.identifier"),
    ),
    (drop(DOCTOR, "name"), "practitioner-mismatch", at(2, ".resource.name[0].family")),
    (
        lambda e: resource(e, DOCTOR)["identifier"].pop(),
        "practitioner-mismatch",
        at(2, ".resource.identifier"),
    ),
    (drop(FIRST, "identifier"), "line-identifier", at(3, ".resource.identifier")),
    (
        lambda e: resource(e, FIRST).__setitem__("identifier", resource(e, SECOND)["identifier"]),
        "line-identifier-duplicate",
        at(3, ".resource.identifier"),
    ),
    (put(FIRST, "status", "draft"), "line-status", at(3, ".resource.status")),
    (drop(FIRST, "status"), "line-status", at(3, ".resource.status")),
    (put(FIRST, "intent", "plan"), "line-intent", at(3, ".resource.intent")),
    (
        put(SECOND, "requisition", {"system": "s", "value": "2"}),
        "line-requisition",
        at(4, ".resource.requisition"),
    ),
    (drop(FIRST, "requisition"), "line-requisition", at(3, ".resource.requisition")),
    (drop(FIRST, "code"), "line-code-missing", at(3, ".resource.code")),
    (put(FIRST, "code", {"text": "sang"}), "line-code-missing", at(3, ".resource.code")),
    (drop(FIRST, "subject"), "line-subject", at(3, ".resource.subject")),
    (
        lambda e: resource(e, FIRST)["requester"].__setitem__("reference", e[PATIENT]["fullUrl"]),
        "line-requester",
        at(3, ".resource.requester"),
    ),
    (drop(FIRST, "authoredOn"), "line-authored-on", at(3, ".resource.authoredOn")),
    (put(FIRST, "authoredOn", "2026"), "line-authored-on", at(3, ".resource.authoredOn")),
    (
        put(FIRST, "occurrenceTiming", {"repeat": {"count": 13}}),
        "line-repeat-count",
        at(3, ".resource.occurrenceTiming.repeat.count"),
    ),
    (
        put(FIRST, "occurrenceTiming", {"repeat": {"count": "3"}}),
        "line-repeat-count",
        at(3, ".resource.occurrenceTiming.repeat.count"),
    ),
    (put(PAPER, "contentType", "image/png"), "pdf-media-type", at(5, ".resource.contentType")),
    (put(PAPER, "data", "***"), "pdf-not-base64", at(5, ".resource.data")),
    (put(PAPER, "data", "QUJ"), "pdf-not-base64", at(5, ".resource.data")),
    (drop(PAPER, "data"), "pdf-not-base64", at(5, ".resource.data")),
    (put(PAPER, "data", "QUJD"), "pdf-unreadable", at(5, ".resource.data")),
    (lambda e: e[PAPER].pop("resource"), "pdf-missing", "Bundle.entry"),
    (lambda e: e.pop(PAPER), "pdf-missing", "Bundle.entry"),
    (lambda e: e.append(copy.deepcopy(e[PATIENT])), "resource-unexpected", at(6, ".resource")),
    (lambda e: e.append(copy.deepcopy(e[DOCTOR])), "resource-unexpected", at(6, ".resource")),
    (lambda e: e.append(copy.deepcopy(e[0])), "resource-unexpected", at(6, ".resource")),
    (
        lambda e: e.append({"fullUrl": LINE, "resource": {"resourceType": "Device"}}),
        "resource-unexpected",
        at(6, ".resource"),
    ),
    (lambda e: e.append({"fullUrl": LINE}), "element-missing", at(6, ".resource")),
    (lambda e: e.reverse(), "composition-missing", at(0, ".resource")),
    (lambda e: e.pop(PATIENT), "patient-missing", "Bundle.entry"),
    (lambda e: e.pop(DOCTOR), "practitioner-missing", "Bundle.entry"),
    (lambda e: [e.pop(FIRST), e.pop(FIRST)], "line-missing", "Bundle.entry"),
    (
        put(FIRST, "reasonReference", [{"reference": "Condition/1"}]),
        "reference-unresolved",
        at(3, ".resource.reasonReference[0].reference"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "place"),
    FAULTS,
    ids=[f"{code}-{n}" for n, (_, code, _) in enumerate(FAULTS)],
)
def test_one_fault_is_named_at_its_place(town: Town, change: Change, code: str, place: str) -> None:
    bundle = town.documents.bundle()
    change(bundle["entry"])
    answer = town.submit(bundle)
    assert answer.status_code == 422, answer.text
    assert (code, place) in places_of(answer)
    told = [(str(i["details"]["coding"]), str(i["expression"])) for i in answer.json()["issue"]]
    assert len(set(told)) == len(told)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("type", "transaction", "bundle-type"),
        ("type", None, "bundle-type"),
        ("identifier", {"system": "urn:ietf:rfc:3986", "value": "1"}, "bundle-identifier"),
        ("identifier", {"value": LINE}, "bundle-identifier"),
        ("identifier", None, "bundle-identifier"),
        ("timestamp", None, "bundle-timestamp"),
        ("timestamp", "2026-11-22", "element-value"),
        ("total", 3, "element-unknown"),
    ],
)
def test_a_fault_of_the_bundle_itself_is_named(
    town: Town, name: str, value: object, code: str
) -> None:
    bundle = town.documents.bundle()
    bundle[name] = value
    if value is None:
        del bundle[name]
    answer = town.submit(bundle)
    by_rules = [each for each in places_of(answer) if each[0] != "profile-not-met"]
    assert by_rules == [(code, f"Bundle.{name}")]


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        (line_of("BIO-9999"), [("line-code-unknown", at(3, ".resource.code"))]),
        (line_of("BIO-0301"), [("line-code-motivation-missing", at(3, ".resource.reasonCode"))]),
        (line_of("BIO-0301", reason="ostéoporose"), []),
        (
            line_of("BIO-0401", count=1),
            [("line-repeat-count", at(3, ".resource.occurrenceTiming.repeat.count"))],
        ),
        (line_of("BIO-0401", count=2), []),
        (line_of("BIO-0401", count=12), []),
    ],
)
def test_the_catalogue_decides_what_a_line_may_ask(
    town: Town, line: Json, faults: list[tuple[str, str]]
) -> None:
    answer = town.submit(town.documents.bundle(line))
    assert answer.status_code == (422 if faults else 200)
    if faults:
        assert places_of(answer) == faults


def test_all_faults_are_listed_together_in_the_order_of_the_document(town: Town) -> None:
    bundle = town.documents.bundle(line_of("BIO-9999"), line_of("BIO-0301"), line_of("BIO-0101"))
    entries = bundle["entry"]
    resource(entries, PATIENT)["identifier"][0]["value"] = "1984031790316"
    resource(entries, 5)["status"] = "draft"
    resource(entries, 6)["data"] = "JVBERi0xLjcKZ2FyYmFnZQ=="
    answer = town.submit(bundle)
    assert places_of(answer) == [
        ("patient-matricule-check", at(1, ".resource.identifier")),
        ("line-code-unknown", at(3, ".resource.code")),
        ("line-code-motivation-missing", at(4, ".resource.reasonCode")),
        ("line-status", at(5, ".resource.status")),
        ("pdf-unreadable", at(6, ".resource.data")),
    ]
    for issue in answer.json()["issue"]:
        assert issue["severity"] == "error"
        assert issue["details"]["text"]
        assert len(issue["details"]["coding"]) == 2


def test_nothing_of_a_ko_is_kept_but_its_audit_event(town: Town) -> None:
    bundle = town.documents.bundle(line_of("BIO-9999"), patient="paul-klein")
    answer = town.submit(bundle)
    assert codes_of(answer) == ["patient-deceased", "line-code-unknown"]
    [kept] = town.trail()
    assert kept.entry.refusal == "patient-deceased line-code-unknown"
    assert kept.entry.patient == PEOPLE.patients["paul-klein"].matricule
    with town.world.store.read() as tx:
        for table in ("prescription", "prescription_line", "prescription_submission"):
            count = tx.execute(f"SELECT COUNT(*) AS n FROM {table}").fetchone()["n"]  # noqa: S608 - our own table names
            assert count == 0
    resource(bundle["entry"], FIRST)["code"]["coding"][0]["code"] = "BIO-0101"
    resource(bundle["entry"], PATIENT).update(resource(town.documents.bundle()["entry"], PATIENT))
    assert town.submit(bundle).status_code == 200


def test_a_number_that_may_be_real_does_not_enter_the_audit_trail(town: Town) -> None:
    bundle = town.documents.bundle()
    matricule(REAL)(bundle["entry"])
    assert codes_of(town.submit(bundle)) == ["patient-possibly-real"]
    [kept] = town.trail()
    assert kept.entry.patient is None
    assert REAL not in repr(kept)


def test_every_ordinary_persona_can_be_prescribed_for(town: Town) -> None:
    for name in PEOPLE.ordinary:
        bundle = town.documents.bundle(patient=name)
        assert town.submit(bundle).status_code == 200, name


def test_names_may_differ_in_case_and_composition_of_accents_only(town: Town) -> None:
    bundle = town.documents.bundle(patient="zoe-lefevre")
    name = resource(bundle["entry"], PATIENT)["name"][0]
    name.update(family="LEFE\u0300VRE", given=["Zoe\u0301", "Marie"])
    assert town.submit(bundle).status_code == 200


def test_thirty_lines_are_the_most(town: Town) -> None:
    thirty = [line_of("BIO-0101") for _ in range(30)]
    assert town.submit(town.documents.bundle(*thirty)).status_code == 200
    answer = town.submit(town.documents.bundle(*thirty, line_of("BIO-0102")))
    assert codes_of(answer) == ["line-too-many"]


@pytest.mark.parametrize(
    ("shift", "accepted"),
    [
        (timedelta(minutes=4), True),
        (timedelta(minutes=6), False),
        (timedelta(days=-58), True),
        (timedelta(days=-64), False),
    ],
)
def test_a_line_is_dated_neither_ahead_nor_too_long_ago(
    town: Town, shift: timedelta, *, accepted: bool
) -> None:
    bundle = town.documents.bundle(line_of())
    authored = (town.world.clock.business_now() + shift).isoformat()
    resource(bundle["entry"], FIRST)["authoredOn"] = authored
    answer = town.submit(bundle)
    assert answer.status_code == (200 if accepted else 422)


def test_a_date_alone_says_when_a_line_was_written(town: Town) -> None:
    bundle = town.documents.bundle(line_of())
    day = f"{town.world.clock.business_now() - timedelta(days=1):%Y-%m-%d}"
    resource(bundle["entry"], FIRST)["authoredOn"] = day
    assert town.submit(bundle).status_code == 200


@pytest.mark.parametrize(
    ("pdf", "code"),
    [
        (pdf_of(pages=11), "pdf-too-many-pages"),
        (pdf_of(weight=5_900_000), "pdf-too-large"),
        (pdf_of(size=(100, 100)), "pdf-page-too-small"),
        (pdf_of()[:-300], "pdf-unreadable"),
    ],
    ids=["pages", "bytes", "size", "cut"],
)
def test_a_paper_that_cannot_be_stamped_is_a_fault(town: Town, pdf: bytes, code: str) -> None:
    answer = town.submit(town.documents.bundle(pdf=pdf))
    assert places_of(answer) == [(code, at(PAPER, ".resource.data"))]


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_faults_are_told_in_the_language_asked_for(town: Town, language: str) -> None:
    body = write_json(town.documents.bundle(line_of("BIO-9999")))
    answer = town.post(
        "$submit-prescription", body, who="dr-meyer", headers={"Accept-Language": language}
    )
    [issue] = answer.json()["issue"]
    expected = {
        "fr": "Le code «\u00a0BIO-9999\u00a0» n\u2019existe pas dans le catalogue BioPrescCodes",
        "en": "The code “BIO-9999” does not exist in the BioPrescCodes catalogue",
        "de": "Den Code „BIO-9999“ gibt es im Katalog BioPrescCodes nicht",
    }
    assert issue["details"]["text"].startswith(expected[language])


def test_a_prescriber_cannot_prescribe_in_another_ones_name(town: Town) -> None:
    answer = town.submit(town.documents.bundle(prescriber="dr-wagner"), who="dr-meyer")
    assert codes_of(answer) == ["practitioner-mismatch"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "fr",
            "un élément est fermé qui n\u2019est pas celui qui est ouvert (ligne 1, colonne 49)",
        ),
        ("en", "an element is closed that is not the one open (line 1, column 49)"),
        ("de", "ein Element wird geschlossen, das nicht das offene ist (Zeile 1, Spalte 49)"),
    ],
)
def test_reasons_within_a_sentence_are_in_the_same_language(
    town: Town, language: str, words: str
) -> None:
    body = town.documents.bundle()
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</b></div>'
    resource(body["entry"], FIRST)["text"] = {"status": "generated", "div": div}
    answer = town.post(
        "$submit-prescription", body, who="dr-meyer", headers={"Accept-Language": language}
    )
    assert any(words in each["details"]["text"] for each in answer.json()["issue"])
