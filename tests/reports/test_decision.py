"""The laws of the label decision, for every mix of verdicts."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from reports.labelling.decision import (
    BINDING,
    EVERY_AUTHORITY,
    Decision,
    Judged,
    Outcome,
    decide,
    decide_both,
)
from test_suites.core.verdict import Verdict
from tests.reports.schemes import AUTHORITIES, CORE, OPTION, OTHER, TOLERATED, judged, scheme

ACTORS = frozenset({"laboratory"})
BOTH = frozenset({"laboratory", "prescriber"})
CLAIMED = frozenset({"plan-b"})
OPEN = (Verdict.REVIEW, Verdict.INCONCLUSIVE, Verdict.ERROR)
GOODNESS = (Outcome.ELIGIBLE, Outcome.SMALLER_SCOPE, Outcome.NOT_ELIGIBLE)

REQUIREMENTS = (*CORE, *OPTION, *OTHER)
verdicts = st.fixed_dictionaries(dict.fromkeys(REQUIREMENTS, st.sampled_from(list(Verdict))))
authorities = st.fixed_dictionaries(dict.fromkeys(REQUIREMENTS, st.sampled_from(AUTHORITIES)))
actors = st.sampled_from([ACTORS, BOTH])
capabilities = st.sampled_from([frozenset[str](), CLAIMED])


def run(
    given_verdicts: Mapping[str, Verdict],
    *,
    by: frozenset[str] = ACTORS,
    claiming: frozenset[str] = CLAIMED,
) -> Decision:
    return decide(
        scheme(),
        judged(given_verdicts),
        actors=by,
        capabilities=claiming,
        authorities=EVERY_AUTHORITY,
    )


def all_pass(**other: Verdict) -> dict[str, Verdict]:
    named = {name.replace("_", "-"): verdict for name, verdict in other.items()}
    return {**dict.fromkeys(REQUIREMENTS, Verdict.PASS), **named}


def test_a_product_that_shows_everything_is_eligible() -> None:
    assert run(all_pass()).outcome is Outcome.ELIGIBLE


def test_a_warning_costs_nothing() -> None:
    assert run(all_pass(C_1=Verdict.WARN)).outcome is Outcome.ELIGIBLE


def test_a_failed_core_requirement_refuses_whatever_else_is_open() -> None:
    decision = run(all_pass(C_1=Verdict.FAIL, C_2=Verdict.ERROR))
    assert decision.outcome is Outcome.NOT_ELIGIBLE
    assert decision.modules[0].failed == ("C-1",)
    assert decision.modules[0].open == ("C-2",)


def test_a_failed_option_only_makes_the_scope_smaller() -> None:
    decision = run(all_pass(O_2=Verdict.FAIL))
    assert decision.outcome is Outcome.SMALLER_SCOPE
    assert decision.modules[0].options_failed == ("plan-b",)


def test_an_option_that_is_not_claimed_is_not_asked_for() -> None:
    decision = run(all_pass(O_1=Verdict.FAIL), claiming=frozenset())
    assert decision.outcome is Outcome.ELIGIBLE
    assert decision.modules[0].options_not_claimed == ("plan-b",)


def test_a_failed_module_leaves_the_other_its_scope() -> None:
    assert run(all_pass(S_1=Verdict.FAIL), by=BOTH).outcome is Outcome.SMALLER_SCOPE


def test_a_core_requirement_that_was_never_exercised_leaves_the_outcome_open() -> None:
    missing = {name: verdict for name, verdict in all_pass().items() if name != "C-2"}
    assert run(missing).outcome is Outcome.UNDECIDED


def test_declining_a_core_requirement_makes_nobody_eligible() -> None:
    assert run(all_pass(C_1=Verdict.NOT_APPLICABLE)).outcome is Outcome.UNDECIDED
    assert run(all_pass(C_3=Verdict.NOT_APPLICABLE)).outcome is Outcome.ELIGIBLE


def test_a_product_without_a_module_is_undecided() -> None:
    assert run(all_pass(), by=frozenset({"service"})).outcome is Outcome.UNDECIDED


def test_fewer_binding_requirements_than_the_scheme_wants_leave_the_outcome_open() -> None:
    core = tuple(f"C-{number}" for number in range(9))
    failing = judged({**dict.fromkeys(core, Verdict.PASS), "C-0": Verdict.FAIL})
    for enough, rules in ((False, scheme(minimum=10, core=core)), (True, scheme(core=core))):
        decision, _ = decide_both(rules, failing, actors=ACTORS, capabilities=frozenset())
        assert decision.modules[0].enough is enough
        assert decision.outcome is (Outcome.NOT_ELIGIBLE if enough else Outcome.UNDECIDED)


@given(verdicts, actors, capabilities)
def test_without_a_fail_nobody_is_refused_anything(
    given_verdicts: Mapping[str, Verdict], by: frozenset[str], claiming: frozenset[str]
) -> None:
    no_fail = {
        name: Verdict.ERROR if verdict is Verdict.FAIL else verdict
        for name, verdict in given_verdicts.items()
    }
    assert run(no_fail, by=by, claiming=claiming).outcome in {
        Outcome.ELIGIBLE,
        Outcome.UNDECIDED,
    }


@given(verdicts, actors, capabilities)
def test_an_error_of_the_lab_never_becomes_a_refusal(
    given_verdicts: Mapping[str, Verdict], by: frozenset[str], claiming: frozenset[str]
) -> None:
    mended = {
        name: Verdict.PASS if verdict is Verdict.ERROR else verdict
        for name, verdict in given_verdicts.items()
    }
    if run(given_verdicts, by=by, claiming=claiming).outcome is Outcome.NOT_ELIGIBLE:
        assert run(mended, by=by, claiming=claiming).outcome is Outcome.NOT_ELIGIBLE


@given(verdicts, authorities, verdicts, st.tuples(actors, capabilities))
def test_an_assumed_requirement_never_changes_the_binding_outcome(
    first: Mapping[str, Verdict],
    rests_on: Mapping[str, str],
    second: Mapping[str, Verdict],
    who: tuple[frozenset[str], frozenset[str]],
) -> None:
    by, claiming = who
    before = tuple(Judged(id=n, authority=rests_on[n], verdict=v) for n, v in first.items())
    after = tuple(
        replace(one, verdict=second[one.id]) if one.authority not in BINDING else one
        for one in before
    )
    outcomes = {
        decide_both(scheme(), some, actors=by, capabilities=claiming)[0].outcome
        for some in (before, after)
    }
    assert len(outcomes) == 1


@given(verdicts, st.sampled_from(REQUIREMENTS), st.sampled_from(list(Verdict)), actors)
def test_a_worse_verdict_never_improves_what_can_still_come(
    given_verdicts: Mapping[str, Verdict], name: str, other: Verdict, by: frozenset[str]
) -> None:
    worse = max(given_verdicts[name], other, key=lambda verdict: verdict.rank)
    # NOT_APPLICABLE is outside the order of goodness: it says that nothing was asked.
    if given_verdicts[name] is Verdict.NOT_APPLICABLE:
        return
    before = run(given_verdicts, by=by).modules
    after = run({**given_verdicts, name: worse}, by=by).modules
    for old, new in zip(before, after, strict=True):
        assert GOODNESS.index(new.span.best) >= GOODNESS.index(old.span.best)
        assert GOODNESS.index(new.span.worst) >= GOODNESS.index(old.span.worst)


@given(verdicts, actors, capabilities)
def test_an_outcome_is_decided_exactly_when_resolving_what_is_open_cannot_change_it(
    given_verdicts: Mapping[str, Verdict], by: frozenset[str], claiming: frozenset[str]
) -> None:
    settled = {
        name: Verdict.PASS if verdict is Verdict.NOT_APPLICABLE else verdict
        for name, verdict in given_verdicts.items()
    }
    unresolved = [name for name, verdict in settled.items() if verdict in OPEN]
    resolutions = product((Verdict.PASS, Verdict.FAIL), repeat=len(unresolved))
    possible = {
        run(
            {**settled, **dict(zip(unresolved, resolved, strict=True))},
            by=by,
            claiming=claiming,
        ).outcome
        for resolved in resolutions
    }
    outcome = run(settled, by=by, claiming=claiming).outcome
    assert outcome is (possible.pop() if len(possible) == 1 else Outcome.UNDECIDED)


@given(verdicts)
def test_the_order_of_the_requirements_does_not_matter(
    given_verdicts: Mapping[str, Verdict],
) -> None:
    backwards = dict(reversed(list(given_verdicts.items())))
    assert run(given_verdicts).outcome is run(backwards).outcome


def test_only_what_the_scheme_tolerates_counts_as_shown() -> None:
    for verdict in Verdict:
        shown = run(all_pass(C_1=verdict)).outcome is Outcome.ELIGIBLE
        assert shown is (verdict in TOLERATED)
