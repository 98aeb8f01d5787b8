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

from reference_server.kernel.errors import Param, Refusal


class OAuthRefusal(Refusal):
    """The protocol says no; `reason` names the sentence that tells the developer why."""

    def __init__(self, reason: str, *, requirement: str | None = None, **params: Param) -> None:
        super().__init__(expression=None, requirement=requirement, **params)
        self.reason = reason

    @property
    def message_id(self) -> str:
        return f"trust.oauth.{self.reason}"


class InvalidRequest(OAuthRefusal):
    """A parameter is missing, repeated or malformed."""

    code = "invalid_request"


class InvalidClient(OAuthRefusal):
    """The client did not prove who it is."""

    status, code = 401, "invalid_client"
    requirement = "ERX-SEC-004"


class InvalidGrant(OAuthRefusal):
    """The code is unknown, expired, used, or was given to somebody else."""

    code = "invalid_grant"


class UnauthorizedClient(OAuthRefusal):
    """This client may not use this flow."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthRefusal):
    """Another grant than the two offered."""

    code = "unsupported_grant_type"


class InvalidScope(OAuthRefusal):
    """A scope that is unknown, or not registered for this client."""

    code = "invalid_scope"
    requirement = "ERX-SEC-029"


class InvalidTarget(OAuthRefusal):
    """A resource that is no registered API, or not the one granted."""

    code = "invalid_target"
    requirement = "ERX-SEC-029"


class UnsupportedResponseType(OAuthRefusal):
    """Another response type than `code`."""

    code = "unsupported_response_type"


class LoginRequired(OAuthRefusal):
    """`prompt=none`, and nobody is ever signed in already."""

    code = "login_required"


class InsufficientScope(OAuthRefusal):
    """The access token lacks `openid`."""

    status, code = 403, "insufficient_scope"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="openid"'}


class SentBack(Refusal):
    """The authorisation request is refused; the browser carries the reason to the client."""

    status, code = 303, "sent-back"

    def __init__(
        self, cause: OAuthRefusal, *, redirect_uri: str, state: str | None, issuer: str
    ) -> None:
        super().__init__()
        self.issuer = issuer
        self.cause = cause
        self.redirect_uri = redirect_uri
        self.state = state

    @property
    def faults(self) -> tuple[Refusal, ...]:
        return (self.cause,)


class PageRefusal(Refusal):
    """Told to the person on a page."""

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


class CredentialsWrong(PageRefusal):
    """Identifier or password is wrong; the form is shown again."""

    status, code = 403, "credentials-wrong"

    def __init__(self, *, transaction: str, redirect_uri: str) -> None:
        super().__init__()
        self.transaction = transaction
        self.redirect_uri = redirect_uri


class SignInBlocked(PageRefusal):
    """Too many wrong passwords; parameter `seconds` until the next try."""

    status, code = 429, "sign-in-blocked"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.params["seconds"])}
