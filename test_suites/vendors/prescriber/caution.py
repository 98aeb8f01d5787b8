"""What the prescriber's product does not believe at sign-in; a named defect believes one thing.

It knows no network: these are switches, each the good product's as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """How closely this copy of the product looks; the defaults are the good product."""

    # what the provider says of itself
    discovery_issuer: bool = True
    https_only: bool = True
    s256_whatever_is_announced: bool = True
    no_downgrade: bool = True
    follows_redirects: bool = False
    # how the browser comes back
    state: bool = True
    issuer: bool = True
    silent_issuer: bool = True
    denial: bool = True
    fresh_values: bool = True
    verifier_characters: int = 64
    # the token answer
    token_type: bool = True
    id_token_needed: bool = True
    # the ID token
    signature: bool = True
    refuses_unsigned: bool = True
    refuses_hmac: bool = True
    published_keys_only: bool = True
    rereads_keys: bool = True
    skips_strange_keys: bool = True
    token_issuer: bool = True
    audience: bool = True
    only_audience: bool = True
    party: bool = True
    expiry: bool = True
    mandatory_claims: bool = True
    issued_at: bool = True
    access_token_hash: bool = True
    nonce: bool = True
    clock_leeway: int = 10
    # what goes on after the sign-in
    userinfo_subject: bool = True
    newest_refresh_token: bool = True
    refresh_attempts: int = 1
    signs_in_anew: bool = True
    drops_tokens: bool = True
    ends_provider_session: bool = True
    # what the provider tells of a sign-out elsewhere
    heeds_logout: bool = True
    logout_signature: bool = True
    logout_audience: bool = True
    logout_nonce: bool = True
    logout_events: bool = True
    logout_once: bool = True
    # what the person is told
    tells_failed_sign_in: bool = True


CAREFUL = Caution()

CARELESS: Mapping[str, Caution] = {
    "ignores-state": replace(CAREFUL, state=False),
    "ignores-issuer": replace(CAREFUL, issuer=False, silent_issuer=False),
    "believes-silent-issuer": replace(CAREFUL, silent_issuer=False),
    "ignores-denial": replace(CAREFUL, denial=False),
    "reuses-sign-in-values": replace(CAREFUL, fresh_values=False),
    "short-verifier": replace(CAREFUL, verifier_characters=24),
    "obeys-weak-discovery": replace(CAREFUL, s256_whatever_is_announced=False),
    "downgrades-pkce": replace(CAREFUL, no_downgrade=False),
    "ignores-discovery-issuer": replace(CAREFUL, discovery_issuer=False),
    "follows-plain-http": replace(CAREFUL, https_only=False),
    "follows-redirects": replace(CAREFUL, follows_redirects=True),
    "takes-any-token-type": replace(CAREFUL, token_type=False),
    "needs-no-id-token": replace(CAREFUL, id_token_needed=False),
    "ignores-signature": replace(CAREFUL, signature=False),
    "accepts-unsigned": replace(CAREFUL, refuses_unsigned=False),
    "confuses-keys": replace(CAREFUL, refuses_hmac=False),
    "trusts-enclosed-key": replace(CAREFUL, published_keys_only=False),
    "never-rereads-keys": replace(CAREFUL, rereads_keys=False),
    "chokes-on-strange-keys": replace(CAREFUL, skips_strange_keys=False),
    "ignores-token-issuer": replace(CAREFUL, token_issuer=False),
    "ignores-audience": replace(CAREFUL, audience=False, only_audience=False),
    "accepts-shared-audience": replace(CAREFUL, only_audience=False),
    "ignores-authorized-party": replace(CAREFUL, party=False),
    "ignores-expiry": replace(CAREFUL, expiry=False),
    "ignores-missing-claims": replace(CAREFUL, mandatory_claims=False),
    "accepts-future-token": replace(CAREFUL, issued_at=False),
    "ignores-access-token-hash": replace(CAREFUL, access_token_hash=False),
    "ignores-nonce": replace(CAREFUL, nonce=False),
    "bears-no-clock-skew": replace(CAREFUL, clock_leeway=0),
    "believes-any-userinfo": replace(CAREFUL, userinfo_subject=False),
    "keeps-old-refresh-token": replace(CAREFUL, newest_refresh_token=False),
    "insists-on-refresh-token": replace(CAREFUL, refresh_attempts=4),
    "gives-up-after-refresh": replace(CAREFUL, signs_in_anew=False),
    "keeps-tokens-after-sign-out": replace(CAREFUL, drops_tokens=False),
    "signs-out-here-only": replace(CAREFUL, ends_provider_session=False),
    "ignores-logout-notice": replace(CAREFUL, heeds_logout=False),
    "believes-any-logout-notice": replace(CAREFUL, logout_signature=False),
    "ignores-logout-audience": replace(CAREFUL, logout_audience=False),
    "ignores-logout-nonce": replace(CAREFUL, logout_nonce=False),
    "ignores-logout-events": replace(CAREFUL, logout_events=False),
    "repeats-logout": replace(CAREFUL, logout_once=False),
    "hides-failed-sign-in": replace(CAREFUL, tells_failed_sign_in=False),
}
