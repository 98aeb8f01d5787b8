"""The checks of what establishments' software and the index of identities say to each other."""

from typing import Final

from test_suites.checks import (
    index_answers,
    index_requests,
    message_answers,
    messages,
    patient_feed,
)
from test_suites.core.check import Check

CHECKS: Final[tuple[Check, ...]] = (
    # What messages of HL7 v2 say, and what their answers do.
    Check(name="message-sent", look=messages.message_sent, needs_of=True),
    Check(name="message-readable", look=messages.message_readable, needs_of=True),
    Check(
        name="message-field",
        look=messages.message_field,
        params={"segment": str, "field": int, "component": int, "subcomponent": int, "form": str},
        optional=frozenset({"component", "subcomponent"}),
        needs_of=True,
    ),
    Check(
        name="message-segments",
        look=messages.message_segments,
        params={"segments": list},
        needs_of=True,
    ),
    Check(name="message-trait", look=messages.message_trait, params={"trait": str}, needs_of=True),
    Check(
        name="message-numbers",
        look=messages.message_numbers,
        params={"segment": str, "field": int},
        needs_of=True,
    ),
    Check(
        name="message-own-number",
        look=messages.message_own_number,
        params={"segment": str, "field": int, "key": str},
        needs_of=True,
    ),
    Check(name="message-matricule", look=messages.message_matricule, needs_of=True),
    Check(name="control-ids-fresh", look=messages.control_ids_fresh),
    Check(name="control-id-kept", look=messages.control_id_kept, needs_of=True),
    Check(name="sent-again", look=messages.sent_again, needs_of=True),
    Check(name="sent-at-most", look=messages.sent_at_most, params={"times": int}, needs_of=True),
    Check(name="refusal-heeded", look=messages.refusal_heeded, needs_of=True, stops=False),
    Check(name="shows", look=messages.shows, params={"text": str}, stops=False),
    Check(name="shows-not", look=messages.shows_not, params={"text": str}, stops=False),
    Check(
        name="answered-with",
        look=message_answers.answered_with,
        params={"code": str, "error": str, "place": str},
        optional=frozenset({"error", "place"}),
        needs_of=True,
    ),
    Check(
        name="answer-field",
        look=message_answers.answer_field,
        params={"segment": str, "field": int, "component": int, "form": str},
        optional=frozenset({"component"}),
        needs_of=True,
    ),
    Check(
        name="answer-count",
        look=message_answers.answer_count,
        params={"segment": str, "count": int},
        needs_of=True,
    ),
    Check(
        name="answer-others",
        look=message_answers.answer_others,
        params={"first": str},
        needs_of=True,
    ),
    Check(
        name="answer-domains",
        look=message_answers.answer_domains,
        params={"domains": list},
        needs_of=True,
    ),
    Check(name="answer-control-id", look=message_answers.answer_control_id, needs_of=True),
    # How the index of identities is told and asked by FHIR.
    Check(
        name="asked-with",
        look=index_requests.asked_with,
        params={"parameter": str, "form": str},
        needs_of=True,
    ),
    Check(
        name="patient-trait",
        look=index_requests.patient_trait,
        params={"trait": str},
        needs_of=True,
    ),
    Check(name="patient-matricule", look=index_requests.patient_matricule, needs_of=True),
    Check(
        name="fed-own-number",
        look=index_requests.fed_own_number,
        params={"key": str},
        needs_of=True,
    ),
    Check(name="link-names", look=index_requests.link_names, params={"key": str}, needs_of=True),
    Check(name="duplicate-inactive", look=index_requests.duplicate_inactive, needs_of=True),
    Check(
        name="possible-flagged",
        look=index_requests.possible_flagged,
        needs_of=True,
        stops=False,
    ),
    # How software subscribes to changes of patients, and takes what it is told.
    Check(
        name="request-form",
        look=patient_feed.request_form,
        params={"path": str, "form": str},
        needs_of=True,
    ),
    Check(
        name="feed-acknowledged",
        look=patient_feed.feed_acknowledged,
        params={"notice": str},
        stops=False,
    ),
    Check(
        name="feed-answer-names",
        look=patient_feed.feed_answer_names,
        params={"notice": str},
        stops=False,
    ),
    Check(
        name="feed-refused",
        look=patient_feed.feed_refused,
        params={"notice": str},
        stops=False,
    ),
    # What a supplier of identities answers by FHIR.
    Check(name="succeeded", look=index_answers.succeeded, needs_of=True),
    Check(name="speaks-fhir", look=index_answers.speaks_fhir, needs_of=True),
    Check(name="searchset-answered", look=index_answers.searchset_answered, needs_of=True),
    Check(
        name="persons-found",
        look=index_answers.persons_found,
        params={"given": list},
        needs_of=True,
    ),
    Check(
        name="entries-at-most",
        look=index_answers.entries_at_most,
        params={"most": int},
        needs_of=True,
    ),
    Check(name="total-told", look=index_answers.total_told, params={"total": int}, needs_of=True),
    Check(name="matches-graded", look=index_answers.matches_graded, needs_of=True),
    Check(
        name="best-match",
        look=index_answers.best_match,
        params={"family": str, "given": str, "grade": str},
        optional=frozenset({"grade"}),
        needs_of=True,
    ),
    Check(
        name="grades-only", look=index_answers.grades_only, params={"grades": list}, needs_of=True
    ),
    Check(
        name="numbers-told",
        look=index_answers.numbers_told,
        params={"number": str},
        needs_of=True,
    ),
    Check(
        name="numbers-of-domain",
        look=index_answers.numbers_of_domain,
        params={"domain": str},
        needs_of=True,
    ),
    Check(name="numbers-gone", look=index_answers.numbers_gone, needs_of=True),
    Check(name="not-standing", look=index_answers.not_standing, needs_of=True),
    Check(
        name="refused-as",
        look=index_answers.refused_as,
        params={"statuses": list, "code": str},
        optional=frozenset({"code"}),
        needs_of=True,
    ),
)
