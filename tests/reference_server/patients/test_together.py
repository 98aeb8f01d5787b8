"""Messages done together: what is kept and answered is what it would be one by one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from random import Random

import pytest

from reference_server.population.country.mistakes import duplicate
from reference_server.population.country.people import inhabitants
from reference_server.ports import AUDIT
from reference_server.services.patients.mllp.pid import write_pid
from reference_server.services.patients.model.index import IdentityState
from reference_server.services.patients.model.traits import Identifier, Traits, local_domain
from tests.reference_server.patients.index import ANNA, EAST, NORTH, SOUTH, TABLES, Index
from tests.reference_server.patients.speaking import Speaker, adt, cx

WHO = (NORTH, SOUTH, EAST)
KEPT = (*TABLES, "event", "event_person", "word")
MPI = re.compile(r"\b[1-9][0-9]{9}\b")
AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+]+")


def told(event: str, control: str, own: Identifier, traits: Traits) -> bytes:
    pid = write_pid(traits, (own, *traits.identifiers), state=IdentityState.PROVISIONAL)
    return adt(event, control, pid, who=own.system.split(".")[-2])


def number(who: str, value: str) -> Identifier:
    return Identifier(system=local_domain(who), value=value)


def day_of_a_feed() -> Iterator[bytes]:
    """Give households, the same people from others, changes, repetitions, merges, new numbers."""
    random = Random(5)  # noqa: S311 - the same messages each time
    people = list(inhabitants(60, seed=3))
    for each in people:
        at, who = each.number, WHO[each.number % 3]
        own = number(who, f"P{at}")
        yield told("A28", f"a{at}", own, each.traits)
        if at % 2:
            other = number(WHO[(at + 1) % 3], f"D{at}")
            yield told("A28", f"b{at}", other, duplicate(each, random).traits)
        if at % 5 == 4:
            moved = replace(each.traits, addresses=people[at - 3].traits.addresses)
            yield told("A31", f"c{at}", own, moved)
            yield told("A28", f"a{at}", own, each.traits)
        if at % 10 == 9:
            kept, gone = cx(f"P{at}", who), cx(f"P{at - 3}", who)
            yield adt("A40", f"d{at}", f"PID|1||{kept}", f"MRG|{gone}", who=who)
            yield adt("A47", f"e{at}", f"PID|1||{cx(f'N{at}', who)}", f"MRG|{kept}", who=who)
    yield adt("A47", "f", f"PID|1||{cx('N59', NORTH)}", f"MRG|{cx('P1', NORTH)}")


def left(index: Index, answers: Sequence[bytes]) -> list[str]:
    """Return everything that is kept, and what was answered, with names for random numbers."""
    texts = [f"{table} {row}" for table in KEPT for row in map(repr, index.rows(table))]
    with index.reading() as tx:
        trail = index.world.port(AUDIT)
        assert trail.broken_at(tx) is None
        texts += [f"{each.number} {each.entry}" for each in trail.entries(tx)]
        for table in ("audit_search", "audit_reference"):
            rows = tx.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own names
            texts += [f"{table} {tuple(row)}" for row in rows]
    first: dict[str, int] = {}
    for row in index.rows("event_person"):
        first[row["person"]] = min(row["event"], first.get(row["person"], row["event"]))
    names = {person: f"person {event}" for person, event in first.items()}
    texts = [MPI.sub(lambda found: names.get(found[0], found[0]), each) for each in texts]
    fields = [answer.split(b"|") for answer in answers]
    said = [b"|".join((*each[:6], *each[7:9], *each[10:])) for each in fields]
    return [*sorted(AT.sub("then", each) for each in texts), *map(repr, said)]


def fed(*, together: int) -> list[str]:
    """Return what such a feed leaves behind in an index of its own."""
    index = Index()
    try:
        speaker, messages, answers = Speaker(index), day_of_a_feed(), list[bytes]()
        while some := list(islice(messages, together)):
            answers += speaker.all(some)
        return left(index, answers)
    finally:
        index.close()


@pytest.fixture(scope="module")
def one_by_one() -> list[str]:
    return fed(together=1)


@pytest.mark.parametrize("together", [7, 64])
def test_a_feed_done_together_leaves_what_it_leaves_one_by_one(
    one_by_one: list[str], together: int
) -> None:
    assert fed(together=together) == one_by_one
    for kind in ("identity-updated", "identity-records-merged", "identity-renamed", "MSA|AE"):
        assert any(kind in each for each in one_by_one), kind


def test_two_who_are_one_are_linked_though_they_come_at_once(index: Index) -> None:
    answers = Speaker(index).all(
        [told("A28", "1", number(who, "P"), ANNA) for who in (NORTH, SOUTH)]
    )
    assert all(b"MSA|AA|" in each for each in answers)
    assert index.record(NORTH, "P").person == index.record(SOUTH, "P").person


def test_the_same_message_twice_at_once_is_done_once_and_answered_the_same(index: Index) -> None:
    message = told("A28", "1", number(NORTH, "P"), ANNA)
    first, second = Speaker(index).all([message, message])
    assert first == second
    assert [row["kind"] for row in index.rows("event")] == ["created"]
