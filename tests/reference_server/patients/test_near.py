"""Both databases find the same people by the same keys, and answer `$match` byte for byte alike."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from random import Random

import msgspec
import pytest

from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Store
from reference_server.population.country.mistakes import duplicate
from reference_server.population.country.people import inhabitants
from reference_server.services.patients.model.traits import Traits
from reference_server.services.patients.operations.match import match
from reference_server.services.patients.rules.matching.features import features
from reference_server.services.patients.rules.matching.keys import Reach, passes
from reference_server.services.patients.store.near import counts, look_up
from reference_server.services.patients.store.records import ALL
from test_suites.proof.identity.index import fill, open_index
from tests.reference_server.postgres import Cluster

PEOPLE = tuple(inhabitants(1500, seed=7))


@pytest.fixture(scope="module")
def stores(postgres: Cluster) -> Iterator[tuple[Store, ...]]:
    with ExitStack() as stack:
        places = (":memory:", postgres.database())
        opened = [stack.enter_context(open_index(each)) for each in places]
        for store in opened:
            fill(store, (each.traits for each in PEOPLE))
        assert {each.dialect for each in opened} == set(Dialect)
        yield tuple(opened)


def sought() -> Iterator[Traits]:
    """Faulty records of people who are there, without the national number for every other one."""
    random = Random(7)  # noqa: S311 - repeatable on purpose
    for number, each in enumerate(random.sample(PEOPLE, 150)):
        faulty = duplicate(each, random).traits
        yield faulty if number % 2 else replace(faulty, identifiers=())


def test_both_databases_answer_a_question_byte_for_byte_alike(stores: tuple[Store, ...]) -> None:
    found = 0
    for traits in sought():
        told = []
        for store in stores:
            with store.read() as tx:
                told.append(match(tx, traits))
        found += len(told[0])
        one, other = map(msgspec.json.encode, told)
        assert one == other
    assert found > 100


def test_keys_reach_equally_far_in_both_databases(stores: tuple[Store, ...]) -> None:
    crowds = set()
    random = Random(11)  # noqa: S311 - repeatable on purpose
    for traits in sought():
        # Reaches so short that some keys find alone, some only together, and some nothing.
        short = {
            key: Reach(alone, alone + random.randrange(6))
            for key in passes(features(traits))
            for alone in (random.randrange(4),)
        }
        told = []
        for store in stores:
            with store.read() as tx:
                told.append(look_up(tx, short, (ALL,)))
        assert told[0] == told[1]
        crowds.add(len(told[0][0]))
    assert len(crowds) > 5


@pytest.mark.parametrize(
    "names",
    [
        (),
        (ALL,),
        (("family", "schmit"), ("given", "maria"), ("family", "nobody"), ALL),
        (("family", 'a"b\\{}'), ("given", "")),
    ],
)
def test_names_are_counted_alike_in_both_databases(
    stores: tuple[Store, ...], names: tuple[tuple[str, str], ...]
) -> None:
    told = []
    for store in stores:
        with store.read() as tx:
            told.append(counts(tx, names))
            assert look_up(tx, {}, names) == ([], told[-1])
    assert told[0] == told[1]
    assert told[0].get(ALL, len(PEOPLE)) == len(PEOPLE)


def test_postgresql_knows_what_was_taken_in_before_anybody_asks(stores: tuple[Store, ...]) -> None:
    asked = "SELECT DISTINCT tablename FROM pg_stats WHERE schemaname = current_schema()"
    for store in stores:
        if store.dialect is Dialect.POSTGRES:
            with store.read() as tx:
                known = {row["tablename"] for row in tx.execute(asked)}
            assert known >= {"patient_record", "patient_key", "patient_count", "patient_word"}
