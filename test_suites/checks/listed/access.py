"""The checks of how software signs in, and of what it believes, keeps and lets go."""

from test_suites.checks import (
    client_certificates,
    forgeries,
    notices,
    secrecy,
    sessions,
    sign_in,
)
from test_suites.core.check import Check

CHECKS: tuple[Check, ...] = (
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
    # What a client does when its provider tells it of a sign-out.
    Check(
        name="notice-answered",
        look=notices.notice_answered,
        params={"notice": str, "answer": str},
    ),
    Check(name="session-kept", look=notices.session_kept, params={"notice": str}),
    # Which certificate a client shows, and what it does where that is refused.
    Check(name="certificate-shown", look=client_certificates.certificate_shown),
    Check(name="no-bare-connection", look=client_certificates.no_bare_connection),
    Check(
        name="refused-certificate-left",
        look=client_certificates.refused_certificate_left,
        params={"attempts": int},
    ),
    Check(
        name="certificate-refusal-told",
        look=client_certificates.certificate_refusal_told,
        stops=False,
    ),
    Check(
        name="certificate-replaced",
        look=client_certificates.certificate_replaced,
        params={"before": str},
    ),
    Check(name="ending-told", look=client_certificates.ending_told, stops=False),
)
