"""Who may do what, what requests are refused, and plan B against guessing."""

import json

import pytest

from reference_server.kernel.dispatch import Limits
from reference_server.national.qr import parse_qr
from reference_server.services.prescriptions.page.pool import PATIENCE
from tests.reference_server.prescriptions.test_flow import codes_on
from tests.reference_server.prescriptions.town import (
    FHIR_JSON,
    PEOPLE,
    Json,
    Town,
    codes_of,
    dispensing,
    line_of,
    parameters,
    parameters_of,
)

BORN = PEOPLE.patients["anna-weber"].birth_date.isoformat()
EMPTY: Json = {"resourceType": "Parameters"}


def test_a_wrong_code_a_wrong_birth_date_and_nothing_at_all_look_alike(town: Town) -> None:
    submitted = town.prescribe()
    [code] = codes_on(submitted.pdf)
    token = parse_qr(code).token
    other = "A" if token[0] != "A" else "B"
    answers = [
        town.retrieve(code.replace(token, other + token[1:])),
        town.retrieve(code.replace(":B", ":A")),
        town.retrieve(code + " "),
        town.retrieve("ERX1:B00000000000:" + "A" * 32),
        town.retrieve_by_number(submitted.number, "1984-03-18"),
        town.retrieve_by_number("B-00000-00000-0", BORN),
        town.retrieve_by_number("B-00000-00000-1", BORN),
        town.get("Task/nothing"),
        town.get(f"Task/{submitted.task_id}"),
        town.get(f"Task/{submitted.task_id}", who="dr-lopes"),
        town.reserve(submitted.task_id),
    ]
    assert {answer.status_code for answer in answers} == {404}
    said = {answer.text.replace(answer.headers["x-request-id"], "") for answer in answers}
    assert len(said) == 1
    assert codes_of(answers[0]) == ["prescription-not-found"]


def test_a_laboratory_sees_what_it_has_retrieved(town: Town) -> None:
    submitted = town.prescribe()
    [code] = codes_on(submitted.pdf)
    assert town.retrieve(code).status_code == 200
    assert town.get(f"Task/{submitted.task_id}").status_code == 200
    assert town.get(f"Task/{submitted.task_id}", who="labo-sud").status_code == 404


def test_plan_b_accepts_the_number_as_people_type_it(town: Town) -> None:
    submitted = town.prescribe()
    typed = submitted.number.lower().replace("-", " ").replace("0", "o")
    answer = town.retrieve_by_number(typed, BORN)
    assert answer.status_code == 200, answer.text


def test_guessing_by_plan_b_is_stopped_after_ten_wrong_tries(town: Town) -> None:
    submitted = town.prescribe()
    for _ in range(10):
        assert town.retrieve_by_number(submitted.number, "1990-02-02").status_code == 404
    stopped = town.retrieve_by_number(submitted.number, BORN)
    assert (stopped.status_code, codes_of(stopped)) == (429, ["too-many-requests"])
    assert 0 < int(stopped.headers["retry-after"]) <= 900
    [code] = codes_on(submitted.pdf)
    assert town.retrieve(code).status_code == 200, "whoever holds the paper need not guess"
    assert town.retrieve_by_number(submitted.number, BORN, who="labo-sud").status_code == 200
    town.later(minutes=15, seconds=1)
    assert town.retrieve_by_number(submitted.number, BORN).status_code == 200
    with town.world.store.read() as tx:
        assert tx.execute("SELECT COUNT(*) AS n FROM prescription_wrong_try").fetchone()["n"] == 10


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        (None, 401, "token-missing"),
        ("labo-nord", 403, "scope-insufficient"),
        ("pharmacie-centrale", 403, "scope-insufficient"),
    ],
)
def test_only_prescribers_submit(town: Town, who: str | None, status: int, code: str) -> None:
    answer = town.post("$submit-prescription", town.documents.bundle(), who=who)
    assert (answer.status_code, codes_of(answer)) == (status, [code])
    town.scopes = frozenset({"erx.prescribe"})
    if who is not None:
        answer = town.post("$submit-prescription", town.documents.bundle(), who=who)
        assert (answer.status_code, codes_of(answer)) == (403, ["role-not-allowed"])


def test_a_stranger_does_not_learn_whether_a_body_is_well_formed(town: Town) -> None:
    for path in ("$submit-prescription", "$retrieve-prescription", "Task/1/$dispense"):
        answer = town.post(path, b"{{{", who=None)
        assert (answer.status_code, codes_of(answer)) == (401, ["token-missing"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\xff", (400, "body-not-utf8", "structure")),
        (b"{", (400, "body-not-json", "structure")),
        (b"[]", (400, "body-not-json", "structure")),
        (b'{"a":1,"a":2}', (400, "body-duplicate-key", "structure")),
        (b'{"a":' * 70 + b"1" + b"}" * 70, (400, "body-too-deep", "structure")),
        (b'{"resourceType":"Patient"}', (400, "resource-type-wrong", "invalid")),
        (b'{"resourceType":["Bundle"]}', (400, "resource-type-wrong", "invalid")),
        (b"{}", (400, "resource-type-wrong", "invalid")),
        (b'{"a":"' + b"x" * (8 * 1024 * 1024) + b'"}', (413, "body-too-large", "too-long")),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_a_body_that_cannot_be_read_is_refused_with_its_reason(
    town: Town, body: bytes, said: tuple[int, str, str]
) -> None:
    answer = town.post("$submit-prescription", body, who="dr-meyer")
    [issue] = answer.json()["issue"]
    assert (answer.status_code, *codes_of(answer), issue["code"]) == said
    assert issue["details"]["text"]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Type": "text/plain"}, 415, "media-type-unsupported"),
        ({"Content-Type": f"{FHIR_JSON}; charset=latin-1"}, 415, "charset-unsupported"),
        ({"Accept": "application/fhir+xml"}, 406, "not-acceptable"),
    ],
)
def test_other_media_types_are_refused(
    town: Town, headers: dict[str, str], status: int, code: str
) -> None:
    body = json.dumps(town.documents.bundle()).encode()
    answer = town.post("$submit-prescription", body, who="dr-meyer", headers=headers)
    assert (answer.status_code, codes_of(answer)) == (status, [code])


CODE: Json = {"name": "code", "valueString": "x"}


def named(*items: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(items)}


@pytest.mark.parametrize(
    ("asked", "status", "codes"),
    [
        (EMPTY, 400, ["parameter-missing"]),
        (parameters(number="B-00000-00000-0"), 400, ["parameter-missing"]),
        (parameters(birth_date="1984-03-17"), 400, ["parameter-missing"]),
        (parameters(number="B", birth_date="1984-03"), 400, ["parameter-invalid"]),
        (parameters(code="x", number="y"), 400, ["parameter-invalid"]),
        (parameters(code="x", colour="y"), 400, ["parameter-unknown"]),
        (named({"name": "code", "valueUri": "x"}), 400, ["parameter-invalid"]),
        (named({"name": "code"}), 400, ["parameter-invalid"]),
        (named(CODE, CODE), 400, ["parameter-invalid"]),
        (named({"valueString": "x"}), 422, ["element-missing"]),
        (named({"name": 5}), 422, ["element-type"]),
        ({"resourceType": "Parameters", "parameter": {}}, 422, ["element-type"]),
    ],
)
def test_a_retrieval_without_the_right_parameters_is_refused(
    town: Town, asked: Json, status: int, codes: list[str]
) -> None:
    answer = town.post("$retrieve-prescription", asked)
    assert (answer.status_code, codes_of(answer)) == (status, codes)


IDENTIFIER: Json = {"system": "s", "value": "1"}


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        (EMPTY, 400, "parameter-missing"),
        (named({"name": "dispensation", "valueString": "x"}), 400, "parameter-invalid"),
        (named({"name": "dispensation", "valueUri": "x"}), 400, "parameter-invalid"),
        (dispensing("d", (IDENTIFIER, 1)), 422, "line-not-found"),
        (dispensing("d", (IDENTIFIER, 0)), 422, "element-value"),
        (dispensing("d", (IDENTIFIER, 1), (IDENTIFIER, 1)), 400, "parameter-invalid"),
        (named({"name": "reason"}), 400, "parameter-unknown"),
        (
            named(
                {"name": "dispensation", "valueIdentifier": IDENTIFIER},
                {"name": "line", "part": [{"name": "count", "valuePositiveInt": 1}]},
            ),
            400,
            "parameter-missing",
        ),
        (
            named(
                {"name": "dispensation", "valueIdentifier": IDENTIFIER},
                {
                    "name": "line",
                    "part": [
                        {"name": "identifier", "valueIdentifier": IDENTIFIER},
                        {"name": "count", "valueString": "1"},
                    ],
                },
            ),
            400,
            "parameter-invalid",
        ),
    ],
)
def test_a_dispensation_without_the_right_parameters_is_refused(
    town: Town, asked: Json, status: int, code: str
) -> None:
    submitted = town.seen_by(town.prescribe(), "labo-nord")
    answer = town.act(submitted.task_id, "dispense", asked, who="labo-nord")
    assert (answer.status_code, codes_of(answer)) == (status, [code])
    assert town.state(submitted.task_id) == "active"


def test_a_line_without_count_is_one_analysis(town: Town) -> None:
    submitted = town.seen_by(town.prescribe(line_of("BIO-0401", count=2)), "labo-nord")
    body = dispensing("d-1", (submitted.lines[0], 1))
    body["parameter"][1]["part"].pop()
    answer = town.act(submitted.task_id, "dispense", body, who="labo-nord")
    assert answer.status_code == 200
    assert town.state(submitted.task_id) == "partially-dispensed"


def test_cancelling_needs_a_reason_of_the_list(town: Town) -> None:
    submitted = town.prescribe()
    answer = town.act(submitted.task_id, "cancel", EMPTY, who="dr-meyer")
    assert (answer.status_code, codes_of(answer)) == (400, ["parameter-missing"])
    answer = town.cancel(submitted.task_id, reason="boredom")
    assert (answer.status_code, codes_of(answer)) == (400, ["parameter-invalid"])
    text_only = named({"name": "reason", "valueCodeableConcept": {"text": "erreur"}})
    answer = town.act(submitted.task_id, "cancel", text_only, who="dr-meyer")
    assert codes_of(answer) == ["parameter-invalid"]
    answer = town.cancel(submitted.task_id, reason="patient-refused")
    task = parameters_of(answer)["task"]["resource"]
    assert task["statusReason"]["coding"][0]["code"] == "patient-refused"


def test_operations_without_parameters_take_an_empty_body(town: Town) -> None:
    submitted = town.seen_by(town.prescribe(), "labo-nord")
    assert town.post(f"Task/{submitted.task_id}/$reserve").status_code == 200
    answer = town.post(f"Task/{submitted.task_id}/$release", parameters(code="x"))
    assert codes_of(answer) == ["parameter-unknown"]
    assert town.post(f"Task/{submitted.task_id}/$release").status_code == 200


def test_a_colleague_of_the_same_practice_may_cancel(town: Town) -> None:
    submitted = town.prescribe()
    assert town.cancel(submitted.task_id, who="dr-wagner").status_code == 200


def test_the_limits_of_a_request_leave_room_for_two_tries_of_a_worker() -> None:
    assert Limits().handle > 2 * PATIENCE
