"""The checks of what a server answers, offers and bears."""

from test_suites.checks import answers, conformity, load, robustness, stamp, transport
from test_suites.core.check import Check

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
    # What TLS a server offers.
    Check(name="tls-versions", look=transport.tls_versions, params={"forbidden": list}),
    Check(name="tls-suites-sound", look=transport.tls_suites_sound),
    Check(name="tls-forward-secrecy", look=transport.tls_forward_secrecy),
    Check(name="tls-authenticated", look=transport.tls_authenticated),
    Check(name="tls-key", look=transport.tls_key),
    Check(name="tls-signature-hash", look=transport.tls_signature_hash),
    Check(name="tls-trusted", look=transport.tls_trusted),
    Check(name="tls-level", look=transport.tls_level, params={"guide": str, "level": str}),
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
