"""What a player is given and what it gives back; knows no HTTP and no FHIR."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from test_suites.core.message import JsonValue
from test_suites.core.persona import Persona
from test_suites.core.transcript import BoundPrescription, StepState
from test_suites.subjects.operator import Printed, Shown

OURSELVES: Final = "http://127.0.0.1/lab-as-client"
"""Stands for the lab where it plays whoever is told something: it is told within the process."""


class LabError(Exception):
    """The lab itself is at fault; `detail` is a short code, never a sentence."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One message of HL7 v2 and what was answered, None where nothing was; monotonic nanoseconds.

    Both without the frame of MLLP.
    """

    message: bytes
    answer: bytes | None
    began: int
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the service under test, or ours, is reached; `messages` where it speaks HL7 v2.

    `spoken` is told every message that the lab sends where no tap sees it. `habits` are what a
    player does there beyond the least, by the names of capabilities: `refresh`, `userinfo`.
    `signs_in` is False where FHIR is spoken without any token.
    """

    base_url: str
    issuer: str
    fhir_base: str
    messages: str | None = None
    trust: ssl.SSLContext | None = None
    spoken: Callable[["Spoken"], None] | None = None
    habits: frozenset[str] = frozenset()
    signs_in: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How the player proves who it is: a person by password, a system by its key.

    `persona` is the person, with the person's own CNS provider code, or the organisation.
    """

    client_id: str
    persona: Persona
    private_jwk: Mapping[str, JsonValue] | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Time, chance and language, from outside. Both clocks give aware times."""

    business_now: Callable[[], datetime]
    wire_now: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    language: str = "fr"

    def uuid(self) -> str:
        """Return a random UUID (version 4)."""
        return str(UUID(bytes=self.random_bytes(16), version=4))

    def urn(self) -> str:
        """Return a random `urn:uuid:`."""
        return f"urn:uuid:{self.uuid()}"


def no_papers(sha256: str) -> bytes:
    """Say that no paper is kept."""
    raise LabError(f"paper-unknown:{sha256[:12]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What earlier steps left behind; `papers` gives a printed page by its sha256."""

    bindings: Mapping[str, BoundPrescription] = field(default_factory=dict)
    papers: Callable[[str], bytes] = no_papers


@dataclass(frozen=True, slots=True, kw_only=True)
class ActResult:
    """How one act ended, what the person would have seen and held, and what was learned."""

    state: StepState
    shown: tuple[Shown, ...] = ()
    printed: tuple[Printed, ...] = ()
    learned: BoundPrescription | None = None
    detail: str = ""


class Player(Protocol):
    """The lab as one actor of one case; its acts come one after the other."""

    async def act(
        self, operation: str, parameters: Mapping[str, JsonValue], *, known: Known
    ) -> ActResult:
        """Do one thing and tell how it ended; raises LabError for the lab's own fault only."""

    async def hear(self, logout_token: str) -> bool:
        """Take a notice that the person signed out; tell whether it is believed."""

    async def take(self, message: bytes) -> tuple[int, bytes]:
        """Take a message of the registry of identities; return status and message of the answer."""
