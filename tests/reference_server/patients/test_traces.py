"""Consultations of identities are traced before anybody is answered, together if they come so."""

import asyncio
from collections.abc import Awaitable

from reference_server.app.wiring import full_catalogue
from reference_server.kernel.call import Call, Deed
from reference_server.kernel.language import Voice
from reference_server.services.patients.fhir.matching import Question
from reference_server.services.patients.fhir.query import read_pix, read_search
from reference_server.services.patients.operations import exchange
from reference_server.services.patients.operations.ask import ask
from reference_server.world import World
from tests.reference_server.patients.index import ANNA as NAMED
from tests.reference_server.patients.test_exchange_over_http import ANNA, MATRICULE, MPI, Peer
from tests.reference_server.standing import Standing, trail_of


def test_consultations_that_come_together_are_all_traced_before_one_is_answered(
    server: Standing, world: World
) -> None:
    token = str(Peer(server, world).http.headers["Authorization"])

    def call(action: str) -> Call[World]:
        return Call(
            world=world,
            method="GET",
            path=f"/{action}",
            path_values={},
            query=(),
            headers={"authorization": token},
            body=b"",
            voice=Voice(catalogue=full_catalogue(()), language="en", request_id=action),
            request_id=action,
            deed=Deed(action=action),
        )

    async def traced(asked: Awaitable[object]) -> int:
        await asked
        return len(trail_of(world))

    async def together() -> list[int]:
        number = f"{MATRICULE}|{ANNA}"
        sought = Question(traits=NAMED)
        asked: tuple[Awaitable[object], ...] = (
            exchange.find(call("search-patient"), read_search((("identifier", number),))),
            exchange.read(call("read-patient"), MPI),
            exchange.by_matricule(call("read-patient"), ANNA),
            exchange.cross_reference(
                call("cross-reference-patient"), read_pix((("sourceIdentifier", number),))
            ),
            ask(call("match-patient"), sought),
        )
        return await asyncio.gather(*map(traced, asked))

    before = len(trail_of(world))
    assert asyncio.run(together()) == [before + 5] * 5
    about = [each.entry.entities for each in trail_of(world)[before:]]
    assert all(f"Patient/{MPI}" in entities for entities in about)
