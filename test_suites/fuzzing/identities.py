"""Signs the lab in as the personas of a fuzz step, by the players' own ways; sends nothing else."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import httpx

from reference_server.population.personas import load
from test_suites.core.persona import PersonaKind
from test_suites.engine.activity import Stage
from test_suites.engine.people import personas
from test_suites.engine.players import Address, Credentials, Surroundings
from test_suites.engine.players.make import LABORATORY, PRESCRIBER, make_tokens
from test_suites.engine.players.tokens import Tokens
from test_suites.engine.players.wire import Wire

_ACTORS: Final[Mapping[PersonaKind, str]] = {
    PersonaKind.PRACTITIONER: PRESCRIBER,
    PersonaKind.ORGANIZATION: LABORATORY,
}


def tokens_of(stage: Stage, who: str, *, client: httpx.AsyncClient, address: Address) -> Tokens:
    """Return how a persona gets its tokens, `labo-nord` or `labo-nord/fhir-feed-source`.

    Raises LabError where the subject file names none.
    """
    persona, _, actor = who.partition("/")
    desk = stage.desk(persona, actor or None)
    known = personas(load())[persona]
    surroundings = Surroundings(
        business_now=lambda: datetime.now(UTC),
        wire_now=lambda: datetime.now(UTC),
        random_bytes=stage.chance.randbytes,
    )
    return make_tokens(
        actor or _ACTORS[known.kind],
        Wire(client, surroundings),
        address=address,
        credentials=Credentials(
            client_id=desk.client_id,
            persona=known,
            private_jwk=desk.private_jwk,
            username=desk.username,
            password=desk.password,
        ),
        surroundings=surroundings,
    )
