"""What a person is told on a page: there is no trustworthy address to send them back to.

Refusal
└── PageRefusal
    ├── ClientUnknown          400
    ├── RedirectUriWrong       400
    ├── PushedRequestOver      400: RFC 9126 §4
    ├── SignInOver             400: unknown, expired, or another browser's sign-in
    ├── CredentialsWrong       403: the form again
    ├── TokenCodeWrong         403: the form of the test token again
    ├── SignInBlocked          429: too many wrong guesses
    ├── SignOutHintWrong       400: an id_token_hint that is none of ours
    └── SignOutAddressWrong    400: an address that is not registered for after signing out
"""

from collections.abc import Mapping
from typing import Self

from reference_server.kernel.errors import Mend, Refusal, given


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


class PushedRequestOver(PageRefusal):
    """A pushed authorisation request that is unknown, over, used, or another client's."""

    code = "pushed-request-over"
    mend = Mend.RETRY


class SignInOver(PageRefusal):
    """The sign-in is unknown, over, or was begun in another browser."""

    code = "sign-in-over"
    mend = Mend.RETRY


class FormRefusal(PageRefusal):
    """What was typed is wrong; the form is shown again."""

    status = 403
    mend = Mend.CORRECT

    def __init__(self, *, transaction: str, redirect_uri: str, language: str | None = None) -> None:
        super().__init__()
        self.transaction = transaction
        self.redirect_uri = redirect_uri
        self.language = language

    @classmethod
    def worked(cls) -> Self:
        return cls(transaction="6f1c1c1e", redirect_uri="http://127.0.0.1:8400/callback")


class CredentialsWrong(FormRefusal):
    """Identifier or password is wrong; the form is shown again."""

    code = "credentials-wrong"


class TokenCodeWrong(FormRefusal):
    """The code of the test token is wrong, over or used; its form is shown again."""

    code = "token-code-wrong"


class SignInBlocked(PageRefusal):
    """Too many wrong guesses; parameter `seconds` until the next try."""

    status, code = 429, "sign-in-blocked"
    mend, example = Mend.RETRY, given(seconds=60)

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.params["seconds"])}


class SignOutHintWrong(PageRefusal):
    """The id_token_hint was altered, or is none of this provider's."""

    code = "sign-out-hint-wrong"


class SignOutAddressWrong(PageRefusal):
    """The address to go to after signing out is not registered for the client."""

    code = "sign-out-address-wrong"
