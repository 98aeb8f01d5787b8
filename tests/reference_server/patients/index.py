"""An index with three organisations, short ways to speak to it, and its whole state as bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec

from reference_server.app import open_world
from reference_server.kernel.store import Transaction
from reference_server.national.identifiers import MATRICULE
from reference_server.national.matricule import make_matricule
from reference_server.services.patients.model.index import (
    Actor,
    Domain,
    IdentityState,
    Person,
    SourceRecord,
    Submission,
)
from reference_server.services.patients.model.traits import (
    Address,
    Identifier,
    Sex,
    Telecom,
    Traits,
    local_domain,
)
from reference_server.services.patients.operations import feed, look
from reference_server.services.patients.operations.writing import Writing
from reference_server.services.patients.store.domains import put_domain
from reference_server.services.patients.store.records import find_record
from reference_server.world import SeededRandomness, World

NORTH, SOUTH, EAST = "90100112", "90100224", "90200116"
TRUST = {NORTH: 60, SOUTH: 50, EAST: 40}
TABLES = ("record", "person", "claim", "identifier", "key", "count", "pair")
ONLY_UP = frozenset({"revision", "touched_at"})

ANNA = Traits(
    birth_family="Schmit",
    given=("Anna", "Maria"),
    sex=Sex.FEMALE,
    birth_date="1984-03-17",
    addresses=(Address(line=("12, rue des Fleurs",), postal_code="1234", city="Luxembourg"),),
    telecom=(Telecom(system="phone", value="+352 621 100 200"),),
)
MAGGY = replace(ANNA, given=("Maggy",))
TUN = Traits(
    birth_family="Ferreira da Silva",
    given=("Tun",),
    sex=Sex.MALE,
    birth_date="1991-07-30",
    addresses=(Address(line=("3, Grand-Rue",), postal_code="9050", city="Ettelbruck"),),
)


def numbered(traits: Traits, sequence: int) -> Traits:
    """Give a matricule of the birth date."""
    value = make_matricule(date.fromisoformat(traits.birth_date), sequence=sequence)
    return replace(traits, identifiers=(Identifier(system=MATRICULE, value=value),))


class Index:
    """A World's index, spoken to in words of tests."""

    def __init__(self, world: World | None = None) -> None:
        self.world: World = world or open_world(
            "index", origin="https://127.0.0.1:8443", randomness=SeededRandomness("index")
        )
        with self.world.store.write() as tx:
            for organisation, trust in TRUST.items():
                domain = Domain(
                    oid=local_domain(organisation),
                    name=organisation,
                    organisation=organisation,
                    trust=trust,
                )
                put_domain(tx, domain)

    @contextmanager
    def writing(self, who: str = NORTH, why: str = "a test") -> Iterator[Writing]:
        with self.world.store.write() as tx:
            actor = Actor(subject="officer", organisation=who, correlation="request-1")
            yield Writing(world=self.world, tx=tx, actor=actor, why=why)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with self.world.store.read() as tx:
            yield tx

    def feed(
        self,
        traits: Traits,
        *,
        who: str = NORTH,
        number: str = "1",
        state: IdentityState | None = None,
    ) -> feed.Fed:
        told = Submission(domain=local_domain(who), local_id=number, traits=traits, state=state)
        with self.writing(who, "A28") as writing:
            return feed.register(writing, told)

    def record(self, who: str, number: str) -> SourceRecord:
        with self.reading() as tx:
            found = find_record(tx, local_domain(who), number)
        assert found is not None
        return found

    def person(self, mpi: str) -> Person:
        with self.reading() as tx:
            return look.person(tx, mpi).person

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self.reading() as tx:
            rows = tx.execute(f"SELECT * FROM patient_{table}").fetchall()  # noqa: S608 - our own tables
        return [dict(row) for row in rows]

    def state(self) -> bytes:
        """Everything that is believed, byte for byte; revision and time are not: they go on."""
        said = {
            table: sorted(
                repr(sorted((k, v) for k, v in row.items() if k not in ONLY_UP))
                for row in self.rows(table)
            )
            for table in TABLES
        }
        return msgspec.json.encode(said)

    def close(self) -> None:
        self.world.close()
