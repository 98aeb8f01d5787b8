"""Every switch of the laboratory's product; a named defect turns one of them. Knows no work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from test_suites.vendors.kit.answer import OnMalformed
from test_suites.vendors.kit.card import CAREFUL, CARELESS, Carefulness
from test_suites.vendors.kit.patience import (
    IGNORING_RETRY_AFTER,
    NONE_AFTER_SILENCE,
    USUAL,
    WITHOUT_BACKOFF,
    WITHOUT_GROWTH,
    Patience,
)
from test_suites.vendors.kit.tls import LAX, STRICT, Strictness


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How this copy of the product behaves; the defaults are the good product."""

    # who we are
    right_audience: bool = True
    fresh_jti: bool = True
    assertion_seconds: int = 60
    tls: Strictness = STRICT
    renews_token: bool = True
    certificate: Carefulness = CAREFUL
    # what we do not believe
    checks_token_type: bool = True
    checks_discovery_issuer: bool = True
    https_only: bool = True
    follows_redirects: bool = False
    tells_failed_sign_in: bool = True
    # what we send
    exact_code: bool = True
    birth_date: bool = True
    fhir_media_type: bool = True
    request_id: bool = True
    patient_in_url: bool = False
    # how we dispense
    retrieves_each_time: bool = True
    reserves: bool = True
    dispenses: bool = True
    dispenses_once: bool = True
    names_dispensation: bool = True
    chosen_lines: bool = True
    releases: bool = True
    # when it does not go well
    patience: Patience = USUAL
    same_identifier_on_retry: bool = True
    insists_after_refusal: bool = False
    on_malformed: OnMalformed = OnMalformed.TELLS
    # what the person sees, and what the log holds
    shows_refusals: bool = True
    logs_token: bool = False
    logs_matricule: bool = False


GOOD = Behaviour()
TLS_DEFECTS = (
    "accepts-any-certificate",
    "ignores-host-name",
    "accepts-old-tls",
    "ignores-revocation",
)

DEFECTS: Mapping[str, Behaviour] = {
    "wrong-audience": replace(GOOD, right_audience=False),
    "reuses-jti": replace(GOOD, fresh_jti=False),
    "long-assertion": replace(GOOD, assertion_seconds=3600),
    "skips-tls-verification": replace(GOOD, tls=LAX["accepts-any-certificate"]),
    "never-renews-token": replace(GOOD, renews_token=False),
    "alters-code": replace(GOOD, exact_code=False),
    "no-plan-b-date": replace(GOOD, birth_date=False),
    "wrong-media-type": replace(GOOD, fhir_media_type=False),
    "no-request-id": replace(GOOD, request_id=False),
    "sends-matricule-in-url": replace(GOOD, patient_in_url=True),
    "dispenses-from-cache": replace(GOOD, retrieves_each_time=False),
    "skips-reservation": replace(GOOD, reserves=False),
    "forgets-dispensation": replace(GOOD, dispenses=False),
    "dispenses-twice": replace(GOOD, dispenses_once=False),
    "no-dispensation-identifier": replace(GOOD, names_dispensation=False),
    "dispenses-everything": replace(GOOD, chosen_lines=False),
    "keeps-reservation": replace(GOOD, releases=False),
    "retries-without-backoff": replace(GOOD, patience=WITHOUT_BACKOFF),
    "waits-always-the-same": replace(GOOD, patience=WITHOUT_GROWTH),
    "ignores-retry-after": replace(GOOD, patience=IGNORING_RETRY_AFTER),
    "gives-up-at-once": replace(GOOD, patience=NONE_AFTER_SILENCE),
    "new-identifier-on-retry": replace(GOOD, same_identifier_on_retry=False),
    "insists-after-refusal": replace(GOOD, insists_after_refusal=True),
    "treats-malformed-as-ok": replace(GOOD, on_malformed=OnMalformed.BELIEVES),
    "crashes-on-malformed": replace(GOOD, on_malformed=OnMalformed.CRASHES),
    "hides-refusal": replace(GOOD, shows_refusals=False),
    "logs-token": replace(GOOD, logs_token=True),
    "logs-matricule": replace(GOOD, logs_matricule=True),
    **{name: replace(GOOD, tls=LAX[name]) for name in TLS_DEFECTS},
    **{name: replace(GOOD, certificate=care) for name, care in CARELESS.items()},
    "takes-any-token-type": replace(GOOD, checks_token_type=False),
    "ignores-discovery-issuer": replace(GOOD, checks_discovery_issuer=False),
    "follows-plain-http": replace(GOOD, https_only=False),
    "follows-redirects": replace(GOOD, follows_redirects=True),
    "hides-failed-sign-in": replace(GOOD, tells_failed_sign_in=False),
}
