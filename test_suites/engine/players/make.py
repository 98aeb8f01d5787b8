"""Puts a player together from what it is given; the only place that knows all its parts."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import httpx

from test_suites.core.message import JsonValue
from test_suites.core.persona import Persona
from test_suites.engine.players import person, system
from test_suites.engine.players.api import Api
from test_suites.engine.players.desk import Act, Desk, Work, perform
from test_suites.engine.players.establishment import Establishment
from test_suites.engine.players.follower import Follower
from test_suites.engine.players.index_client import IndexClient
from test_suites.engine.players.issuer import AccessToken, Metadata
from test_suites.engine.players.laboratory import Laboratory
from test_suites.engine.players.leaving import leaving, renewing
from test_suites.engine.players.model import (
    ActResult,
    Address,
    Credentials,
    Known,
    LabError,
    Player,
    Surroundings,
)
from test_suites.engine.players.prescriber import Prescriber
from test_suites.engine.players.raw import RawSender
from test_suites.engine.players.screen import Screen
from test_suites.engine.players.service import PrescriptionService
from test_suites.engine.players.tokens import SignIn, Tokens
from test_suites.engine.players.wire import Wire
from test_suites.subjects.scopes import SCOPES_OF

PRESCRIBER: Final = "prescriber"
LABORATORY: Final = "laboratory"
LABORATORIES: Final = frozenset({LABORATORY, "other-laboratory"})
PRESCRIBER_SCOPES: Final = ("erx.prescribe", "erx.read")
ESTABLISHMENTS: Final = frozenset({"feed-source", "identity-consumer"})
WARNED_BEFORE: Final = timedelta(days=30)
CertificateEnds: TypeAlias = Callable[[], datetime | None]
LABORATORY_SCOPES: Final = ("erx.dispense", "erx.read")


class _LabPlayer:
    """Owns the acts of one actor; `Player` is what the engine sees of it."""

    def __init__(
        self,
        acts: Mapping[str, Act],
        *,
        surroundings: Surroundings,
        tokens: Tokens,
        certificate_ends: CertificateEnds = lambda: None,
        follower: Follower | None = None,
    ) -> None:
        self._follower = follower
        self._acts = acts
        self._tokens = tokens
        self._surroundings = surroundings
        self._certificate_ends = certificate_ends

    async def act(
        self, operation: str, parameters: Mapping[str, JsonValue], *, known: Known
    ) -> ActResult:
        act = self._acts.get(operation)
        if act is None:
            raise LabError(f"operation-unknown:{operation}")
        screen = Screen(self._surroundings.language)
        self._warn_of_end(screen)
        return await perform(act, Work(parameters=parameters, known=known, screen=screen))

    async def hear(self, logout_token: str) -> bool:
        return await self._tokens.hear(logout_token)

    async def take(self, message: bytes) -> tuple[int, bytes]:
        if self._follower is None:
            raise LabError("nobody-subscribed")
        return self._follower.take(message)

    def _warn_of_end(self, screen: Screen) -> None:
        ends = self._certificate_ends()
        if ends is not None and ends - self._surroundings.wire_now() < WARNED_BEFORE:
            screen.remind("player.certificate-ending", day=f"{ends:%d.%m.%Y}")


def make_player(
    actor: str,
    *,
    address: Address,
    credentials: Credentials,
    client: httpx.AsyncClient,
    personas: Mapping[str, Persona],
    surroundings: Surroundings,
    expire_tokens: Callable[[], None] | None = None,
    certificate_ends: CertificateEnds = lambda: None,
) -> Player:
    """Return the player of an actor of one case; raises LabError.

    `client` reaches and trusts the peer and is used by this player alone. `expire_tokens` makes
    every token issued so far expire; None where the peer offers no such thing. `certificate_ends`
    tells when the client certificate that `client` shows ends, None where it shows none.
    """
    wire = Wire(client, surroundings)
    tokens = make_tokens(
        actor, wire, address=address, credentials=credentials, surroundings=surroundings
    )
    api = Api(wire, tokens=tokens if address.signs_in else None, fhir_base=address.fhir_base)
    service = PrescriptionService(api)
    desk = Desk(
        persona=credentials.persona,
        personas=personas,
        service=service,
        surroundings=surroundings,
    )
    sender = RawSender(wire, address=address, tokens=tokens, expire_tokens=expire_tokens)
    if actor in ESTABLISHMENTS:
        establishment = Establishment(
            desk, messages=address.messages, trust=address.trust, spoken=address.spoken
        )
        return _LabPlayer(establishment.acts(), surroundings=surroundings, tokens=tokens)
    if actor in SCOPES_OF:
        follower = Follower(desk, api)
        acts = {**IndexClient(desk, api).acts(), **follower.acts(), "raw": sender.raw}
        return _LabPlayer(acts, surroundings=surroundings, tokens=tokens, follower=follower)
    acts = {**_acts(actor, desk), "raw": sender.raw, **leaving(tokens), **renewing()}
    return _LabPlayer(
        acts, surroundings=surroundings, tokens=tokens, certificate_ends=certificate_ends
    )


def make_tokens(
    actor: str,
    wire: Wire,
    *,
    address: Address,
    credentials: Credentials,
    surroundings: Surroundings,
) -> Tokens:
    """Return how an actor gets its access tokens; raises LabError."""
    sign_in: SignIn = _nobody_signs_in
    if address.signs_in:
        sign_in = _sign_in(
            wire, credentials, surroundings, scopes=_scopes(actor), habits=address.habits
        )

    async def renew(metadata: Metadata, resource: str, refresh_token: str) -> AccessToken:
        return await person.renew(
            wire,
            metadata,
            credentials.client_id,
            refresh_token=refresh_token,
            resource=resource,
            now=int(surroundings.wire_now().timestamp()),
        )

    return Tokens(
        wire,
        address=address,
        client_id=credentials.client_id,
        sign_in=sign_in,
        renew=renew,
        surroundings=surroundings,
    )


async def _nobody_signs_in(_metadata: Metadata, _resource: str) -> AccessToken:
    raise LabError("nobody-signs-in")


def _acts(actor: str, desk: Desk) -> Mapping[str, Act]:
    if actor == PRESCRIBER:
        return Prescriber(desk).acts()
    if actor in LABORATORIES:
        return Laboratory(desk).acts()
    raise LabError(f"actor-unknown:{actor}")


def _scopes(actor: str) -> tuple[str, ...]:
    if actor in SCOPES_OF:
        return tuple(sorted(SCOPES_OF[actor]))
    return PRESCRIBER_SCOPES if actor == PRESCRIBER else LABORATORY_SCOPES


def _sign_in(
    wire: Wire,
    credentials: Credentials,
    surroundings: Surroundings,
    *,
    scopes: tuple[str, ...],
    habits: frozenset[str],
) -> SignIn:
    """Return how the player gets a token: by password where there is one, else by its key."""
    if credentials.username is not None and credentials.password is not None:
        who = person.Person(
            client_id=credentials.client_id,
            username=credentials.username,
            password=credentials.password,
            scopes=("openid", *scopes),
        )

        async def as_person(metadata: Metadata, resource: str) -> AccessToken:
            return await person.sign_in(
                wire,
                metadata,
                who,
                resource=resource,
                surroundings=surroundings,
                habits=habits,
            )

        return as_person
    if credentials.private_jwk is None:
        raise LabError("credentials-missing")
    software = system.System(
        client_id=credentials.client_id,
        private_jwk=credentials.private_jwk,
        scopes=scopes,
    )

    async def as_system(metadata: Metadata, resource: str) -> AccessToken:
        return await system.sign_in(
            wire, metadata, software, resource=resource, surroundings=surroundings
        )

    return as_system
