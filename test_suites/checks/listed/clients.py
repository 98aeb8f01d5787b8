"""The checks of what a client product sends, shows and prints."""

from test_suites.checks import (
    conduct,
    conformity,
    declared,
    dispensing,
    retries,
    submission,
    telling,
)
from test_suites.core.check import Check

CHECKS: tuple[Check, ...] = (
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
    # What somebody says of themselves.
    Check(
        name="declared",
        look=declared.declared,
        params={"question": str, "reasons": list},
        optional=frozenset({"reasons"}),
        stops=False,
    ),
)
