"""The one list of all checks, and the proof that a catalogue only names checks of that list."""

from collections.abc import Mapping

from scenarios import Catalogue, DeclarationError
from scenarios.errors import Phrase, known, phrase
from scenarios.model import Expectation, Scenario, Step
from test_suites.checks import (
    answers,
    conduct,
    conformity,
    declared,
    dispensing,
    forgeries,
    load,
    retries,
    robustness,
    secrecy,
    sessions,
    sign_in,
    stamp,
    submission,
    telling,
    transport,
)
from test_suites.checks.of_identities import IDENTITY_CHECKS
from test_suites.core.check import Check
from test_suites.match.path import PathError, parse

CHECKS: tuple[Check, ...] = (
    # What a service answered.
    Check(
        name="response-status",
        look=answers.response_status,
        params={"status": int},
        needs_of=True,
    ),
    Check(
        name="refusal-codes",
        look=answers.refusal_codes,
        params={"codes": list, "status": int},
        optional=frozenset({"status"}),
        needs_of=True,
    ),
    Check(name="refusal-holds", look=answers.refusal_holds, params={"code": str}, needs_of=True),
    Check(name="outcome-well-formed", look=answers.outcome_well_formed),
    Check(name="outcome-located", look=answers.outcome_located, needs_of=True),
    Check(name="refused-with-reason", look=answers.refused_with_reason),
    Check(name="nothing-internal-shown", look=answers.nothing_internal_shown),
    Check(name="bearer-challenge", look=answers.bearer_challenge),
    Check(
        name="answer-parameters",
        look=answers.answer_parameters,
        params={"names": list},
        needs_of=True,
    ),
    Check(
        name="answer-value",
        look=answers.answer_value,
        params={"path": str, "value": str},
        needs_of=True,
    ),
    Check(
        name="task-state",
        look=answers.task_state,
        params={"status": str, "business_status": str},
        needs_of=True,
    ),
    Check(name="search-total", look=answers.search_total, params={"total": int}, needs_of=True),
    Check(name="never-dispensed", look=answers.never_dispensed),
    Check(name="same-answer", look=answers.same_answer, params={"first": str}, needs_of=True),
    Check(name="retrieval-faithful", look=answers.retrieval_faithful, needs_of=True),
    Check(name="request-id-returned", look=answers.request_id_returned),
    Check(name="answer-media-type", look=answers.answer_media_type, params={"media_type": str}),
    Check(name="discovery-issuer", look=answers.discovery_issuer),
    Check(name="answered-code-readable", look=stamp.answered_code_readable),
    Check(name="code-opaque", look=stamp.code_opaque),
    Check(name="number-printed", look=stamp.number_printed),
    Check(
        name="answer-conforms",
        look=conformity.answer_conforms,
        params={"path": str, "profile": str},
        needs_of=True,
    ),
    # What a prescriber submits.
    Check(
        name="submission-conforms",
        look=conformity.submission_conforms,
        params={"profile": str},
        needs_of=True,
    ),
    Check(
        name="request-value",
        look=submission.request_value,
        params={"path": str, "value": str},
        needs_of=True,
    ),
    Check(
        name="request-has",
        look=submission.request_has,
        params={"each": str, "has": list},
        needs_of=True,
    ),
    Check(name="submission-holds-pdf", look=submission.submission_holds_pdf, needs_of=True),
    Check(name="full-urls-unique", look=submission.full_urls_unique, needs_of=True),
    Check(name="references-resolve", look=submission.references_resolve, needs_of=True),
    Check(name="matricule-valid", look=submission.matricule_valid, needs_of=True),
    Check(name="patient-is-asked", look=submission.patient_is_asked, needs_of=True),
    Check(name="lines-are-asked", look=submission.lines_are_asked, needs_of=True),
    Check(name="line-counts-are-asked", look=submission.line_counts_are_asked, needs_of=True),
    Check(name="motivations-are-sent", look=submission.motivations_are_sent, needs_of=True),
    Check(name="requisition-shared", look=submission.requisition_shared, needs_of=True),
    Check(
        name="lines-are-coded",
        look=submission.lines_are_coded,
        params={"system": str},
        needs_of=True,
    ),
    Check(name="prescriber-is-signed-in", look=submission.prescriber_is_signed_in, needs_of=True),
    Check(name="timestamp-complete", look=submission.timestamp_complete, needs_of=True),
    Check(
        name="stamp-area-free",
        look=submission.stamp_area_free,
        params={"millimetres": int},
        needs_of=True,
    ),
    Check(
        name="submitted-pdf-sound",
        look=submission.submitted_pdf_sound,
        params={"pages": int, "megabytes": int},
        needs_of=True,
    ),
    Check(
        name="resubmission-identical",
        look=submission.resubmission_identical,
        params={"first": str},
        needs_of=True,
    ),
    Check(name="cancel-has-reason", look=submission.cancel_has_reason),
    # What the person at the screen got.
    Check(name="refusal-told", look=telling.refusal_told, stops=False),
    Check(
        name="trouble-told",
        look=telling.trouble_told,
        params={"deviation": str},
        needs_of=True,
        stops=False,
    ),
    Check(name="every-fault-shown", look=telling.every_fault_shown, stops=False),
    Check(name="survived", look=telling.survived, params={"deviation": str}, needs_of=True),
    Check(name="nothing-printed", look=telling.nothing_printed),
    Check(name="printed-after-ok", look=telling.printed_after_ok),
    Check(name="printed-as-answered", look=telling.printed_as_answered),
    Check(name="printed-code-readable", look=telling.printed_code_readable),
    Check(name="printed-code-issued", look=telling.printed_code_issued),
    # How people and systems sign in.
    Check(name="pkce-s256", look=sign_in.pkce_s256),
    Check(name="authorize-has", look=sign_in.authorize_has, params={"parameter": str}),
    Check(name="not-sent-back", look=sign_in.not_sent_back, needs_of=True),
    Check(name="oauth-error", look=sign_in.oauth_error, params={"error": str}, needs_of=True),
    Check(name="code-used-once", look=sign_in.code_used_once),
    Check(name="assertion-claims", look=sign_in.assertion_claims),
    Check(name="assertion-jti-fresh", look=sign_in.assertion_jti_fresh),
    Check(name="assertion-lifetime", look=sign_in.assertion_lifetime, params={"seconds": int}),
    # What leaks, and to whom.
    Check(name="token-in-header", look=secrecy.token_in_header),
    Check(name="token-audience", look=secrecy.token_audience),
    Check(name="token-renewed", look=secrecy.token_renewed),
    Check(name="tls-version", look=secrecy.tls_version, params={"oldest": str}),
    Check(name="untrusted-refused", look=secrecy.untrusted_refused),
    Check(name="log-holds-no-secret", look=secrecy.log_holds_no_secret, stops=False),
    Check(name="log-holds-no-identity", look=secrecy.log_holds_no_identity, stops=False),
    Check(name="url-holds-no-identity", look=secrecy.url_holds_no_identity),
    # What a client does with an answer that was made false on purpose.
    Check(
        name="stops-at-forgery",
        look=forgeries.stops_at_forgery,
        params={"deviation": str, "operations": list},
    ),
    Check(
        name="forgery-told",
        look=forgeries.forgery_told,
        params={"deviation": str},
        stops=False,
    ),
    Check(name="distrust-told", look=forgeries.distrust_told, stops=False),
    Check(name="bears-forgery", look=forgeries.bears_forgery, params={"deviation": str}),
    Check(name="no-downgrade", look=forgeries.no_downgrade, params={"deviation": str}),
    Check(name="no-plain-http", look=forgeries.no_plain_http, params={"deviation": str}),
    Check(name="nothing-sent-on", look=forgeries.nothing_sent_on, params={"deviation": str}),
    Check(name="fresh-each-time", look=forgeries.fresh_each_time, params={"parameter": str}),
    Check(name="verifier-length", look=forgeries.verifier_length),
    # What a client does with a session.
    Check(name="newest-refresh-token", look=sessions.newest_refresh_token),
    Check(
        name="refused-refresh-left",
        look=sessions.refused_refresh_left,
        params={"deviation": str},
    ),
    Check(
        name="false-words-unused",
        look=sessions.false_words_unused,
        params={"deviation": str, "words": list},
    ),
    Check(name="old-tokens-dropped", look=sessions.old_tokens_dropped),
    Check(name="session-ended", look=sessions.session_ended),
    # What TLS a server offers.
    Check(name="tls-versions", look=transport.tls_versions, params={"forbidden": list}),
    Check(name="tls-suites-sound", look=transport.tls_suites_sound),
    Check(name="tls-forward-secrecy", look=transport.tls_forward_secrecy),
    Check(name="tls-authenticated", look=transport.tls_authenticated),
    Check(name="tls-key", look=transport.tls_key),
    Check(name="tls-signature-hash", look=transport.tls_signature_hash),
    Check(name="tls-trusted", look=transport.tls_trusted),
    Check(name="tls-level", look=transport.tls_level, params={"guide": str, "level": str}),
    # How a client tries again.
    Check(name="recovered", look=retries.recovered, params={"deviation": str}, needs_of=True),
    Check(
        name="delays-grow",
        look=retries.delays_grow,
        params={"milliseconds": int},
        needs_of=True,
        stops=False,
    ),
    Check(name="retry-after-kept", look=retries.retry_after_kept, needs_of=True, stops=False),
    Check(
        name="attempts-at-most",
        look=retries.attempts_at_most,
        params={"attempts": int},
        needs_of=True,
    ),
    Check(name="identifier-kept", look=retries.identifier_kept, needs_of=True),
    Check(name="slow-answer-awaited", look=retries.slow_answer_awaited, needs_of=True),
    # How a server answers under load.
    Check(
        name="load-percentile",
        look=load.load_percentile,
        params={"operation": str, "percentile": int, "milliseconds": int, "rate": int},
        stops=False,
    ),
    Check(
        name="load-failures",
        look=load.load_failures,
        params={"percent": int, "rate": int},
        stops=False,
    ),
    Check(
        name="load-pace",
        look=load.load_pace,
        params={"percent": int, "rate": int},
        stops=False,
    ),
    # How a laboratory retrieves and dispenses.
    Check(
        name="operation-happened",
        look=dispensing.operation_happened,
        params={"after": str},
        optional=frozenset({"after"}),
        needs_of=True,
    ),
    Check(name="retrieves-by-code", look=dispensing.retrieves_by_code),
    Check(name="retrieves-by-number", look=dispensing.retrieves_by_number),
    Check(name="retrieved-before-dispense", look=dispensing.retrieved_before_dispense),
    Check(name="dispensed-once", look=dispensing.dispensed_once),
    Check(name="dispensation-identified", look=dispensing.dispensation_identified),
    Check(name="dispensed-as-asked", look=dispensing.dispensed_as_asked),
    Check(name="no-further-attempt", look=dispensing.no_further_attempt),
    Check(name="parameters-named", look=dispensing.parameters_named),
    # What every request looks like.
    Check(name="request-media-type", look=conduct.request_media_type, params={"media_type": str}),
    Check(name="json-clean", look=conduct.json_clean),
    Check(name="request-id-sent", look=conduct.request_id_sent, stops=False),
    Check(name="user-agent-sent", look=conduct.user_agent_sent, stops=False),
    Check(name="discovery-read", look=conduct.discovery_read, stops=False),
    # How the index of identities is told and asked.
    *IDENTITY_CHECKS,
    # What somebody says of themselves.
    Check(
        name="declared",
        look=declared.declared,
        params={"question": str, "reasons": list},
        optional=frozenset({"reasons"}),
        stops=False,
    ),
    # How a service answers what was generated.
    Check(name="fuzz-no-server-error", look=robustness.fuzz_no_server_error),
    Check(name="fuzz-answered", look=robustness.fuzz_answered),
    Check(name="fuzz-status-documented", look=robustness.fuzz_status_documented),
    Check(name="fuzz-media-type-documented", look=robustness.fuzz_media_type_documented),
    Check(name="fuzz-body-documented", look=robustness.fuzz_body_documented),
    Check(name="fuzz-refusal-explained", look=robustness.fuzz_refusal_explained),
    Check(name="fuzz-nothing-internal", look=robustness.fuzz_nothing_internal),
    Check(name="fuzz-request-id", look=robustness.fuzz_request_id),
    Check(name="fuzz-data-refused", look=robustness.fuzz_data_refused),
    Check(name="fuzz-token-demanded", look=robustness.fuzz_token_demanded),
)

BY_NAME: Mapping[str, Check] = {check.name: check for check in CHECKS}

_PATHS = ("path", "each")


def verify(catalogue: Catalogue, checks: Mapping[str, Check] = BY_NAME) -> None:
    """Raise DeclarationError where an expectation names no check, or tells it nonsense."""
    for scenario in catalogue.scenarios:
        for step in scenario.acts():
            for expectation in step.expect:
                fault = expectation_fault(expectation, checks)
                if fault is not None:
                    hint = None if expectation.check in checks else _nearest(expectation, checks)
                    raise _mistake(scenario, step, expectation, fault, hint=hint)


def expectation_fault(expectation: Expectation, checks: Mapping[str, Check]) -> Phrase | None:
    """Return what is wrong with an expectation's check or parameters, None when nothing is."""
    check = checks.get(expectation.check)
    if check is None:
        return phrase("declaration.check.unknown", name=expectation.check)
    for name in _PATHS:
        try:
            parse(str(expectation.params.get(name, "x")))
        except PathError:
            return phrase("declaration.check.not-a-path", check=check.name, name=name)
    return check.parameter_fault(expectation.params, expectation.of)


def _mistake(
    scenario: Scenario,
    step: Step,
    expectation: Expectation,
    fault: Phrase,
    *,
    hint: Phrase | None,
) -> DeclarationError:
    field = f"steps[{step.id}].expect[{expectation.requirement}].check"
    return DeclarationError(f"{scenario.id}.yaml", None, field, fault, hint=hint)


def _nearest(expectation: Expectation, checks: Mapping[str, Check]) -> Phrase | None:
    """Return the hint that names the check meant, as far as one can tell."""
    return known(checks, wrong=expectation.check)
