"""Somebody else's server as the place of a case; the lab can ask it, never arrange it."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from reference_server.population.personas import Population
from scenarios.tricks import Flaw, HandedCertificate, LogoutNotice, PatientNotice
from test_suites.capture.classify import MLLP
from test_suites.capture.client_tap import RecordingTransport
from test_suites.capture.mllp_tap import ANSWERED, target_of
from test_suites.capture.raw import Moment, RawExchange
from test_suites.capture.recorder import Recorder
from test_suites.core.message import JsonValue
from test_suites.deviations.desk import Deviation
from test_suites.engine.environment import Hear, Now, Take, client_context
from test_suites.engine.people import organization_of, person_of
from test_suites.engine.players import Address, LabError, Spoken
from test_suites.engine.route import Route
from test_suites.engine.wallet import Card
from test_suites.subjects.model import Server, ServerClient
from test_suites.subjects.operator import Desk

REALM = "/auth/realms/organization"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class ForeignCase:
    """One case at a server under test. Secrets are read from files beside the subject file.

    `environ` names the proxies and authorities on the way there.
    """

    slug: str
    server: Server
    folder: Path
    population: Population
    recorder: Recorder
    now: Now
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def address(self) -> Address:
        base, messages = self.server.base_url.rstrip("/"), self.server.messages
        over_tls = messages is not None and messages.startswith("mllps:")
        return Address(
            base_url=base,
            issuer=base + REALM,
            fhir_base=(self.server.fhir_url or f"{base}/fhir").rstrip("/"),
            signs_in=bool(self.server.clients),
            messages=messages,
            trust=client_context(self.trust_pem) if over_tls else None,
            spoken=self._spoken,
        )

    def _spoken(self, told: Spoken) -> None:
        """Record a message of HL7 v2 that the lab sent, and its answer."""
        self.recorder.exchange(
            RawExchange(
                base_url=str(self.server.messages),
                began=told.began,
                ended=told.ended,
                method=MLLP,
                target=target_of(self.slug, told.message),
                headers=[],
                session=self.slug,
                step=self.now.step,
                body=told.message,
                status=None if told.answer is None else ANSWERED,
                response_body=told.answer or b"",
                sent_by_lab=True,
            )
        )

    @property
    def trust_pem(self) -> str:
        return "" if self.server.trust_pem is None else self._read(self.server.trust_pem)

    @property
    def business_now(self) -> Callable[[], datetime]:
        return _now

    @property
    def expire_tokens(self) -> Callable[[], None] | None:
        return None

    def desk(self, actor: str, persona: str) -> Desk:
        client = self.server.client(persona, actor)
        if client is None:
            client = self._nobody(persona)
        person = self.population.practitioners.get(persona)
        password = client.password_file
        return Desk(
            session=f"{self.slug}-{actor}",
            base_url=self.address.base_url,
            issuer=self.address.issuer,
            fhir_base=self.address.fhir_base,
            client_id=client.client_id,
            organization=organization_of(self.population, persona),
            trust_pem=self.trust_pem,
            private_jwk=self._jwk(client),
            username=client.username,
            password=None if password is None else self._read(password).strip(),
            person=None if person is None else person_of(person),
        )

    def transport(self, persona: str | None = None) -> httpx.AsyncBaseTransport:  # noqa: ARG002  of the protocol
        route = Route(trust_pem=self.trust_pem, environ=self.environ)
        return RecordingTransport(
            route,
            sink=self.recorder.exchange,
            moment=lambda: Moment(session=self.slug, step=self.now.step),
            base_url=self.address.base_url,
        )

    def begin(self, step: str | None) -> None:
        self.now.step = step

    def arm(self, deviation: Deviation) -> None:
        raise LabError(f"not-at-a-foreign-server:{deviation.kind}")

    def disarm(self) -> None:
        """Do nothing: nothing can have been armed."""

    def advance(self, by: timedelta) -> None:
        raise LabError(f"not-at-a-foreign-server:advance-clock {by}")

    def distrust(self) -> None:
        raise LabError("not-at-a-foreign-server:untrusted-certificate")

    def show(self, flaw: Flaw) -> None:
        raise LabError(f"not-at-a-foreign-server:flawed-server {flaw}")

    async def revoke_certificate(self) -> None:
        raise LabError("not-at-a-foreign-server:revoke-certificate")

    async def silence_status(self) -> None:
        raise LabError("not-at-a-foreign-server:silence-status")

    def hand_certificate(self, kind: HandedCertificate) -> None:
        raise LabError(f"not-at-a-foreign-server:hand-certificate {kind}")

    def card(self, persona: str) -> Card | None:  # noqa: ARG002  of the protocol
        return None

    def renewed_card(self, persona: str) -> Card:
        raise LabError(f"not-at-a-foreign-server:renew-certificate {persona}")

    def listens(self, hear: Hear) -> None:
        """Do nothing: nobody is told of a sign-out here."""

    async def notify_logout(self, step: str, kind: LogoutNotice, persona: str) -> None:
        raise LabError(f"not-at-a-foreign-server:notify-logout {kind} {persona} {step}")

    def follows(self, take: Take) -> None:
        """Do nothing: nobody is told of patients here."""

    async def tell_changes(self, step: str, kind: PatientNotice) -> None:
        raise LabError(f"not-at-a-foreign-server:tell-changes {kind} {step}")

    async def close(self) -> None:
        """Do nothing: the server goes on."""

    def _nobody(self, persona: str) -> ServerClient:
        """Return who is told to be there where nobody signs in: by HL7 v2, or at an open door."""
        if self.server.clients and self.server.messages is None:
            raise LabError(f"credential-missing:{persona}")
        return ServerClient(persona=persona, client_id=persona)

    def _jwk(self, client: ServerClient) -> dict[str, JsonValue] | None:
        if client.private_jwk_file is None:
            return None
        try:
            value = json.loads(self._read(client.private_jwk_file))
        except ValueError as error:
            raise LabError(f"not-a-jwk:{client.private_jwk_file}") from error
        return dict(value)

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text("utf-8")
        except OSError as error:
            raise LabError(f"not-readable:{name}") from error
