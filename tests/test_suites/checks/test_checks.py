"""Each check holds on one transcript, breaks on another, and says nothing where it saw nothing."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest

from reference_server.text import LANGUAGES, Catalogue
from scenarios import DeclarationError, load_catalogue
from scenarios.model import Expectation
from test_suites.checks.registry import BY_NAME, CHECKS, expectation_fault, verify
from test_suites.core.check import Check
from test_suites.core.transcript import StepState
from test_suites.core.verdict import Fact
from test_suites.core.view import View
from tests.test_suites.checks import (
    examples_client_certificates,
    examples_index_answers,
    examples_index_requests,
    examples_laboratory,
    examples_load,
    examples_messages,
    examples_patient_feed,
    examples_practice,
    examples_prescriber,
    examples_robustness,
    examples_security,
    examples_service,
    examples_sessions,
    examples_transport,
)
from tests.test_suites.checks.examples_laboratory import dispensation
from tests.test_suites.checks.examples_prescriber import NATIONAL
from tests.test_suites.core.build import (
    bundle,
    lab,
    logged,
    ok,
    page,
    printed,
    said,
    transcript,
    view,
)

HOLDS: dict[str, View] = {
    **examples_service.HOLDS,
    **examples_prescriber.HOLDS,
    **examples_laboratory.HOLDS,
    **examples_practice.HOLDS,
    **examples_load.HOLDS,
    **examples_messages.HOLDS,
    **examples_index_requests.HOLDS,
    **examples_patient_feed.HOLDS,
    **examples_index_answers.HOLDS,
    **examples_robustness.HOLDS,
    **examples_security.HOLDS,
    **examples_sessions.HOLDS,
    **examples_client_certificates.HOLDS,
    **examples_transport.HOLDS,
}
BREAKS: dict[str, View] = {
    **examples_service.BREAKS,
    **examples_prescriber.BREAKS,
    **examples_laboratory.BREAKS,
    **examples_practice.BREAKS,
    **examples_load.BREAKS,
    **examples_messages.BREAKS,
    **examples_index_requests.BREAKS,
    **examples_patient_feed.BREAKS,
    **examples_index_answers.BREAKS,
    **examples_robustness.BREAKS,
    **examples_security.BREAKS,
    **examples_sessions.BREAKS,
    **examples_client_certificates.BREAKS,
    **examples_transport.BREAKS,
}
SENTENCES = Catalogue.load(Path("test_suites/messages"))
each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)


@each_check
def test_it_holds_on_a_good_transcript(check: Check) -> None:
    facts = {o.fact for o in check.look(HOLDS[check.name])}
    assert facts == {Fact.HELD}


@each_check
def test_it_breaks_on_a_bad_transcript(check: Check) -> None:
    broken = [o for o in check.look(BREAKS[check.name]) if o.fact is Fact.BROKEN]
    assert broken
    assert all(o.expected != o.actual for o in broken)
    assert all(o.evidence is not None for o in broken)


@each_check
def test_where_nothing_happened_it_says_nothing(check: Check) -> None:
    seen = HOLDS[check.name]
    empty = replace(seen, transcript=transcript(steps=(seen.step,), state=StepState.FAILED))
    assert {o.fact for o in check.look(empty)} == {Fact.UNOBSERVED}


@each_check
def test_it_says_the_same_each_time(check: Check) -> None:
    seen = BREAKS[check.name]
    assert list(check.look(seen)) == list(check.look(seen))


@each_check
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_it_may_say_is_written(check: Check, language: str) -> None:
    for seen in (HOLDS[check.name], BREAKS[check.name]):
        for observation in check.look(seen):
            assert SENTENCES.render(observation.message_id, observation.params, language)


def test_every_reason_for_seeing_nothing_is_written() -> None:
    source = "\n".join(p.read_text() for p in Path("test_suites").glob("c*/*.py"))
    reasons = {i.removeprefix("check.unobserved.") for i in SENTENCES.ids() if "unobserved" in i}
    assert reasons
    assert all(f'"{reason}"' in source or f".{reason}" in source for reason in reasons)


def test_names_are_unique_and_every_check_is_used() -> None:
    used = {e.check for s in load_catalogue().scenarios for a in s.acts() for e in a.expect}
    assert len(BY_NAME) == len(CHECKS)
    assert set(BY_NAME) == used


def test_our_own_catalogue_names_only_real_checks() -> None:
    verify(load_catalogue())


def test_an_unknown_check_is_named_with_its_place() -> None:
    with pytest.raises(DeclarationError, match=r"check\.unknown\(name=response-status\)") as raised:
        verify(load_catalogue(), {n: c for n, c in BY_NAME.items() if n != "response-status"})
    assert "steps[" in raised.value.field


@pytest.mark.parametrize(
    ("check", "of", "params", "fault"),
    [
        ("no-such-check", None, {}, "check.unknown("),
        (
            "response-status",
            "dispense",
            {},
            "missing-parameter(check=response-status, name=status)",
        ),
        (
            "response-status",
            "dispense",
            {"status": "200"},
            "parameter-int(check=response-status, name=status)",
        ),
        (
            "response-status",
            "dispense",
            {"status": True},
            "parameter-int(check=response-status, name=status)",
        ),
        ("response-status", None, {"status": 200}, "needs-of"),
        ("bearer-challenge", None, {"x": 1}, "unknown-parameter(check=bearer-challenge, name=x)"),
        ("refusal-codes", "dispense", {"codes": [1]}, "parameter-list("),
        ("answer-value", "metadata", {"path": "a..b", "value": "x"}, "not-a-path"),
    ],
)
def test_wrong_parameters_are_found_before_a_run(
    check: str, of: str | None, params: dict[str, object], fault: str
) -> None:
    expectation = Expectation.model_validate(
        {"requirement": "ERX-SRV-001", "check": check, "about": "service", "of": of, "with": params}
    )
    assert fault in str(expectation_fault(expectation, BY_NAME))


def test_a_redacted_token_leaves_its_audience_unobserved() -> None:
    bare = said("submit-prescription", bundle(), ok(), tokens=())
    (observation,) = BY_NAME["token-audience"].look(view("token-audience", bare))
    assert observation.fact is Fact.UNOBSERVED


def test_a_page_that_cannot_be_rendered_is_unobserved() -> None:
    (observation,) = BY_NAME["printed-code-readable"].look(
        view("printed-code-readable", printed(b"%PDF-1.7 broken"))
    )
    assert observation.message_id == "check.unobserved.page-unreadable"


def test_a_matricule_of_a_stranger_in_a_log_is_not_taken_for_a_secret() -> None:
    log = logged("redacted.matricule.0123456789abcdef")
    (observation,) = BY_NAME["log-holds-no-secret"].look(view("log-holds-no-secret", log))
    assert observation.fact is Fact.HELD


def test_a_refused_retrieval_leaves_the_dispensation_unobserved() -> None:
    refused = lab("retrieve-prescription", {}, {}, status=404)
    seen = view(
        "operation-happened",
        refused,
        about="laboratory",
        of="dispense",
        after="retrieve-prescription",
    )
    (observation,) = BY_NAME["operation-happened"].look(seen)
    assert observation.fact is Fact.UNOBSERVED


def test_the_same_picture_drawn_again_is_not_the_page_of_the_answer() -> None:
    again = page("ERX1:REDRAWN")
    (observation,) = BY_NAME["printed-as-answered"].look(
        view("printed-as-answered", said("submit-prescription", bundle(), ok()), printed(again))
    )
    assert observation.fact is Fact.BROKEN


def test_a_second_dispensation_after_an_answer_is_no_retry() -> None:
    """Dispensing twice breaks the rule on dispensing twice, not the one on identifiers."""
    lost = lab("dispense", dispensation("d1"), None, status=None, deviation="reset", record=1)
    again = lab("dispense", dispensation("d1"), {}, record=2)
    twice = lab("dispense", dispensation("d2"), {}, status=409, record=3)
    seen = view("identifier-kept", lost, again, twice, about="laboratory", of="dispense")
    (observation,) = BY_NAME["identifier-kept"].look(seen)
    assert observation.fact is Fact.HELD


def test_a_slow_answer_that_says_no_proves_nothing_about_patience() -> None:
    slow = said("submit-prescription", bundle(), {}, status=401, deviation="slow")
    again = said("submit-prescription", bundle(), {}, status=401, record=2)
    seen = view("slow-answer-awaited", slow, again, of="submit-prescription")
    (observation,) = BY_NAME["slow-answer-awaited"].look(seen)
    assert observation.fact is Fact.UNOBSERVED


def test_what_was_never_reserved_need_not_be_released() -> None:
    seen = view("operation-happened", about="laboratory", of="release", after="reserve")
    (observation,) = BY_NAME["operation-happened"].look(seen)
    assert observation.fact is Fact.UNOBSERVED


def test_a_reservation_of_an_earlier_step_is_to_be_released() -> None:
    reserved = lab("reserve", {"resourceType": "Parameters"}, {}, step="before")
    seen = view("operation-happened", reserved, about="laboratory", of="release", after="reserve")
    (observation,) = BY_NAME["operation-happened"].look(seen)
    assert observation.fact is Fact.BROKEN


def test_a_refused_sign_in_explains_why_nothing_was_asked() -> None:
    refused = lab("token", None, {}, status=401)
    seen = view("operation-happened", refused, about="laboratory", of="retrieve-prescription")
    (observation,) = BY_NAME["operation-happened"].look(seen)
    assert observation.fact is Fact.UNOBSERVED


def test_what_could_not_be_checked_of_a_submission_is_unobserved() -> None:
    body = copy.deepcopy(NATIONAL["submission-two-lines"])
    foreign = {"system": "http://snomed.info/sct", "code": "26604007"}
    body["entry"][3]["resource"]["code"]["coding"].append(foreign)
    (found,) = BY_NAME["submission-conforms"].look(
        view("submission-conforms", said("submit-prescription", body, ok()),
             of="submit-prescription", profile="erx-submission")
    )  # fmt: skip
    assert found.fact is Fact.UNOBSERVED
    assert found.message_id == "check.unobserved.not-checked"
    assert found.params["what"] == "code-not-checked @ Bundle.entry[3].resource.code.coding[1]"


def test_a_rule_that_has_a_requirement_of_its_own_is_judged_there() -> None:
    body = copy.deepcopy(NATIONAL["submission-two-lines"])
    body["entry"][4]["resource"]["requisition"]["value"] = "urn:uuid:other"
    (found,) = BY_NAME["submission-conforms"].look(
        view("submission-conforms", said("submit-prescription", body, ok()),
             of="submit-prescription", profile="erx-submission")
    )  # fmt: skip
    assert found.fact is Fact.HELD
