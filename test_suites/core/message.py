"""What was said on the wire, as it was said; holds no opinion about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """One secret taken out at the tap: where it stood, and what may still be known of it.

    `where` is `header:authorization`, `form:code_verifier`, `query:code`, `json:$.access_token`.
    `sha256` is salted per session, so equal secrets of one session compare equal.
    """

    where: str
    kind: str
    sha256: str
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is kept of a JWT seen at the tap: header and claims stay, the signature goes."""

    where: str
    header: Mapping[str, JsonValue]
    claims: Mapping[str, JsonValue]
    signature_valid: bool | None
    sha256: str
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Facts of the connection that carried a message.

    `opening` is how many microseconds TLS took before the connection's first request; 0 for later
    requests, and where nobody saw it.
    """

    tls_version: str | None = None
    cipher: str | None = None
    client_certificate_sha256: str | None = None
    opening: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as received or sent, secrets redacted. `target` is path with query."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, by case-insensitive name."""
        return first_header(self.headers, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response as sent or received, secrets redacted."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, by case-insensitive name."""
        return first_header(self.headers, name)


def first_header(headers: tuple[tuple[str, str], ...], name: str) -> str | None:
    """Return the first value whose name matches case-insensitively, else None."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response (None when the connection ended without one).

    `record` is the journal's sequence number. `initiator` and `responder` are actor names
    (`prescriber`, `laboratory`, `service`, `idp`); both are `unknown` where the ladder of
    attribution found no case. `operation` is the classified operation name
    (`submit-prescription`, `token`, ...) or None. `at` is seconds since the session opened,
    `duration` seconds. `deviation` names the deviation the lab applied to the response.
    """

    record: int
    at: float
    duration: float
    step: str | None
    initiator: str
    responder: str
    operation: str | None
    base_url: str
    request: Request
    response: Response | None
    channel: Channel = field(default_factory=Channel)
    redactions: tuple[Redaction, ...] = ()
    tokens: tuple[Token, ...] = ()
    deviation: str | None = None


class WireKind(StrEnum):
    """What may happen on a connection without ever becoming a request."""

    TLS_REFUSED = "tls-refused"
    PARSE_ERROR = "parse-error"
    ABORTED = "aborted"
    HALF_SENT = "half-sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEvent:
    """Something on the wire that never became an Exchange."""

    record: int
    at: float
    step: str | None
    kind: WireKind
    detail: str
