"""Why the identity provider says no.

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
│   ├── LoginRequired          login_required 400 (OpenID Connect Core §3.1.2.6)
│   └── InsufficientScope      insufficient_scope 403
├── SentBack                   303: an OAuthRefusal told to the client through the browser
└── PageRefusal                a page for the person: no trustworthy address to send them back to
    ├── ClientUnknown          400
    ├── RedirectUriWrong       400
    ├── SignInOver             400: unknown, expired, or another browser's sign-in
    ├── CredentialsWrong       403: the form again
    └── SignInBlocked          429: too many wrong passwords
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
        "request-object",
        "code-challenge-missing",
        "code-challenge-method",
        "code-challenge-malformed",
        "code-verifier-missing",
        "grant-type-missing",
        "code-missing",
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


class InvalidGrant(OAuthRefusal):
    """The code is unknown, expired, used, or was given to somebody else."""

    code = "invalid_grant"
    reasons = (
        "code-unknown",
        "code-expired",
        "code-reused",
        "redirect-uri-differs",
        "code-verifier-wrong",
    )


class UnauthorizedClient(OAuthRefusal):
    """This client may not use this flow."""

    code = "unauthorized_client"
    mend = Mend.ASK
    reasons = ("people-only", "systems-only")


class UnsupportedGrantType(OAuthRefusal):
    """Another grant than the two offered."""

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


class LoginRequired(OAuthRefusal):
    """`prompt=none`, and nobody is ever signed in already."""

    code = "login_required"
    reasons = ("login-required",)


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
        self, cause: OAuthRefusal, *, redirect_uri: str, state: str | None, issuer: str
    ) -> None:
        super().__init__()
        self.issuer = issuer
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


class PageRefusal(Refusal):
    """Told to the person on a page."""

    mend = Mend.ASK

    @property
    def message_id(self) -> str:
        return f"trust.page.{self.code}"


class ClientUnknown(PageRefusal):
    """No registered client has this id."""

    code = "client-unknown"


class RedirectUriWrong(PageRefusal):
    """The address to come back to is not registered for this client."""

    code = "redirect-uri-wrong"
    requirement = "ERX-SEC-028"


class SignInOver(PageRefusal):
    """The sign-in is unknown, over, or was begun in another browser."""

    code = "sign-in-over"
    mend = Mend.RETRY


class CredentialsWrong(PageRefusal):
    """Identifier or password is wrong; the form is shown again."""

    status, code = 403, "credentials-wrong"
    mend = Mend.CORRECT

    def __init__(self, *, transaction: str, redirect_uri: str) -> None:
        super().__init__()
        self.transaction = transaction
        self.redirect_uri = redirect_uri

    @classmethod
    def worked(cls) -> Self:
        return cls(transaction="6f1c1c1e", redirect_uri="http://127.0.0.1:8400/callback")


class SignInBlocked(PageRefusal):
    """Too many wrong passwords; parameter `seconds` until the next try."""

    status, code = 429, "sign-in-blocked"
    mend, example = Mend.RETRY, given(seconds=60)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.params["seconds"])}
