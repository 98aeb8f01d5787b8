"""Where a case happens: our reference service, or somebody else's server; judges nothing."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeAlias

import httpx

from scenarios.tricks import Flaw, HandedCertificate, LogoutNotice, PatientNotice
from test_suites.deviations.desk import Deviation
from test_suites.engine.players import Address, LabError
from test_suites.engine.wallet import Card
from test_suites.subjects.operator import Desk

_SUITES: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: forward secrecy and authenticated encryption only."""


Hear: TypeAlias = Callable[[str], Awaitable[bool]]
"""Takes a logout token; tells whether it is believed."""
Take: TypeAlias = Callable[[bytes], Awaitable[tuple[int, bytes]]]
"""Takes a message of the registry of identities; gives status and message of its answer."""


class Environment(Protocol):
    """One case's service, and what the lab may do to it.

    A foreign server offers no arrangement: the plan leaves such cases out, and asking all the
    same raises LabError.
    """

    @property
    def address(self) -> Address: ...

    @property
    def trust_pem(self) -> str: ...

    @property
    def business_now(self) -> Callable[[], datetime]: ...

    @property
    def expire_tokens(self) -> Callable[[], None] | None: ...

    def desk(self, actor: str, persona: str) -> Desk:
        """Return the settings of a desk at which a persona works as an actor."""

    def transport(self, persona: str | None = None) -> httpx.AsyncBaseTransport:
        """Return a transport for a lab-played client, tapped where no server tap sees it.

        A persona's shows the persona's client certificate, where the case has such.
        """

    def begin(self, step: str | None) -> None:
        """From now on messages belong to a step, or to none."""

    def arm(self, deviation: Deviation) -> None:
        """Spoil the next answers."""

    def disarm(self) -> None:
        """Spoil nothing any more."""

    def advance(self, by: timedelta) -> None:
        """Let time pass."""

    def distrust(self) -> None:
        """Serve with a certificate that nobody trusts, from now on."""

    def show(self, flaw: Flaw) -> None:
        """Serve with a flawed certificate or flawed TLS, from now on."""

    async def revoke_certificate(self) -> None:
        """Revoke the server's certificate; return when nobody may hold it good any more."""

    async def silence_status(self) -> None:
        """Let nobody learn the state of the server's certificate any more."""

    def hand_certificate(self, kind: HandedCertificate) -> None:
        """Configure desks that are not seated yet with a certificate of a kind."""

    def card(self, persona: str) -> Card | None:
        """Return the client certificate of a persona's desk; None where the case has none."""

    def renewed_card(self, persona: str) -> Card:
        """Issue the next certificate of a persona's desk; the one before counts no more."""

    def listens(self, hear: Hear) -> None:
        """Have the client that the lab plays be told where the provider tells of a sign-out."""

    async def notify_logout(self, step: str, kind: LogoutNotice, persona: str) -> None:
        """Tell the client that its person signed out, truly or not, as part of a step."""

    def follows(self, take: Take) -> None:
        """Have the client that the lab plays be told what the registry tells a subscriber."""

    async def tell_changes(self, step: str, kind: PatientNotice) -> None:
        """Tell whoever subscribed what became of patients, truly or not, as part of a step."""

    async def close(self) -> None:
        """Let the case's world go."""


class Nowhere:
    """The environment of a conversation that needs no service: there is nothing to reach in it."""

    @property
    def address(self) -> Address:
        raise self._nothing()

    @property
    def trust_pem(self) -> str:
        raise self._nothing()

    @property
    def business_now(self) -> Callable[[], datetime]:
        raise self._nothing()

    @property
    def expire_tokens(self) -> Callable[[], None] | None:
        return None

    def desk(self, actor: str, persona: str) -> Desk:
        raise self._nothing(f"{actor}:{persona}")

    def transport(self, persona: str | None = None) -> httpx.AsyncBaseTransport:
        raise self._nothing(f"{persona or ''}")

    def begin(self, step: str | None) -> None:
        """Do nothing: no message will come."""

    def arm(self, deviation: Deviation) -> None:
        raise self._nothing(deviation.kind)

    def disarm(self) -> None:
        """Do nothing: nothing can have been armed."""

    def advance(self, by: timedelta) -> None:
        raise self._nothing(f"advance-clock {by}")

    def distrust(self) -> None:
        raise self._nothing("untrusted-certificate")

    def show(self, flaw: Flaw) -> None:
        raise self._nothing(f"flawed-server {flaw}")

    async def revoke_certificate(self) -> None:
        raise self._nothing("revoke-certificate")

    async def silence_status(self) -> None:
        raise self._nothing("silence-status")

    def hand_certificate(self, kind: HandedCertificate) -> None:
        raise self._nothing(f"hand-certificate {kind}")

    def card(self, persona: str) -> Card | None:
        raise self._nothing(persona)

    def renewed_card(self, persona: str) -> Card:
        raise self._nothing(f"renew-certificate {persona}")

    def listens(self, hear: Hear) -> None:
        """Do nothing: nobody is told of a sign-out here."""

    async def notify_logout(self, step: str, kind: LogoutNotice, persona: str) -> None:
        raise self._nothing(f"notify-logout {kind} {persona} {step}")

    def follows(self, take: Take) -> None:
        """Do nothing: nobody is told of patients here."""

    async def tell_changes(self, step: str, kind: PatientNotice) -> None:
        raise self._nothing(f"tell-changes {kind} {step}")

    async def close(self) -> None:
        """Do nothing: nothing was opened."""

    @staticmethod
    def _nothing(asked: str = "") -> LabError:
        return LabError(f"no-service-here:{asked}".removesuffix(":"))


@dataclass(slots=True)
class Now:
    """Owns which step is going on in one session."""

    step: str | None = None


def client_context(trust_pem: str) -> ssl.SSLContext:
    """Return the TLS context of a lab-played client: it trusts one authority alone."""
    context = ssl.create_default_context(cadata=trust_pem or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_SUITES)
    return context
