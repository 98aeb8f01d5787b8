"""The judge's laws: fact times obligation, causes, and that a verdict only ever gets worse."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import Catalogue
from scenarios.model import Requirement, Step
from test_suites.core.check import Check
from test_suites.core.finding import Evidence, Finding, Observation
from test_suites.core.judge import judge
from test_suites.core.message import Exchange
from test_suites.core.transcript import StepOutcome, StepState
from test_suites.core.verdict import Fact, Verdict, worst
from test_suites.core.verdicts import case_verdict, requirement_verdicts
from test_suites.core.view import View
from tests.test_suites.core.build import PERSONAS, Loose, bundle, said, scenario, step, transcript

TEXT = {"fr": "Il faut.", "en": "It must.", "de": "Es muss."}
BINDS = ["prescriber", "laboratory", "service"]


def requirement(number: int, obligation: str = "MUST", **more: Loose) -> Requirement:
    fields: dict[str, Loose] = {
        "id": f"ERX-SRV-{number:03}",
        "source": "REFERENCE",
        "clause": "x",
        "obligation": obligation,
        "authority": "assumed",
        "actors": BINDS,
        "text": TEXT,
    }
    return Requirement.model_validate(fields | more)


UNTESTED = {"reason": TEXT, "owner": "nobody"}
CATALOGUE = Catalogue(
    sources=(),
    requirements=(
        requirement(1),
        requirement(2, "SHOULD"),
        requirement(3, "MAY"),
        requirement(4, untested_because=UNTESTED),
    ),
    scenarios=(),
    datasets=(),
    digest="0",
)


def seeing(fact: Fact) -> Loose:
    def look(view: View) -> Iterator[Observation]:
        yield Observation(
            fact=fact,
            message_id=f"check.{view.check}.{fact}",
            evidence=Evidence(record=1, pointer="request"),
        )

    return look


CHECKS = {fact.value: Check(name=fact.value, look=seeing(fact)) for fact in Fact} | {
    "harmless": Check(name="harmless", look=seeing(Fact.BROKEN), stops=False),
    "silent": Check(name="silent", look=lambda _view: iter(())),
}


def act(step_id: str, *expected: tuple[int, str, str], must_happen: bool = True) -> Step:
    expect = [
        {"requirement": f"ERX-SRV-{number:03}", "check": check, "about": about}
        for number, check, about in expected
    ]
    return step(step_id=step_id, expect=expect, must_happen=must_happen)


def judged(
    *acts: Step,
    subject: str | None = "prescriber",
    state: StepState = StepState.DONE,
    states: dict[str, StepState] | None = None,
    exchange: Exchange | None = None,
) -> tuple[Finding, ...]:
    cited = exchange or said("submit-prescription", bundle())
    facts = transcript(cited, steps=acts, state=state, subject=subject)
    outcomes = tuple(replace(o, state=(states or {}).get(o.step, o.state)) for o in facts.steps)
    return judge(
        scenario(*acts),
        replace(facts, steps=outcomes),
        case="ep-trial::prescriber",
        personas=PERSONAS,
        catalogue=CATALOGUE,
        checks=CHECKS,
    )


def verdicts(*acts: Step, **more: Loose) -> list[Verdict]:
    return [finding.verdict for finding in judged(*acts, **more)]


def test_the_obligation_turns_a_broken_fact_into_a_verdict() -> None:
    mine = act("a", *((n, "broken", "prescriber") for n in (1, 2, 3)))
    assert verdicts(mine) == [Verdict.FAIL, Verdict.WARN, Verdict.PASS]


def test_what_another_broke_is_the_labs_error_and_never_a_fail() -> None:
    assert verdicts(act("a", (1, "broken", "service"))) == [Verdict.ERROR]


def test_with_no_subject_every_broken_fact_is_the_labs_error() -> None:
    both = act("a", (1, "broken", "service"), (1, "broken", "prescriber"))
    assert verdicts(both, subject=None) == [Verdict.ERROR, Verdict.ERROR]


def test_a_break_of_the_subject_explains_what_others_broke_afterwards() -> None:
    mine, theirs = act("a", (1, "broken", "prescriber")), act("b", (1, "broken", "service"))
    first, second = judged(mine, theirs)
    assert (second.fact, second.verdict) == (Fact.UNOBSERVED, Verdict.NOT_APPLICABLE)
    assert second.caused_by == first.id
    assert second.message_id == "check.unobserved.broken-before"


def test_a_break_of_the_subject_explains_nothing_that_came_before() -> None:
    theirs, mine = act("a", (1, "broken", "service")), act("b", (1, "broken", "prescriber"))
    assert verdicts(theirs, mine) == [Verdict.ERROR, Verdict.FAIL]


def test_a_harmless_break_explains_nothing() -> None:
    acts = act("a", (1, "harmless", "prescriber"), (1, "broken", "service"))
    assert verdicts(acts) == [Verdict.FAIL, Verdict.ERROR]


def test_what_was_not_observed_names_the_break_that_stopped_it() -> None:
    first, second = judged(
        act("a", (1, "broken", "prescriber")), act("b", (1, "unobserved", "prescriber"))
    )
    assert second.verdict is Verdict.INCONCLUSIVE
    assert second.caused_by == first.id


def test_a_check_that_says_nothing_is_unobserved() -> None:
    (finding,) = judged(act("a", (1, "silent", "prescriber")))
    assert (finding.fact, finding.verdict) == (Fact.UNOBSERVED, Verdict.INCONCLUSIVE)


def test_nothing_is_judged_at_a_step_that_was_never_reached() -> None:
    acts = act("a", (1, "broken", "prescriber"), (1, "held", "prescriber"))
    for state in (StepState.NOT_REACHED, StepState.UNSUPPORTED):
        assert verdicts(acts, state=state) == [Verdict.INCONCLUSIVE] * 2


def test_a_step_at_which_the_lab_failed_is_an_error() -> None:
    acts = act("a", (1, "broken", "prescriber"))
    assert verdicts(acts, state=StepState.LAB_ERROR) == [Verdict.ERROR]


def test_a_step_that_need_not_happen_leaves_its_silence_out() -> None:
    acts = act("a", (1, "unobserved", "prescriber"), must_happen=False)
    assert verdicts(acts) == [Verdict.NOT_APPLICABLE]


def test_only_broken_findings_carry_a_curl_line() -> None:
    held, broken = judged(act("a", (1, "held", "prescriber"), (1, "broken", "prescriber")))
    assert held.curl is None
    assert broken.curl is not None
    assert broken.curl.startswith("curl ")


def test_findings_have_stable_ids_of_their_own() -> None:
    acts = act("a", (1, "held", "prescriber"), (2, "held", "prescriber"), (1, "broken", "service"))
    once, again = judged(acts), judged(acts)
    assert [f.id for f in once] == [f.id for f in again]
    assert len({f.id for f in once}) == len(once)


def test_an_id_does_not_depend_on_what_was_seen() -> None:
    (mine,) = judged(act("a", (1, "broken", "prescriber")))
    (reached,) = judged(act("a", (1, "broken", "prescriber")), state=StepState.NOT_REACHED)
    assert mine.id == reached.id


EXPECTED = st.tuples(st.integers(1, 3), st.sampled_from(sorted(CHECKS)), st.sampled_from(BINDS))
STATES = st.sampled_from(tuple(StepState))


@given(st.lists(EXPECTED, max_size=5), EXPECTED, STATES)
def test_one_more_expectation_never_improves_a_case(
    known: list[tuple[int, str, str]], more: tuple[int, str, str], state: StepState
) -> None:
    before = case_verdict(judged(act("a", *known), state=state))
    after = case_verdict(judged(act("a", *known), act("b", more), state=state))
    assert after.rank >= before.rank


@given(st.lists(EXPECTED, max_size=6), STATES)
def test_nobody_but_the_subject_is_ever_failed(
    expected: list[tuple[int, str, str]], state: StepState
) -> None:
    for finding in judged(act("a", *expected), state=state):
        if finding.verdict in {Verdict.FAIL, Verdict.WARN}:
            assert finding.about == "prescriber"


@given(st.lists(EXPECTED, max_size=6), st.randoms())
def test_the_order_of_expectations_changes_no_verdict(
    expected: list[tuple[int, str, str]], random: Loose
) -> None:
    unique = list(dict.fromkeys(expected))
    shuffled = list(unique)
    random.shuffle(shuffled)
    before = {f.id: f.verdict for f in judged(act("a", *unique))}
    after = {f.id: f.verdict for f in judged(act("a", *shuffled))}
    assert before == after


FINDINGS = st.lists(
    st.builds(
        lambda verdict, fact, n: Finding(
            id=f"F-{n}",
            case="c",
            step="s",
            check="x",
            requirement="ERX-SRV-001",
            about="prescriber",
            fact=fact,
            verdict=verdict,
            message_id="m",
        ),
        st.sampled_from(tuple(Verdict)),
        st.sampled_from(tuple(Fact)),
        st.integers(0, 99),
    ),
    max_size=6,
)


def of_first(findings: list[Finding], **more: Loose) -> Loose:
    return requirement_verdicts(findings, more.get("excluded", {}), CATALOGUE, "prescriber")[0]


@given(FINDINGS, FINDINGS)
def test_a_fail_or_an_error_is_never_taken_back(some: list[Finding], more: list[Finding]) -> None:
    before, after = of_first(some), of_first(some + more)
    if before.verdict.rank >= Verdict.ERROR.rank:
        assert after.verdict.rank >= before.verdict.rank
    assert set(before.errors) <= set(after.errors)


@given(FINDINGS, st.randoms())
def test_the_order_of_findings_changes_no_requirement(
    findings: list[Finding], random: Loose
) -> None:
    shuffled = list(findings)
    random.shuffle(shuffled)
    assert of_first(findings).verdict is of_first(shuffled).verdict


def finding(verdict: Verdict, fact: Fact = Fact.HELD, about: str = "prescriber") -> Finding:
    return Finding(
        id=f"F-{verdict}",
        case="c",
        step="s",
        check="x",
        requirement="ERX-SRV-001",
        about=about,
        fact=fact,
        verdict=verdict,
        message_id="m",
    )


def test_what_held_elsewhere_stays_a_pass_with_a_note() -> None:
    found = of_first([finding(Verdict.INCONCLUSIVE), finding(Verdict.PASS)])
    assert (found.verdict, found.note) == (Verdict.PASS, "held-elsewhere")


def test_a_broken_may_is_a_pass_with_a_note() -> None:
    found = of_first([finding(Verdict.PASS, Fact.BROKEN)])
    assert (found.verdict, found.note) == (Verdict.PASS, "broken-may")


def test_an_error_is_listed_beside_a_fail() -> None:
    found = of_first([finding(Verdict.FAIL), finding(Verdict.ERROR)])
    assert (found.verdict, found.errors) == (Verdict.FAIL, ("F-ERROR",))


def test_what_others_held_proves_nothing_about_the_subject() -> None:
    found = of_first([finding(Verdict.PASS, about="service")])
    assert (found.verdict, found.note) == (Verdict.INCONCLUSIVE, "not-reached")


def test_what_the_plan_left_out_is_not_applicable() -> None:
    found = of_first([], excluded={"ERX-SRV-001": "no capability"})
    assert (found.verdict, found.note) == (Verdict.NOT_APPLICABLE, "excluded")


def test_what_nothing_tests_says_so() -> None:
    found = requirement_verdicts([], {}, CATALOGUE, "prescriber")[-1]
    assert (found.id, found.verdict, found.note) == (
        "ERX-SRV-004",
        Verdict.NOT_APPLICABLE,
        "untested",
    )


@given(st.lists(st.sampled_from(tuple(Verdict))), st.sampled_from(tuple(Verdict)))
def test_a_verdict_only_gets_worse(known: list[Verdict], more: Verdict) -> None:
    assert worst([*known, more]).rank == max(worst(known).rank, more.rank)


def test_an_outcome_of_an_unknown_step_reaches_nothing() -> None:
    assert (
        StepOutcome(
            record=1, step="z", actor="prescriber", state=StepState.DONE, started=0, ended=1
        )
        not in transcript(steps=(act("a"),)).steps
    )
    assert transcript(steps=()).step_state("a") is StepState.NOT_REACHED


def test_a_finding_names_the_request_that_its_evidence_cites() -> None:
    mine = act("a", (1, "held", "prescriber"), (1, "broken", "prescriber"))
    assert [finding.request_id for finding in judged(mine)] == ["r1", "r1"]
    assert [finding.request_id for finding in judged(act("a", (1, "silent", "prescriber")))] == [
        None
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"answer_headers": {"x-request-id": "theirs", "X-Request-Id": ""}}, "theirs"),
        ({"answer_headers": {"X-Request-Id": ""}}, "r1"),
        ({"status": None}, "r1"),
        ({"headers": {"X-Request-Id": ""}}, None),
    ],
)
def test_the_answers_id_counts_before_the_one_that_was_sent(
    more: Loose, expected: str | None
) -> None:
    (finding,) = judged(
        act("a", (1, "held", "prescriber")), exchange=said("submit-prescription", bundle(), **more)
    )
    assert finding.request_id == expected
