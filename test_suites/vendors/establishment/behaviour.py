"""Every switch of the establishment's product; a named defect turns one. Knows no message."""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How this copy of the product behaves; the defaults are the good product."""

    # what a message says of itself
    names_structure: bool = True
    processing: str = "T"
    names_sender: bool = True
    tells_charset_it_uses: bool = True
    keeps_accents_in_latin: bool = True
    fresh_control_id: bool = True
    # what it says of the patient
    authority: bool = True
    retired_authority: bool = True
    keeps_zeros: bool = True
    matricule: bool = True
    longest_name: int = 250
    given_first: bool = False
    day_before_month: bool = False
    national_sex_codes: bool = False
    name_type: bool = True
    escapes: bool = True
    visit: bool = True
    previous_patient: bool = False
    # which event it takes
    updates_by_a31: bool = True
    renumbers_by_a47: bool = True
    survivor_first: bool = True
    # when it does not go well
    tries: int = 3
    same_message_on_retry: bool = True
    insists_after_refusal: bool = False
    shows_refusals: bool = True
    shows_query_refusals: bool = True
    # when it asks
    query_tag: bool = True
    shows_all: bool = True
    invents_last: bool = False
    remembers_merged: bool = False
    reads_utf8: bool = True
    # what it says and asks by FHIR
    feeds_with_number: bool = True
    tells_system: bool = True
    fhir_matricule: bool = True
    replaces_the_retired: bool = True
    retires_the_duplicate: bool = True
    removes: bool = True
    fhir_tries: int = 4
    shows_feed_refusals: bool = True
    searches_by_form: bool = True
    follows_pages: bool = True
    possible_is_possible: bool = True
    asks_only_certain: bool = True
    names_source_system: bool = True
    asks_for_domain: bool = True
    shows_unknown_numbers: bool = True
    forgets_merged: bool = True
    # what it follows by subscription
    answers_with_message: bool = True
    names_the_notice: bool = True
    follows_merges: bool = True
    hides_the_replaced: bool = True
    brings_back: bool = True
    revises_the_known: bool = True
    lets_go_of_removed: bool = True
    looks_at_event: bool = True
    takes_again: bool = True
    # what the log holds
    logs_names: bool = False


GOOD = Behaviour()

DEFECTS: Mapping[str, Behaviour] = {
    "no-message-structure": replace(GOOD, names_structure=False),
    "sends-as-production": replace(GOOD, processing="P"),
    "declares-another-charset": replace(GOOD, tells_charset_it_uses=False),
    "mangles-latin-1": replace(GOOD, keeps_accents_in_latin=False),
    "reuses-control-id": replace(GOOD, fresh_control_id=False),
    "loses-authority": replace(GOOD, authority=False),
    "merges-without-authority": replace(GOOD, retired_authority=False),
    "drops-leading-zeros": replace(GOOD, keeps_zeros=False),
    "forgets-matricule": replace(GOOD, matricule=False),
    "truncates-names": replace(GOOD, longest_name=20),
    "exchanges-names": replace(GOOD, given_first=True),
    "exchanges-day-and-month": replace(GOOD, day_before_month=True),
    "own-sex-codes": replace(GOOD, national_sex_codes=True),
    "no-name-type": replace(GOOD, name_type=False),
    "forgets-escapes": replace(GOOD, escapes=False),
    "forgets-visit": replace(GOOD, visit=False),
    "sends-previous-patient": replace(GOOD, previous_patient=True),
    "registers-instead-of-updating": replace(GOOD, updates_by_a31=False),
    "merges-instead-of-renumbering": replace(GOOD, renumbers_by_a47=False),
    "merges-the-wrong-way": replace(GOOD, survivor_first=False),
    "never-sends-again": replace(GOOD, tries=1),
    "new-control-id-on-retry": replace(GOOD, same_message_on_retry=False),
    "insists-after-refusal": replace(GOOD, insists_after_refusal=True),
    "ignores-refusal": replace(GOOD, shows_refusals=False),
    "hides-query-refusal": replace(GOOD, shows_query_refusals=False),
    "asks-without-tag": replace(GOOD, query_tag=False),
    "takes-the-first-of-several": replace(GOOD, shows_all=False),
    "shows-last-when-none-found": replace(GOOD, invents_last=True),
    "shows-merged-away": replace(GOOD, remembers_merged=True),
    "misreads-accents": replace(GOOD, reads_utf8=False),
    "feeds-without-number": replace(GOOD, feeds_with_number=False),
    "numbers-without-system": replace(GOOD, tells_system=False),
    "fhir-forgets-matricule": replace(GOOD, fhir_matricule=False),
    "replaces-the-survivor": replace(GOOD, replaces_the_retired=False),
    "keeps-duplicate-active": replace(GOOD, retires_the_duplicate=False),
    "forgets-to-remove": replace(GOOD, removes=False),
    "gives-up-on-silence": replace(GOOD, fhir_tries=1),
    "hides-feed-refusal": replace(GOOD, shows_feed_refusals=False),
    "names-in-address": replace(GOOD, searches_by_form=False),
    "reads-first-page-only": replace(GOOD, follows_pages=False),
    "takes-possible-for-certain": replace(GOOD, possible_is_possible=False),
    "forgets-only-certain": replace(GOOD, asks_only_certain=False),
    "asks-without-system": replace(GOOD, names_source_system=False),
    "asks-for-every-domain": replace(GOOD, asks_for_domain=False),
    "hides-unknown-number": replace(GOOD, shows_unknown_numbers=False),
    "remembers-merged-number": replace(GOOD, forgets_merged=False),
    "takes-without-message": replace(GOOD, answers_with_message=False),
    "answers-no-notice": replace(GOOD, names_the_notice=False),
    "follows-no-merge": replace(GOOD, follows_merges=False),
    "shows-the-replaced": replace(GOOD, hides_the_replaced=False),
    "merges-for-ever": replace(GOOD, brings_back=False),
    "keeps-first-version": replace(GOOD, revises_the_known=False),
    "keeps-removed": replace(GOOD, lets_go_of_removed=False),
    "takes-any-event": replace(GOOD, looks_at_event=False),
    "refuses-repetition": replace(GOOD, takes_again=False),
    "logs-names": replace(GOOD, logs_names=True),
}
