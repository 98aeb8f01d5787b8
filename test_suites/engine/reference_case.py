"""One case at the reference service: its World, its port, and what the lab may do to both."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import httpx

from reference_server.population.personas import Population
from reference_server.world import World
from scenarios.tricks import Flaw, HandedCertificate, LogoutNotice, PatientNotice
from test_suites.capture.wire_tap import WatchedContext, WireTap
from test_suites.deviations.desk import Deviation, DeviationDesk
from test_suites.deviations.impostors import Shown
from test_suites.deviations.status import StatusDesk
from test_suites.deviations.workshop import Workshop
from test_suites.engine.changes import Changes
from test_suites.engine.environment import Hear, Now, Take, client_context
from test_suites.engine.messages import Port
from test_suites.engine.notices import Notices
from test_suites.engine.people import client_of, organization_of, person_of
from test_suites.engine.players import Address, LabError
from test_suites.engine.presenting import PresentingTransport
from test_suites.engine.revocation import CheckedTransport
from test_suites.engine.systems import Systems
from test_suites.engine.wallet import Card, Wallet
from test_suites.subjects.operator import Desk

REALM = "/auth/realms/organization"
_SPEAK_HL7 = frozenset({"feed-source", "identity-consumer"})
HABITS = frozenset({"refresh", "userinfo"})
"""Needs of a scenario that are habits of whoever plays the client."""


@dataclass(slots=True, kw_only=True)
class ReferenceCase:
    """One case's World, port and spoiling desk: the `Environment` of a client under test."""

    world: World
    population: Population
    systems: Systems
    trust_pem: str
    tap: WireTap
    deviations: DeviationDesk
    workshop: Workshop
    now: Now
    trust: "Trust"
    release: Callable[[], None]
    messages: Port | None = None
    needs: frozenset[str] = frozenset()
    status: StatusDesk | None = None
    wallet: Wallet | None = None
    notices: Notices | None = None
    changes: Changes | None = None

    @property
    def address(self) -> Address:
        base = self.world.base_url
        return Address(
            base_url=base,
            issuer=base + REALM,
            fhir_base=self.world.fhir_base,
            messages=None if self.messages is None else self.messages.url,
            trust=None if self.messages is None else client_context(self.trust_pem),
            habits=self.needs & HABITS,
        )

    @property
    def business_now(self) -> Callable[[], datetime]:
        return self.world.clock.business_now

    @property
    def expire_tokens(self) -> Callable[[], None] | None:
        return self.world.expire_tokens

    def desk(self, actor: str, persona: str) -> Desk:
        client_id = client_of(self.population, persona, actor)
        person = self.population.practitioners.get(persona)
        card = self.card(persona)
        return Desk(
            session=f"{self.world.name}-{actor}",
            base_url=self.address.base_url,
            issuer=self.address.issuer,
            fhir_base=self.address.fhir_base,
            client_id=client_id,
            organization=organization_of(self.population, persona),
            trust_pem=self.trust_pem,
            private_jwk=self.systems.private(client_id),
            username=None if person is None else person.ehealth_id,
            password=None if person is None else person.password,
            person=None if person is None else person_of(person),
            messages=self.messages.url if self.messages and actor in _SPEAK_HL7 else None,
            certificate_pem=None if card is None else card.chain,
            certificate_key_pem=None if card is None else card.key,
        )

    def transport(self, persona: str | None = None) -> httpx.AsyncBaseTransport:
        if self.wallet is not None and persona is not None:
            return PresentingTransport(
                trust_pem=self.trust_pem, card=partial(self.wallet.card, persona)
            )
        context = client_context(self.trust_pem)
        plain = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
        return plain if self.status is None else CheckedTransport(inner=plain, context=context)

    def begin(self, step: str | None) -> None:
        self.now.step = step

    def arm(self, deviation: Deviation) -> None:
        self.deviations.arm(deviation)

    def disarm(self) -> None:
        self.deviations.disarm()

    def advance(self, by: timedelta) -> None:
        self.world.clock.advance(by)

    def distrust(self) -> None:
        self.show(Flaw.UNKNOWN_AUTHORITY)

    def show(self, flaw: Flaw) -> None:
        self.trust.context = self.trust.flawed(flaw)
        self.tap.hang_up()

    async def revoke_certificate(self) -> None:
        self._status().is_revoked = True
        await self._shown_anew()

    async def silence_status(self) -> None:
        self._status().is_down = True
        await self._shown_anew()

    def hand_certificate(self, kind: HandedCertificate) -> None:
        self._wallet().hand(kind)

    def card(self, persona: str) -> Card | None:
        return None if self.wallet is None else self.wallet.card(persona)

    def renewed_card(self, persona: str) -> Card:
        return self._wallet().renewed(persona)

    def _wallet(self) -> Wallet:
        if self.wallet is None:
            raise LabError("no-client-certificates-here")
        return self.wallet

    def listens(self, hear: Hear) -> None:
        if self.notices is not None:
            self.notices.hear = hear

    async def notify_logout(self, step: str, kind: LogoutNotice, persona: str) -> None:
        if self.notices is None:
            raise LabError("no-sign-out-notices-here")
        self.now.step = step
        try:
            await self.notices.send(kind, self.population.practitioners[persona].ehealth_id)
        finally:
            self.now.step = None

    def follows(self, take: Take) -> None:
        if self.changes is not None:
            self.changes.take = take

    async def tell_changes(self, step: str, kind: PatientNotice) -> None:
        if self.changes is None:
            raise LabError("nobody-subscribes-here")
        self.now.step = step
        try:
            await self.changes.send(kind)
        finally:
            self.now.step = None

    def _status(self) -> StatusDesk:
        if self.status is None:
            raise LabError("no-status-here")
        return self.status

    async def _shown_anew(self) -> None:
        """Have everybody connect anew once no answer counts that called the certificate good."""
        status = self._status()
        if status.good_until is not None:
            left = status.good_until - status.now()
            await asyncio.sleep(max(0.0, left.total_seconds()) + 1)  # as clients count seconds
        # A context of its own: no session of before is resumed.
        self.trust.context = self.trust.shown(status.about.shown)
        self.tap.hang_up()

    async def close(self) -> None:
        await self.tap.settled()
        self.tap.hang_up()
        if self.messages is not None:
            await self.messages.close()
        self.release()


@dataclass(slots=True)
class Trust:
    """Which certificate a case's port shows, and how it would show a flawed one."""

    context: WatchedContext
    flawed: Callable[[Flaw], WatchedContext]
    shown: Callable[[Shown], WatchedContext]
