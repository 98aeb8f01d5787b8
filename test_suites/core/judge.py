"""Turns one transcript into findings: fact times obligation; pure, no network, no clock.

The law, in this order. What the subject broke costs what the obligation says. What another
broke is the lab's ERROR, unless the subject broke something before that could have led to it:
then nothing is observed, and the finding names its cause. What was not observed at the subject
is INCONCLUSIVE, caused by an earlier break of the subject where there is one; ERROR where the
lab failed at the step; NOT_APPLICABLE where the step need not happen, where it is not about the
subject, or where the check says that it does not concern the subject.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from scenarios import Catalogue
from scenarios.model import Expectation, Obligation, Scenario, Step
from test_suites.core.check import Check
from test_suites.core.curl import curl_line
from test_suites.core.finding import Finding, Observation
from test_suites.core.message import Exchange
from test_suites.core.persona import Persona
from test_suites.core.transcript import StepState, Transcript
from test_suites.core.verdict import Fact, Verdict
from test_suites.core.view import View, in_step

BROKEN = {
    Obligation.MUST: Verdict.FAIL,
    Obligation.SHOULD: Verdict.WARN,
    Obligation.MAY: Verdict.PASS,
}
REQUEST_ID = "X-Request-Id"
NOT_OBSERVABLE = {
    StepState.NOT_REACHED: "step-not-reached",
    StepState.LAB_ERROR: "lab-error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Owns everything that the judging of one case depends on."""

    case: str
    scenario: Scenario
    transcript: Transcript
    personas: Mapping[str, Persona]
    catalogue: Catalogue
    checks: Mapping[str, Check]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Owns one observation with the expectation it answers and the step it was made in."""

    position: int
    step: Step
    state: StepState
    expectation: Expectation
    check: Check
    obligation: Obligation
    observation: Observation
    finding_id: str


def judge(
    scenario: Scenario,
    transcript: Transcript,
    *,
    case: str,
    personas: Mapping[str, Persona],
    catalogue: Catalogue,
    checks: Mapping[str, Check],
) -> tuple[Finding, ...]:
    """Return every finding of a case, in the order of steps and expectations."""
    trial = Trial(
        case=case,
        scenario=scenario,
        transcript=transcript,
        personas=personas,
        catalogue=catalogue,
        checks=checks,
    )
    seen = tuple(
        observed
        for position, step in enumerate(scenario.acts())
        for observed in _look(trial, step, position)
    )
    return tuple(_finding(one, seen, trial) for one in seen)


def _look(trial: Trial, step: Step, position: int) -> Iterator[Seen]:
    counted: dict[tuple[str, str, str], int] = {}
    for expectation in step.expect:
        check = trial.checks[expectation.check]
        view = View(
            check=check.name,
            scenario=trial.scenario,
            step=step,
            transcript=trial.transcript,
            about=expectation.about,
            of=expectation.of,
            params=expectation.params,
            personas=trial.personas,
        )
        for observation in _observations(check, view):
            key = (check.name, expectation.requirement, expectation.about)
            counted[key] = counted.get(key, -1) + 1
            yield Seen(
                position=position,
                step=step,
                state=view.state,
                expectation=expectation,
                check=check,
                obligation=trial.catalogue.requirement(expectation.requirement).obligation,
                observation=observation,
                finding_id=_finding_id(trial.case, step.id, *key, counted[key]),
            )


def _observations(check: Check, view: View) -> tuple[Observation, ...]:
    if view.state is StepState.UNSUPPORTED:
        reason = "unsupported-by-hand" if view.by_hand else "unsupported-by-driver"
        return (view.unobserved(reason, in_step(view), act=str(view.step.operation)),)
    if view.state in NOT_OBSERVABLE:
        return (view.unobserved(NOT_OBSERVABLE[view.state]),)
    return tuple(check.look(view)) or (view.unobserved("no-request"),)


def _finding_id(*parts: object) -> str:
    text = "\x1f".join(str(part) for part in parts)
    return f"F-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _cause(one: Seen, seen: tuple[Seen, ...], subject: str | None) -> str | None:
    """Return the subject's first break, at this step or before, that could have led here."""
    causes = (
        other.finding_id
        for other in seen
        if other is not one
        and other.position <= one.position
        and other.expectation.about == subject
        and other.observation.fact is Fact.BROKEN
        and other.check.stops
    )
    return next(causes, None)


def _finding(one: Seen, seen: tuple[Seen, ...], trial: Trial) -> Finding:
    observation, subject = one.observation, trial.transcript.subject_actor
    exchange = _cited(observation, trial.transcript)
    of_subject = one.expectation.about == subject
    cause = None
    if observation.fact is Fact.UNOBSERVED or (observation.fact is Fact.BROKEN and not of_subject):
        cause = _cause(one, seen, subject)
    if observation.fact is Fact.BROKEN and cause is not None:
        observation = replace(
            observation, fact=Fact.UNOBSERVED, message_id="check.unobserved.broken-before"
        )
    return Finding(
        id=one.finding_id,
        case=trial.case,
        step=one.step.id,
        check=one.check.name,
        requirement=one.expectation.requirement,
        about=one.expectation.about,
        fact=observation.fact,
        verdict=_verdict(one, observation.fact, of_subject=of_subject, subject=subject),
        message_id=observation.message_id,
        params=observation.params,
        expected=observation.expected,
        actual=observation.actual,
        evidence=observation.evidence,
        mode=observation.mode,
        caused_by=cause,
        curl=curl_line(exchange) if exchange and observation.fact is Fact.BROKEN else None,
        request_id=None if exchange is None else _request_id(exchange),
        applies=observation.applies,
    )


def _verdict(one: Seen, fact: Fact, *, of_subject: bool, subject: str | None) -> Verdict:
    if fact is Fact.HELD:
        return Verdict.PASS
    if fact is Fact.BROKEN:
        return BROKEN[one.obligation] if of_subject else Verdict.ERROR
    if one.state is StepState.LAB_ERROR:
        return Verdict.ERROR
    if not one.observation.applies:
        return Verdict.NOT_APPLICABLE
    if not one.step.must_happen or (subject is not None and not of_subject):
        return Verdict.NOT_APPLICABLE
    return Verdict.INCONCLUSIVE


def _cited(observation: Observation, transcript: Transcript) -> Exchange | None:
    record = observation.evidence.record if observation.evidence else None
    return next((e for e in transcript.exchanges if e.record == record), None)


def _request_id(exchange: Exchange) -> str | None:
    """Return the answer's, which is the one the service knows; else the one that was sent."""
    told = None if exchange.response is None else exchange.response.header(REQUEST_ID)
    return told or exchange.request.header(REQUEST_ID)
