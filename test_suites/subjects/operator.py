"""What every way of making a product act has in common; knows no product and no judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from test_suites.core.message import JsonValue
from test_suites.core.transcript import StepState
from test_suites.core.verdict import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One sentence a screen showed: `level` is info, warning or error."""

    level: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One document that left the printer."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOutcome:
    """How one act ended and what the person at the desk saw and held.

    `answers` are what a person told the lab (question id to answer); None where nobody was
    asked. `result` holds number, task_id, bundle_identifier, code as far as they became known.
    """

    state: StepState
    shown: tuple[Shown, ...] = ()
    printed: tuple[Printed, ...] = ()
    result: Mapping[str, JsonValue] = field(default_factory=dict)
    detail: str = ""
    mode: Mode = Mode.AUTOMATIC
    answers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A product's own log, and who vouches that it is that."""

    content: bytes
    mode: Mode = Mode.AUTOMATIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One desk of a product: a service address and one person or system working there.

    `trust_pem` is the PEM of the authority to trust, empty for plain http; `messages` where
    HL7 v2 is spoken (`mllps://host:port`), None where it is not. `certificate_pem` and
    `certificate_key_pem` are the client certificate to show, its chain with it, and its key.
    """

    session: str
    base_url: str
    issuer: str
    fhir_base: str
    client_id: str
    organization: str
    trust_pem: str
    private_jwk: Mapping[str, JsonValue] | None = None
    username: str | None = None
    password: str | None = None
    person: Mapping[str, JsonValue] | None = None
    messages: str | None = None
    certificate_pem: str | None = None
    certificate_key_pem: str | None = field(default=None, repr=False)

    def secrets(self) -> tuple[tuple[str, bytes], ...]:
        """Return kind and bytes of every secret that stands in these settings."""
        found = []
        if self.password:
            found.append(("password", self.password.encode("utf-8")))
        if self.private_jwk and isinstance(secret := self.private_jwk.get("d"), str):
            found.append(("private_key", secret.encode("ascii")))
        if self.certificate_key_pem:
            found.append(("certificate_key", self.certificate_key_pem.encode("ascii")))
        return tuple(found)


class OperatorError(Exception):
    """The product, or the way to it, did not do what its operator contract says.

    `detail` is a short code, never a sentence.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class PersonLeftError(Exception):
    """The person at the product went away: nobody is there to end what was begun."""


class Operator(Protocol):
    """Makes a product act. Desks are independent; acts of one desk come one after the other."""

    async def seat(self, desk: Desk) -> None:
        """Configure a desk, or configure it anew."""

    async def act(
        self, desk: Desk, operation: str, parameters: Mapping[str, JsonValue]
    ) -> ActOutcome:
        """Have the product do one thing; return when it came to its end."""

    async def log(self, session: str) -> Log | None:
        """Return the product's own log of a desk, None where there is none to be had."""

    async def leave(self, session: str) -> None:
        """Forget a desk."""

    async def close(self) -> None:
        """Let the product go; a product the lab started is always stopped."""
