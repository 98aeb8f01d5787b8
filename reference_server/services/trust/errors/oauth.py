"""What the protocol says no with: to the client itself, or through the browser.

Refusal
├── OAuthRefusal               JSON of RFC 6749 §5.2: error, error_description
│   ├── InvalidRequest         invalid_request 400
│   ├── InvalidClient          invalid_client 401
│   ├── InvalidGrant           invalid_grant 400
│   ├── UnauthorizedClient     unauthorized_client 400
│   ├── UnsupportedGrantType   unsupported_grant_type 400
│   ├── InvalidScope           invalid_scope 400
│   ├── InvalidTarget          invalid_target 400 (RFC 8707)
│   ├── UnsupportedResponseType  unsupported_response_type 400
│   ├── AccessDenied           access_denied 400
│   ├── LoginRequired, ConsentRequired  400 (OpenID Connect Core §3.1.2.6)
│   ├── UnmetAuthenticationRequirements  400 (the error code of that name)
│   ├── RequestNotSupported, RequestUriNotSupported, RegistrationNotSupported  400 (ibidem)
│   ├── InvalidDpopProof       invalid_dpop_proof 400 (RFC 9449)
│   ├── UseDpopNonce           use_dpop_nonce 400 (RFC 9449)
│   └── InsufficientScope      insufficient_scope 403
└── SentBack                   303: an OAuthRefusal told to the client through the browser
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from reference_server.kernel.errors import Mend, Param, Refusal, given


class OAuthRefusal(Refusal):
    """The protocol says no; `reason` names the sentence that tells the developer why.

    `reasons` are all that one code may have; the first is that of the worked example.
    """

    mend = Mend.CORRECT
    reasons: ClassVar[tuple[str, ...]] = ()

    def __init__(self, reason: str, *, requirement: str | None = None, **params: Param) -> None:
        super().__init__(expression=None, requirement=requirement, **params)
        self.reason = reason

    @classmethod
    def worked(cls) -> Self:
        return cls.of(cls.reasons[0])

    @classmethod
    def of(cls, reason: str) -> Self:
        """Return one as it may happen for one of the reasons."""
        params: dict[str, Any] = {**cls.example}
        return cls(reason, **params)

    @property
    def message_id(self) -> str:
        return f"trust.oauth.{self.reason}"


class InvalidRequest(OAuthRefusal):
    """A parameter is missing, repeated or malformed."""

    code = "invalid_request"
    reasons = (
        "parameter-repeated",
        "parameter-too-long",
        "form-expected",
        "response-type-missing",
        "response-mode",
        "max-age",
        "prompt",
        "claims-malformed",
        "id-token-hint",
        "dpop-key",
        "pushed-only",
        "request-uri-pushed",
        "redirect-uri",
        "code-challenge-missing",
        "code-challenge-method",
        "code-challenge-malformed",
        "code-verifier-missing",
        "grant-type-missing",
        "code-missing",
        "refresh-token-missing",
        "token-missing",
        "subject-token-missing",
        "subject-token-wrong",
        "not-in-team",
        "token-type",
        "two-tokens",
        "sender-constraint-missing",
        "certificate-missing",
    )


class InvalidClient(OAuthRefusal):
    """The client did not prove who it is."""

    status, code = 401, "invalid_client"
    requirement = "ERX-SEC-004"
    reasons = (
        "client-missing",
        "client-unknown",
        "client-unproven",
        "client-secret",
        "client-certificate-missing",
        "client-certificate-wrong",
        "client-certificate-family",
        "client-method",
        "assertion-type",
        "assertion-malformed",
        "assertion-signature",
        "assertion-subject",
        "assertion-audience",
        "assertion-expired",
        "assertion-too-long",
        "assertion-early",
        "assertion-jti",
        "assertion-replayed",
    )
    example = given(seconds=300)

    @property
    def headers(self) -> Mapping[str, str]:
        """RFC 6749 §5.2: who tried a scheme hears of it again."""
        return {"WWW-Authenticate": "Basic"} if self.reason == "client-method" else {}


class InvalidGrant(OAuthRefusal):
    """The code is unknown, expired, used, or was given to somebody else."""

    code = "invalid_grant"
    reasons = (
        "code-unknown",
        "code-expired",
        "code-reused",
        "redirect-uri-differs",
        "code-verifier-wrong",
        "code-key-differs",
        "refresh-unknown",
        "refresh-expired",
        "refresh-reused",
        "refresh-binding",
        "session-over",
        "token-of-another",
    )


class UnauthorizedClient(OAuthRefusal):
    """This client may not use this flow."""

    code = "unauthorized_client"
    mend = Mend.ASK
    reasons = (
        "people-only",
        "systems-only",
        "refresh-not-registered",
        "exchange-not-registered",
        "introspection-not-registered",
    )


class UnsupportedGrantType(OAuthRefusal):
    """Another grant than those offered."""

    code = "unsupported_grant_type"
    reasons = ("grant-type",)


class InvalidScope(OAuthRefusal):
    """A scope that is unknown, or not registered for this client."""

    code = "invalid_scope"
    requirement = "ERX-SEC-029"
    example = given(scope="erx.everything")
    reasons = ("scope-not-allowed",)


class InvalidTarget(OAuthRefusal):
    """A resource that is no registered API, or not the one granted."""

    code = "invalid_target"
    requirement = "ERX-SEC-029"
    reasons = ("resource-unknown", "resource-not-granted")


class UnsupportedResponseType(OAuthRefusal):
    """Another response type than `code`."""

    code = "unsupported_response_type"
    reasons = ("response-type",)


class AccessDenied(OAuthRefusal):
    """The person said no."""

    code = "access_denied"
    mend = Mend.ASK
    reasons = ("consent-refused",)


class LoginRequired(OAuthRefusal):
    """`prompt=none` and nobody suitable is signed in, or another person than the one asked for."""

    code = "login_required"
    reasons = ("login-required", "another-person")


class ConsentRequired(OAuthRefusal):
    """`prompt=none`, and the person would have to be asked."""

    code = "consent_required"
    reasons = ("consent-required",)


class UnmetAuthenticationRequirements(OAuthRefusal):
    """An essential `acr` that this person, or this provider, cannot reach."""

    code = "unmet_authentication_requirements"
    mend = Mend.ASK
    reasons = ("level-not-reached",)


class RequestNotSupported(OAuthRefusal):
    """A request object by value."""

    code = "request_not_supported"
    reasons = ("request-object",)


class RequestUriNotSupported(OAuthRefusal):
    """A request object at an address that is not one of a pushed request."""

    code = "request_uri_not_supported"
    reasons = ("request-uri",)


class RegistrationNotSupported(OAuthRefusal):
    """The `registration` parameter of self-issued providers."""

    code = "registration_not_supported"
    reasons = ("registration",)


class InvalidDpopProof(OAuthRefusal):
    """The proof of possession is missing, malformed, for another request, or used already."""

    code = "invalid_dpop_proof"
    reasons = (
        "proof-missing",
        "proof-malformed",
        "proof-method",
        "proof-address",
        "proof-time",
        "proof-token",
        "proof-replayed",
    )


class UseDpopNonce(OAuthRefusal):
    """The proof of possession lacks the nonce of this provider; the answer carries one."""

    code = "use_dpop_nonce"
    mend = Mend.RETRY
    reasons = ("proof-nonce",)

    def __init__(self, reason: str, *, nonce: str = "eyJ7S_zG.eyJH0-Z.HX4w-7v") -> None:
        super().__init__(reason)
        self.nonce = nonce

    @property
    def headers(self) -> Mapping[str, str]:
        return {"DPoP-Nonce": self.nonce}


class InsufficientScope(OAuthRefusal):
    """The access token lacks `openid`."""

    status, code = 403, "insufficient_scope"
    reasons = ("openid-missing",)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="openid"'}


class SentBack(Refusal):
    """The authorisation request is refused; the browser carries the reason to the client."""

    status, code = 303, "sent-back"
    mend = Mend.CORRECT

    def __init__(
        self,
        cause: OAuthRefusal,
        *,
        redirect_uri: str,
        state: str | None,
        issuer: str,
        mode: str = "query",
    ) -> None:
        super().__init__()
        self.issuer = issuer
        self.mode = mode
        self.cause = cause
        self.redirect_uri = redirect_uri
        self.state = state

    @classmethod
    def worked(cls) -> Self:
        return cls(
            InvalidScope.worked(),
            redirect_uri="http://127.0.0.1:8400/callback",
            state="af0ifjsldkj",
            issuer="https://localhost:8443/integration/auth/realms/organization",
        )

    @property
    def faults(self) -> tuple[Refusal, ...]:
        return (self.cause,)
