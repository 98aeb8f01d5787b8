"""The reference server on a real https socket, everybody in it, and players that talk to it."""

import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx

from reference_server.app import WorldRegistry, build_app
from reference_server.app.sandbox import client_keys
from reference_server.app.serving import Listener, bind, running
from reference_server.population import load, seed
from reference_server.world import SeededRandomness, World
from reference_server.world.authority import server_identity
from test_suites.core.message import JsonValue
from test_suites.core.persona import Persona, PersonaKind
from test_suites.core.transcript import BoundPrescription
from test_suites.engine.players import (
    ActResult,
    Address,
    Credentials,
    Known,
    Player,
    Surroundings,
    make_player,
)
from tests.test_suites.engine.players.spoiler import Spoiler

PEOPLE = load()
TWO_LINES: list[JsonValue] = [{"code": "BIO-0101"}, {"code": "BIO-0201"}]
PRESCRIPTION: Mapping[str, JsonValue] = {"patient": "anna-weber", "lines": TWO_LINES}


def personas() -> Mapping[str, Persona]:
    """Return everybody as the engine knows them."""
    found = {
        id_: Persona(
            id=id_,
            kind=PersonaKind.PATIENT,
            matricule=patient.matricule,
            family=patient.family,
            given=patient.given,
            birth_date=patient.birth_date.isoformat(),
            gender=patient.gender,
        )
        for id_, patient in PEOPLE.patients.items()
    }
    for id_, person in PEOPLE.practitioners.items():
        found[id_] = Persona(
            id=id_,
            kind=PersonaKind.PRACTITIONER,
            family=person.family,
            given=person.given,
            ehealth_id=person.ehealth_id,
            cns_code=person.cns_code,
        )
    for id_, organization in PEOPLE.organizations.items():
        kind = PersonaKind.ORGANIZATION
        found[id_] = Persona(id=id_, kind=kind, cns_code=organization.cns_code)
    return found


@dataclass(slots=True)
class Desk:
    """A player, and what it has learned and printed so far."""

    player: Player
    client: httpx.AsyncClient
    bindings: dict[str, BoundPrescription]
    papers: dict[str, bytes]
    made: list[ActResult] = field(default_factory=list)

    async def act(
        self, operation: str, parameters: Mapping[str, JsonValue] | None = None, *, bind: str = ""
    ) -> ActResult:
        known = Known(bindings=self.bindings, papers=self.papers.__getitem__)
        result = await self.player.act(operation, parameters or {}, known=known)
        self.made.append(result)
        if bind and result.learned is not None:
            self.bindings[bind] = result.learned
            self.papers[result.learned.paper or ""] = result.printed[0].content
        return result


@dataclass(slots=True, kw_only=True)
class House:
    """One World on the wire; every request that came in stands in `spoiler.seen`."""

    world: World
    trust: ssl.SSLContext
    keys: Path
    spoiler: Spoiler
    bindings: dict[str, BoundPrescription] = field(default_factory=dict)
    papers: dict[str, bytes] = field(default_factory=dict)
    desks: list[Desk] = field(default_factory=list)
    wire_now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def address(self) -> Address:
        base = self.world.base_url
        return Address(
            base_url=base, issuer=f"{base}/auth/realms/organization", fhir_base=f"{base}/fhir"
        )

    def _now(self) -> datetime:
        return self.wire_now()

    def prescriber(self, id_: str = "dr-meyer", *, password: str | None = None) -> Desk:
        person = PEOPLE.practitioners[id_]
        credentials = Credentials(
            client_id="prescriber-app",
            persona=personas()[id_],
            username=person.ehealth_id,
            password=password or person.password,
        )
        return self._desk("prescriber", credentials)

    def laboratory(self, id_: str = "labo-nord", *, actor: str = "laboratory") -> Desk:
        jwk = json.loads((self.keys / f"{id_}-app.jwk.json").read_text())
        credentials = Credentials(client_id=f"{id_}-app", persona=personas()[id_], private_jwk=jwk)
        return self._desk(actor, credentials)

    def _desk(self, actor: str, credentials: Credentials) -> Desk:
        client = httpx.AsyncClient(verify=self.trust, trust_env=False, timeout=60)
        player = make_player(
            actor,
            address=self.address(),
            credentials=credentials,
            client=client,
            personas=personas(),
            surroundings=Surroundings(
                business_now=self.world.clock.business_now,
                wire_now=self._now,
                random_bytes=SeededRandomness(f"{actor} {len(self.desks)}").bytes,
            ),
            expire_tokens=self.world.expire_tokens,
        )
        desk = Desk(player, client, self.bindings, self.papers)
        self.desks.append(desk)
        return desk


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[House]:
    """Open a house; the clients and the World are closed with it."""
    identity = server_identity(folder, now=datetime.now(UTC))
    keys = folder / "clients"
    with bind("127.0.0.1", 0) as bound:
        listener = Listener(bound=bound, identity=identity)
        registry = WorldRegistry(origin=listener.origin)
        world = registry.open("s-000001", seed=partial(seed, keys=client_keys(keys, PEOPLE)))
        spoiler = Spoiler(build_app(registry, on_shutdown=registry.close_all))
        async with running(spoiler, listener):
            trust = ssl.create_default_context(cafile=str(identity.authority))
            house = House(world=world, trust=trust, keys=keys, spoiler=spoiler)
            try:
                yield house
            finally:
                for desk in house.desks:
                    await desk.client.aclose()
