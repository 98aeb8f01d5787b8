"""The reference service of a run: one app behind the taps, one World and one port a case."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from joserfc import jws
from joserfc.errors import JoseError

from reference_server.app import WorldRegistry, build_app
from reference_server.app.worlds import settings_of
from reference_server.kernel.client_certificate import ClientCertificates
from reference_server.kernel.store import StoreError
from reference_server.population.personas import Population, load
from reference_server.population.seed import seed
from reference_server.ports import CERTIFICATES
from reference_server.world import Settings, World
from reference_server.world.authority import ClientTrust, ask_for_certificates
from scenarios.tricks import Flaw, Forgery
from test_suites.capture.classify import classify
from test_suites.capture.client_tap import RecordingTransport
from test_suites.capture.listener import Listeners, Road, listeners
from test_suites.capture.mllp_tap import MllpTap
from test_suites.capture.raw import DEVIATION_EXTENSION, WIRE_EXTENSION, Moment, RawWire
from test_suites.capture.recorder import Recorder
from test_suites.capture.redaction import Verify
from test_suites.capture.server_tap import RecordingMiddleware, Scope
from test_suites.capture.wire_tap import WatchedContext, WireTap
from test_suites.deviations.desk import DeviationDesk
from test_suites.deviations.forging import ForgingMiddleware
from test_suites.deviations.impostors import Authorities
from test_suites.deviations.middleware import DeviatingMiddleware, Wire
from test_suites.deviations.status import StatusDesk, status_app
from test_suites.deviations.status import now as wire_now
from test_suites.deviations.workshop import Workshop
from test_suites.engine.changes import Changes
from test_suites.engine.environment import Now
from test_suites.engine.messages import Port
from test_suites.engine.notices import Notices
from test_suites.engine.people import PERSON_CLIENT
from test_suites.engine.players import OURSELVES
from test_suites.engine.reference_case import REALM, ReferenceCase, Trust
from test_suites.engine.shown import shown_context
from test_suites.engine.systems import Systems
from test_suites.engine.wallet import Wallet

CERTIFIED = "client-certificate"
"""Need of a scenario whose World demands client certificates."""
NOTIFIED = "back-channel-logout"
"""Need of a scenario whose provider tells clients of sign-outs."""
NOTICE = "logout-notice"
TOLD = "pmir"
"""Need of a scenario whose registry tells subscribers what became of patients."""
FEED = "patient-feed"


@dataclass(slots=True, kw_only=True)
class Reference:
    """Owns the app, the registry of Worlds and the certificates of one run.

    Certificates that a server needs in files are written to `folder`, which goes with the run.
    """

    registry: WorldRegistry
    listening: Listeners
    recorder: Recorder
    population: Population
    systems: Systems
    authorities: Authorities
    folder: Path
    right: WatchedContext
    cases: dict[str, ReferenceCase] = field(default_factory=dict)
    flawed: dict[Flaw, WatchedContext] = field(default_factory=dict)
    telling: Listeners
    desks: dict[str, StatusDesk]
    status_port: int | None = None

    async def open(
        self, slug: str, *, needs: frozenset[str] = frozenset(), logout_uri: str = OURSELVES
    ) -> ReferenceCase:
        """Open a World under a slug, seeded, on a port of its own; where it needs messages, two.

        `needs` are those of the scenario: where it needs refresh, people's clients may refresh.
        `logout_uri` is where the software that signs people in is told of a sign-out.
        """
        now = Now()
        trust = Trust(
            context=self.right,
            flawed=self._flawed,
            shown=partial(shown_context, folder=self.folder),
        )
        status = await self._status_of(slug, trust) if "revocation" in needs else None
        tap = WireTap(
            sink=self.recorder.wire,
            moment=lambda: Moment(session=slug, step=now.step),
            tls=lambda: trust.context,
        )
        port = await self.listening.open(tap)
        world = await self._world(slug, port, needs)
        wallet = None if CERTIFIED not in needs else await self._wallet(world, trust)
        case = ReferenceCase(
            world=world,
            population=self.population,
            systems=self.systems,
            trust_pem=self.authorities.trust_pem,
            tap=tap,
            deviations=DeviationDesk(),
            workshop=_workshop(world),
            now=now,
            trust=trust,
            release=partial(self._release, slug, port),
            needs=needs,
            status=status,
            wallet=wallet,
        )
        if "messages" in needs:
            await self._listen(case, slug)
        if NOTIFIED in needs:
            case.notices = self._notices(case, logout_uri)
        if TOLD in needs:
            case.changes = self._changes(case)
        self.cases[slug] = case
        return case

    def _changes(self, case: ReferenceCase) -> Changes:
        """Have a case's registry tell whoever subscribed, under the lab's tap."""
        slug, sink = case.world.name, self.recorder.exchange
        return Changes(
            world=case.world,
            tapped=lambda inner: RecordingTransport(
                inner,
                sink=sink,
                moment=lambda: Moment(session=slug, step=case.now.step),
                base_url=case.world.fhir_base,
                operation=FEED,
            ),
        )

    def _notices(self, case: ReferenceCase, uri: str) -> Notices:
        """Have a case's provider tell of sign-outs, under the lab's tap."""
        slug, sink = case.world.name, self.recorder.exchange
        notices = Notices(
            world=case.world,
            client_id=PERSON_CLIENT,
            uri=uri,
            workshop=case.workshop,
            tapped=lambda inner: RecordingTransport(
                inner,
                sink=sink,
                moment=lambda: Moment(session=slug, step=case.now.step),
                base_url=uri,
                operation=NOTICE,
            ),
        )
        notices.register()
        return notices

    async def _listen(self, case: ReferenceCase, slug: str) -> None:
        """Open the port on which a case speaks HL7 v2."""
        line = MllpTap(
            exchange=self.recorder.exchange,
            wire=self.recorder.wire,
            now=lambda _path: Moment(session=slug, step=case.now.step),
            session=slug,
        )
        case.messages = await Port.open(case.world, line, case.deviations, self.right)

    async def _status_of(self, slug: str, trust: Trust) -> StatusDesk:
        """Have a case's port show a certificate whose state is told at a port of the run's."""
        if self.status_port is None:
            tap = WireTap(sink=_unheard, moment=Moment)
            self.status_port = await self.telling.open(tap)
        about = self.authorities.checkable(f"http://127.0.0.1:{self.status_port}/{slug}")
        trust.context = trust.shown(about.shown)
        self.desks[slug] = StatusDesk(about=about, now=wire_now)
        return self.desks[slug]

    async def _world(self, slug: str, port: int, needs: frozenset[str]) -> World:
        """Open a World, seeded as a scenario needs it."""
        people = _refreshing(self.population) if "refresh" in needs else self.population
        return await asyncio.to_thread(
            self.registry.open,
            slug,
            origin=f"https://127.0.0.1:{port}",
            seed=partial(seed, population=people, keys=self.systems.public()),
            settings=_demanding(slug) if CERTIFIED in needs else None,
        )

    async def _wallet(self, world: World, trust: Trust) -> Wallet:
        """Have a case's port ask for certificates; return whence its desks get theirs."""
        trust.context = await asyncio.to_thread(self._asking, world)
        return Wallet(world=world, population=self.population)

    def _asking(self, world: World) -> WatchedContext:
        """Return a context of its own that asks for certificates of a World's authority."""
        context = shown_context(self.authorities.right(), self.folder)
        authorities = self.folder / f"{world.name}-clients.pem"
        authorities.write_bytes(world.port(CERTIFICATES).trust_bundle())
        ask_for_certificates(context, ClientTrust(authorities=authorities))
        return context

    def _flawed(self, flaw: Flaw) -> WatchedContext:
        if flaw not in self.flawed:
            self.flawed[flaw] = shown_context(self.authorities.flawed(flaw), self.folder)
        return self.flawed[flaw]

    def verifier(self, slug: str) -> Verify:
        """Return what verifies tokens of a World and assertions of the run's systems."""
        world = self.cases[slug].world
        return partial(_is_signed, world, self.systems)

    def _release(self, slug: str, port: int) -> None:
        self.listening.close(port)
        del self.cases[slug]
        self.desks.pop(slug, None)
        self.registry.close(slug)


@contextlib.asynccontextmanager
async def reference(recorder: Recorder, *, road: Road | None = None) -> AsyncIterator[Reference]:
    """Serve the reference service, recorded, until the block ends; clients come by the road."""
    population = load()
    registry = WorldRegistry(origin="https://127.0.0.1")
    cases: dict[str, ReferenceCase] = {}
    app = RecordingMiddleware(
        DeviatingMiddleware(
            app=ForgingMiddleware(
                app=build_app(registry),
                due=lambda path: _forgery(cases, path),
                classify=classify,
                mark=_mark,
            ),
            desk=lambda path: _desk(cases, path),
            classify=classify,
            wire=_wire,
            mark=_mark,
        ),
        sink=recorder.exchange,
        now=lambda path: _moment(cases, path),
    )
    desks: dict[str, StatusDesk] = {}
    with tempfile.TemporaryDirectory() as folder:
        authorities = Authorities.make(now=datetime.now(UTC))
        try:
            async with (
                listeners(app, road=road) as listening,
                listeners(status_app(desks)) as telling,
            ):
                yield Reference(
                    registry=registry,
                    listening=listening,
                    recorder=recorder,
                    population=population,
                    systems=Systems.make(population),
                    authorities=authorities,
                    folder=Path(folder),
                    right=shown_context(authorities.right(), Path(folder)),
                    cases=cases,
                    telling=telling,
                    desks=desks,
                )
        finally:
            registry.close_all()


def _demanding(name: str) -> Settings:
    """Return the settings of a World that talks only to callers with a certificate."""
    return replace(settings_of(name), client_certificates=ClientCertificates.REQUIRED)


def _refreshing(population: Population) -> Population:
    """Return the population with clients of people that may refresh their tokens."""
    clients = {
        key: client if client.organization else client.model_copy(update={"refreshes": True})
        for key, client in population.clients.items()
    }
    return population.model_copy(update={"clients": clients})


def _slug(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]


def _desk(cases: Mapping[str, ReferenceCase], path: str) -> DeviationDesk | None:
    case = cases.get(_slug(path))
    return None if case is None else case.deviations


def _forgery(cases: Mapping[str, ReferenceCase], path: str) -> tuple[Forgery, Workshop] | None:
    case = cases.get(_slug(path))
    if case is None or case.deviations.forgery is None:
        return None
    return case.deviations.forgery, case.workshop


def _workshop(world: World) -> Workshop:
    return Workshop(
        base_url=world.base_url,
        issuer=world.base_url + REALM,
        signing=lambda: world.keys.signing(now=world.clock.wire_now()),
        now=lambda: int(world.clock.wire_now().timestamp()),
    )


def _unheard(_event: RawWire) -> None:
    """Let what happens where states are told be nobody's evidence: nobody is judged there."""


def _moment(cases: Mapping[str, ReferenceCase], path: str) -> Moment:
    slug = _slug(path)
    case = cases.get(slug)
    return Moment() if case is None else Moment(session=slug, step=case.now.step)


def _wire(scope: Scope) -> Wire | None:
    wire: Wire | None = scope["extensions"].get(WIRE_EXTENSION)
    return wire


def _mark(scope: Scope, kind: str) -> None:
    scope["extensions"][DEVIATION_EXTENSION] = kind


def _is_signed(world: World, systems: Systems, token: str) -> bool | None:
    """Tell whether a token is signed by the World, or by a system of the run."""
    try:
        kid = jws.extract_compact(token.encode("ascii")).headers().get("kid")
        key = world.keys.verifying(str(kid))
        key = key or next((each for each in systems.keys.values() if each.kid == kid), None)
        if key is None:
            return None
        jws.deserialize_compact(token, key, algorithms=["ES256"])
    except (JoseError, ValueError):
        return False
    except StoreError:  # the World was closed before a late message was read
        return None
    return True
