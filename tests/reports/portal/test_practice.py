"""A practice assesses itself, without JavaScript: begin, answer, leave, come back."""

import json
import re
from collections.abc import Callable, Iterator

import pytest

from reports.cesar.banks import load_instrument
from reports.cesar.result import Result
from reports.portal.assessments import EMPTY_DAYS, IDLE_DAYS
from reports.portal.desk import Desk
from tests.reports.portal.visitors import NOON, Clock, Visitor, portal

COMPARED = "Classe \N{EN DASH}, maintenant \N{EN DASH}"
Open = tuple[Desk, Callable[[], Visitor]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(clock: Clock) -> Iterator[Open]:
    with portal(clock=clock) as given:
        yield given


@pytest.fixture
def person(opened: Open) -> Visitor:
    return opened[1]()


def test_one_click_leads_from_the_start_to_the_profile_and_names_are_nowhere_asked(
    person: Visitor,
) -> None:
    person.open("/")
    assert 'href="/cesar/profile"' in person.seen.text
    person.open("/cesar/profile")
    typed = re.findall(r'<(?:input|textarea)[^>]*type="(text|email|tel)"', person.seen.text)
    assert typed == []


def test_a_profile_with_a_missing_answer_is_shown_again_with_the_fault_there(
    person: Visitor,
) -> None:
    person.open("/cesar/profile")
    person.send("/cesar/profile", {"profession": "nurse", "size": "solo", "dev": "no"})
    assert person.seen.status_code == 422
    assert 'id="cloud-fault"' in person.seen.text
    assert 'id="dev-fault"' not in person.seen.text
    assert re.search(r'value="nurse" checked', person.seen.text)


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_a_whole_journey_ends_at_the_result_in_each_language(opened: Open, language: str) -> None:
    person = opened[1]()
    person.client.cookies.set("lang", language)
    person.begin()
    asked = person.answer(lambda question: "unknown" if question == "B2" else "3")
    assert 20 <= len(asked) <= 28
    assert person.seen.status_code == 200
    bank = load_instrument("professional")
    assert bank.question("B2").question.of(language) in person.text
    assert bank.question("B2").ask.of(language) in person.text
    assert f'lang="{language}"' in person.seen.text


def test_the_essential_questions_come_first_and_show_the_ceiling(person: Visitor) -> None:
    person.begin()
    person.first_question()
    seen = []
    while person.at != "/cesar/first":
        question = person.at.rpartition("/")[2]
        seen.append(question)
        person.send(person.at, {question: "0" if question == "A1" else "3"})
    bank = load_instrument("professional")
    assert all(bank.question(one).knock_out for one in seen)
    assert "la meilleure classe possible est C" in person.text
    assert bank.question("A1").do.fr in person.text


def test_nothing_chosen_is_a_fault_but_skipping_and_going_back_are_not(person: Visitor) -> None:
    person.begin()
    person.first_question()
    first = person.at
    assert person.send(first, {}).status_code == 422
    assert "À corriger" in person.text
    person.send(first, {"go": "skip"})
    second = person.at
    assert second != first
    question = second.rpartition("/")[2]
    person.send(second, {question: "4", "go": "back"})
    assert person.at == first
    person.open(second)
    assert re.search(rf'name="{question}" value="4" checked', person.seen.text)


def test_an_answer_that_the_question_does_not_offer_is_refused(person: Visitor) -> None:
    person.begin()
    person.first_question()
    question = person.at.rpartition("/")[2]
    for nonsense in ("6", "-1", "٣", "left-out", "yes"):
        assert person.send(person.at, {question: nonsense}).status_code == 422


def test_all_questions_on_one_page_keep_what_is_chosen_and_skip_the_rest(person: Visitor) -> None:
    person.begin()
    person.open("/cesar/all")
    assert person.seen.text.count("<fieldset") >= 20
    person.send("/cesar/all", {"A1": "3", "B1": "unknown"})
    assert person.at == "/cesar/result"
    assert "Pas encore de classe" in person.text
    person.open("/cesar/all")
    assert re.search(r'name="A1" value="3" checked', person.seen.text)


def test_our_own_script_saves_one_answer_and_is_told_how_many_there_are(person: Visitor) -> None:
    person.begin()
    person.open("/cesar/all")
    answer = person.client.post(
        "/cesar/all",
        data={"guard": person.guard, "go": "save", "A1": "3"},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200
    assert answer.json()["answered"] == 1
    person.open("/cesar/overview")
    assert "Oui, remplaçants et stagiaires compris." in person.text


def test_a_contradicted_answer_is_asked_again_once_and_counts_less_if_kept(
    person: Visitor,
) -> None:
    person.begin(size="small")
    person.open("/cesar/all")
    person.send("/cesar/all", {"B1": "0", "B2": "4"})
    assert person.at == "/cesar/again/B2"
    bank = load_instrument("professional")
    rule = next(one for one in bank.contradictions if one.doubted == "B2")
    assert rule.because.fr in person.text
    person.send(person.at, {"B2": "4"})
    assert person.at == "/cesar/result"
    found = Result.model_validate_json(person.open("/cesar/result.json").content)
    doubted = next(one for one in found.questions if one.id == "B2")
    assert (doubted.level, doubted.counted, doubted.doubted) == (4, 2, True)
    person.open("/cesar/finish")
    assert person.at == "/cesar/result"


def test_the_code_brings_the_answers_to_another_device(opened: Open) -> None:
    here, there = opened[1](), opened[1]()
    code = here.begin()
    here.open("/cesar/all")
    here.send("/cesar/all", {"A1": "5"})
    there.open("/cesar/resume")
    there.send("/cesar/resume", {"code": code.lower().replace("-", " ")})
    assert there.at == "/cesar/overview"
    assert load_instrument("professional").question("A1").ladder[5].fr in there.text


def test_a_new_code_makes_the_old_one_void_and_a_slip_is_told_apart(opened: Open) -> None:
    here, there = opened[1](), opened[1]()
    old = here.begin()
    here.open("/cesar/leave")
    here.send("/cesar/code", {})
    assert old not in here.seen.text
    there.open("/cesar/resume")
    assert there.send("/cesar/resume", {"code": old}).status_code == 422
    assert "Aucune réponse" in there.text
    there.send("/cesar/resume", {"code": old[:-1]})
    assert "faute de frappe" in there.text


def test_the_code_is_shown_once_and_kept_nowhere(opened: Open) -> None:
    desk, browser = opened
    person = browser()
    code = person.begin()
    for path in ("/cesar/leave", "/cesar/overview", "/cesar/result", "/"):
        assert code not in person.open(path).text
    with desk.store.read() as tx:
        rows = tx.execute("SELECT * FROM assessment").fetchall()
        kept = str([tuple(row) for row in rows])
        kept += str([tuple(row) for row in tx.execute("SELECT * FROM web_session").fetchall()])
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_deletion_leaves_nothing_and_the_code_opens_nothing(opened: Open) -> None:
    desk, browser = opened
    person = browser()
    code = person.begin()
    person.open("/cesar/all")
    person.send("/cesar/all", {"A1": "3"})
    person.open("/cesar/papers/brief.pdf")
    person.open("/cesar/leave")
    person.send("/cesar/delete", {})
    assert "effacés" in person.text
    with desk.store.read() as tx:
        for table in ("assessment", "paper"):
            assert tx.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0  # noqa: S608  our own two names
    person.open("/cesar/result")
    assert person.at == "/cesar/resume"
    assert person.send("/cesar/resume", {"code": code}).status_code == 422


def test_whoever_leaves_a_device_needs_the_code_again(person: Visitor) -> None:
    person.begin()
    person.open("/cesar/leave")
    person.send("/cesar/stop", {})
    person.open("/cesar/overview")
    assert person.at == "/cesar/resume"


def test_what_nobody_uses_for_a_year_expires_and_an_empty_one_after_a_day(
    opened: Open, clock: Clock
) -> None:
    desk, browser = opened
    used, empty = browser(), browser()
    code = used.begin()
    used.open("/cesar/all")
    used.send("/cesar/all", {"A1": "3"})
    empty.begin()
    clock.now = NOON.replace(day=NOON.day + EMPTY_DAYS)
    assert desk.assessments.expire() == 0
    clock.now = NOON.replace(month=12, day=1)
    assert desk.assessments.expire() == 1
    assert desk.assessments.by_code(code) is not None
    clock.now = NOON.replace(year=NOON.year + 1, day=NOON.day)
    assert (clock.now - NOON).days == IDLE_DAYS
    assert desk.assessments.expire() == 0
    clock.now = clock.now.replace(day=30)
    assert desk.assessments.expire() == 1


def test_answers_on_paper_are_typed_in_and_what_cannot_be_read_is_shown_again(
    person: Visitor,
) -> None:
    person.begin()
    person.open("/cesar/type")
    person.send("/cesar/type", {"A1": "3", "A2": "?", "B1": "9"})
    assert person.seen.status_code == 422
    assert re.search(r'id="A2"[^>]*value="\?"', person.seen.text)
    assert re.search(r'id="B1"[^>]*value="9"[^>]*aria-invalid', person.seen.text)
    person.send("/cesar/type", {"A1": "3", "A2": "?", "B1": "2"})
    assert person.at == "/cesar/result"
    replies = Result.model_validate_json(person.open("/cesar/result.json").content).replies
    assert {name: one.kind for name, one in replies.replies.items()} == {
        "A1": "level",
        "A2": "unknown",
        "B1": "level",
    }


def test_a_result_is_compared_with_an_earlier_one_by_code_or_by_file(opened: Open) -> None:
    before, now = opened[1](), opened[1]()
    code = before.begin()
    before.open("/cesar/all")
    before.send("/cesar/all", {"A1": "1", "B1": "5"})
    file = before.open("/cesar/result.json").content
    now.begin()
    now.open("/cesar/all")
    now.send("/cesar/all", {"A1": "4", "B1": "2"})
    assert COMPARED not in now.text
    now.send("/cesar/compare", {"code": code})
    assert COMPARED in now.text
    by_code = now.text
    now.send("/cesar/compare", {"go": "forget"})
    assert COMPARED not in now.text
    now.send("/cesar/compare", {}, file=("assessment.json", file))
    assert now.text == by_code
    bank = load_instrument("professional")
    assert bank.question("A1").ladder[1].fr in now.text


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[" * 50_000, b"\xff\xfe", b'{"format":"equalis-assessment-result/1"}'],
    ids=["empty", "no-result", "deep", "no-text", "torn"],
)
def test_a_file_that_is_no_result_is_told_so_and_changes_nothing(
    person: Visitor, content: bytes
) -> None:
    person.begin()
    person.open("/cesar/result")
    person.send("/cesar/compare", {}, file=("x.json", content))
    assert person.seen.status_code == 422
    assert "pas un résultat" in person.text


def test_figures_in_a_file_are_reckoned_anew_from_its_answers(opened: Open) -> None:
    person = opened[1]()
    person.begin()
    person.open("/cesar/all")
    person.send("/cesar/all", {"A1": "1"})
    forged = json.loads(person.open("/cesar/result.json").content) | {"low": 100.0, "band": "A"}
    person.open("/cesar/result")
    person.send("/cesar/compare", {}, file=("x.json", json.dumps(forged).encode()))
    assert "Classe A" not in person.text


def test_the_html_file_stands_alone(person: Visitor) -> None:
    person.begin()
    person.open("/cesar/all")
    person.send("/cesar/all", {"A1": "1"})
    answer = person.open("/cesar/result.html")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert not re.search(r'(?:src|href)="(?!#|data:)', answer.text)
    assert "<script" not in answer.text


def test_a_question_that_does_not_concern_the_profile_is_no_page(person: Visitor) -> None:
    person.begin()
    assert person.open("/cesar/question/LA1").status_code == 404
    assert person.open("/cesar/question/nonsense").status_code == 404
