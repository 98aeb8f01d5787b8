"""Every switch of the prescriber's product; a named defect turns one of them. Knows no work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from test_suites.vendors.kit.answer import OnMalformed
from test_suites.vendors.kit.card import CAREFUL as CARD_CAREFUL
from test_suites.vendors.kit.card import CARELESS as CARD_CARELESS
from test_suites.vendors.kit.card import Carefulness
from test_suites.vendors.kit.patience import (
    IGNORING_RETRY_AFTER,
    NONE_AFTER_SILENCE,
    USUAL,
    WITHOUT_BACKOFF,
    WITHOUT_GROWTH,
    Patience,
)
from test_suites.vendors.kit.tls import LAX, STRICT, Strictness
from test_suites.vendors.prescriber.caution import CAREFUL, CARELESS, Caution


class Printing(StrEnum):
    """What leaves the printer after the service said OK."""

    STAMPED = "the service's bytes"
    UNSTAMPED = "our own form"
    REDRAWN = "our own form with a QR code of our own"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How this copy of the product behaves; the defaults are the good product."""

    # who we are
    right_audience: bool = True
    sends_state: bool = True
    sends_nonce: bool = True
    hashed_pkce: bool = True
    tls: Strictness = STRICT
    renews_token: bool = True
    certificate: Carefulness = CARD_CAREFUL
    # what we send
    every_line: bool = True
    present_patient: bool = True
    series_counts: bool = True
    motivations: bool = True
    one_requisition: bool = True
    lines_to_be_done: bool = True
    free_corner: bool = True
    cancel_reason: bool = True
    fhir_media_type: bool = True
    request_id: bool = True
    patient_in_url: bool = False
    token_in_url: bool = False
    # when it does not go well
    patience: Patience = USUAL
    same_identifier_on_retry: bool = True
    same_bytes_on_resubmit: bool = True
    submits_again_after_ko: bool = False
    on_malformed: OnMalformed = OnMalformed.TELLS
    # what the person sees and holds
    shows_refusals: bool = True
    shows_every_fault: bool = True
    prints: Printing = Printing.STAMPED
    prints_after_ko: bool = False
    # what we do not believe
    caution: Caution = CAREFUL
    # what the log holds
    logs_token: bool = False
    logs_code: bool = False
    logs_matricule: bool = False


GOOD = Behaviour()

DEFECTS: Mapping[str, Behaviour] = {
    "wrong-audience": replace(GOOD, right_audience=False),
    "no-state": replace(GOOD, sends_state=False),
    "no-nonce": replace(GOOD, sends_nonce=False),
    "plain-pkce": replace(GOOD, hashed_pkce=False),
    "skips-tls-verification": replace(GOOD, tls=LAX["accepts-any-certificate"]),
    "never-renews-token": replace(GOOD, renews_token=False),
    "drops-a-line": replace(GOOD, every_line=False),
    "stale-patient": replace(GOOD, present_patient=False),
    "drops-fraction-count": replace(GOOD, series_counts=False),
    "drops-motivation": replace(GOOD, motivations=False),
    "splits-requisition": replace(GOOD, one_requisition=False),
    "forbids-its-lines": replace(GOOD, lines_to_be_done=False),
    "fills-stamp-area": replace(GOOD, free_corner=False),
    "cancels-without-reason": replace(GOOD, cancel_reason=False),
    "wrong-media-type": replace(GOOD, fhir_media_type=False),
    "no-request-id": replace(GOOD, request_id=False),
    "sends-matricule-in-url": replace(GOOD, patient_in_url=True),
    "retries-without-backoff": replace(GOOD, patience=WITHOUT_BACKOFF),
    "waits-always-the-same": replace(GOOD, patience=WITHOUT_GROWTH),
    "ignores-retry-after": replace(GOOD, patience=IGNORING_RETRY_AFTER),
    "gives-up-at-once": replace(GOOD, patience=NONE_AFTER_SILENCE),
    "new-identifier-on-retry": replace(GOOD, same_identifier_on_retry=False),
    "rebuilds-on-resubmit": replace(GOOD, same_bytes_on_resubmit=False),
    "resubmits-after-ko": replace(GOOD, submits_again_after_ko=True),
    "treats-malformed-as-ok": replace(GOOD, on_malformed=OnMalformed.BELIEVES),
    "crashes-on-malformed": replace(GOOD, on_malformed=OnMalformed.CRASHES),
    "hides-refusal": replace(GOOD, shows_refusals=False),
    "shows-first-fault-only": replace(GOOD, shows_every_fault=False),
    "redraws-qr": replace(GOOD, prints=Printing.REDRAWN),
    "prints-unstamped": replace(GOOD, prints=Printing.UNSTAMPED),
    "forgets-printing": replace(GOOD, prints=Printing.NOTHING),
    "ignores-ko": replace(GOOD, prints_after_ko=True),
    "logs-token": replace(GOOD, logs_token=True),
    "logs-matricule": replace(GOOD, logs_matricule=True),
    "logs-code": replace(GOOD, logs_code=True),
    **{name: replace(GOOD, tls=tls) for name, tls in LAX.items()},
    "sends-token-in-url": replace(GOOD, token_in_url=True),
    **{name: replace(GOOD, caution=caution) for name, caution in CARELESS.items()},
    **{name: replace(GOOD, certificate=care) for name, care in CARD_CARELESS.items()},
}
