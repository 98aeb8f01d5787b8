"""What a practice's answers stand for: yes alone holds, not knowing is neither, reasons count."""

import pytest

from test_suites.checks.declared import declared
from test_suites.core.finding import Observation
from test_suites.core.verdict import Fact, Mode
from test_suites.core.view import View
from tests.test_suites.checks.examples_practice import answered, recorded


def only(view: View) -> Observation:
    (observation,) = declared(view)
    return observation


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("yes", Fact.HELD),
        ("partly", Fact.BROKEN),
        ("no", Fact.BROKEN),
        ("unknown", Fact.UNOBSERVED),
    ],
)
def test_yes_alone_holds_and_not_knowing_is_neither(answer: str, fact: Fact) -> None:
    seen = only(answered(answer))
    assert (seen.fact, seen.mode, seen.applies) == (fact, Mode.DECLARED, True)


def test_a_reason_that_the_question_allows_takes_the_fact_away() -> None:
    seen = only(answered("not-applicable", reason="alone"))
    assert (seen.fact, seen.applies) == (Fact.UNOBSERVED, False)
    assert seen.message_id == "check.unobserved.declared-not-applicable"


@pytest.mark.parametrize(
    "view",
    [
        answered("not-applicable", reason="too-dear"),
        answered("not-applicable"),
        answered("yes", question="A1"),
        answered("maybe"),
        recorded(b"\xff"),
        recorded(b"[]"),
        recorded(b'{"question": "P2", "answer": ["yes"]}'),
        recorded(b'{"question": "P2", "answer": "not-applicable", "reason": ["alone"]}'),
    ],
)
def test_an_answer_that_cannot_be_used_decides_nothing(view: View) -> None:
    seen = only(view)
    assert (seen.fact, seen.applies) == (Fact.UNOBSERVED, True)
    assert seen.message_id == "check.unobserved.answer-unusable"
