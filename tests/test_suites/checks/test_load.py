"""What figures of a load show of the nominal load, and what they cannot show."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from reference_server.text import LANGUAGES, Catalogue
from test_suites.checks.registry import BY_NAME
from test_suites.core.finding import Observation
from test_suites.core.message import JsonValue
from test_suites.core.verdict import Fact
from test_suites.core.view import View
from test_suites.load import figures
from test_suites.load.protocol import Outcome
from tests.test_suites.checks.examples_load import PARAMS, SLOW, load, measured, sees

SENTENCES = Catalogue.load(Path("test_suites/messages"))
every_check = pytest.mark.parametrize("check", PARAMS)


def look(view: View) -> Observation:
    """Return the one thing that a check has to say, which can be said in every language."""
    (seen,) = BY_NAME[view.check].look(view)
    for language in LANGUAGES:
        assert SENTENCES.render(seen.message_id, seen.params, language)
    return seen


def test_five_of_a_hundred_may_take_longer_and_six_may_not() -> None:
    bearable = (*(20.0,) * 95, *(3000.0,) * 5)
    held = look(sees("load-percentile", load(measured(bearable))))
    assert (held.fact, held.expected, held.actual) == (Fact.HELD, "≤ 1000 ms", "20 ms")
    broken = look(sees("load-percentile", load(measured(SLOW))))
    assert (broken.fact, broken.expected, broken.actual) == (Fact.BROKEN, "≤ 1000 ms", "3000 ms")


def test_a_time_just_above_the_limit_is_not_shown_as_the_limit() -> None:
    broken = look(sees("load-percentile", load(measured((1000.2,) * 100))))
    assert (broken.fact, broken.actual) == (Fact.BROKEN, "1001 ms")


def test_what_never_had_an_answer_counts_with_the_time_it_waited() -> None:
    waited = load(measured((4000.0,) * 100, outcome=Outcome.TIMEOUT))
    assert look(sees("load-percentile", waited)).actual == "4000 ms"


def test_failures_are_counted_with_their_commonest_kinds() -> None:
    seen = look(sees("load-failures", load(measured(outcome=Outcome.REFUSED))))
    assert (seen.fact, seen.actual) == (Fact.BROKEN, "400 / 400")
    assert seen.params["kinds"] == "submit-prescription 503 not-available (400)"


@every_check
def test_where_the_generator_was_too_busy_the_server_is_not_blamed(check: str) -> None:
    for busy in (
        measured(SLOW, late=150.0),
        measured(SLOW, lag=150.0),
        measured(SLOW, cpu_seconds=19.0),
        measured(outcome=Outcome.REFUSED, late=150.0),
    ):
        seen = look(sees(check, load(busy)))
        assert seen.fact is Fact.UNOBSERVED
        reasons = {"generator-late", "nothing-answered"}
        assert seen.message_id.removeprefix("check.unobserved.load-") in reasons


def test_a_good_result_below_the_nominal_load_shows_nothing_and_a_bad_one_does() -> None:
    good = look(sees("load-percentile", load(measured(), rate=4)))
    assert good.message_id == "check.unobserved.load-below-nominal"
    bad = look(sees("load-percentile", load(measured(SLOW), rate=4)))
    assert bad.fact is Fact.BROKEN


def test_a_bad_result_above_the_nominal_load_shows_nothing_and_a_good_one_does() -> None:
    bad = look(sees("load-percentile", load(measured(SLOW), rate=6)))
    assert bad.message_id == "check.unobserved.load-above-nominal"
    good = look(sees("load-percentile", load(measured(), rate=6)))
    assert good.fact is Fact.HELD


def test_a_percentile_of_too_few_answers_is_none() -> None:
    assert look(sees("load-percentile", load(measured((20.0,) * 20)))).fact is Fact.HELD
    seen = look(sees("load-percentile", load(measured((20.0,) * 19))))
    assert seen.message_id == "check.unobserved.load-too-few"
    seen = look(sees("load-percentile", load(measured((*(20.0,) * 15, 3000.0)))))
    assert seen.message_id == "check.unobserved.load-too-few"
    assert look(sees("load-percentile", load(measured((3000.0,) * 5)))).fact is Fact.BROKEN
    seen = look(sees("load-percentile", load(measured((20.0,) * 99)), percentile=99))
    assert seen.message_id == "check.unobserved.load-too-few"


def test_where_every_request_was_refused_no_time_is_judged() -> None:
    seen = look(sees("load-percentile", load(measured(outcome=Outcome.REFUSED))))
    assert seen.message_id == "check.unobserved.load-nothing-answered"


@pytest.mark.parametrize(("missing", "fact"), [(5, Fact.HELD), (6, Fact.HELD), (7, Fact.BROKEN)])
def test_the_pace_is_kept_by_95_in_a_hundred_and_one_may_be_under_way(
    missing: int, fact: Fact
) -> None:
    content = load(measured())
    journeys = content["journeys"]
    assert isinstance(journeys, dict)
    less = {**content, "journeys": {**journeys, "ended": 100 - missing}}
    assert look(sees("load-pace", less)).fact is fact


def test_a_sign_in_that_ends_with_a_server_error_is_a_failure_and_any_other_shows_nothing() -> None:
    for code in ("token-500", "503"):
        broken = look(sees("load-failures", figures.not_begun(code)))
        assert (broken.fact, broken.params["kinds"]) == (Fact.BROKEN, code)
    for code in ("token-401", "ConnectError", "discovery-issuer"):
        seen = look(sees("load-failures", figures.not_begun(code)))
        assert seen.message_id == "check.unobserved.load-no-sign-in"
    assert look(sees("load-pace", figures.not_begun("503"))).fact is Fact.UNOBSERVED


@every_check
@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b"{", {"operations": "x", "journeys": 3}, {"settings": None}]
)
def test_figures_that_cannot_be_read_show_nothing(
    check: str, content: bytes | Mapping[str, JsonValue]
) -> None:
    assert look(sees(check, content)).fact is Fact.UNOBSERVED
