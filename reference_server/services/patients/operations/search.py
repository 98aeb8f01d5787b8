"""Persons found by what is believed of them (ITI-21, ITI-78)."""

from typing import Final

from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.search import Found, Sought
from reference_server.services.patients.model.traits import Traits
from reference_server.services.patients.store.persons import person_of
from reference_server.services.patients.store.words import find, put_words
from reference_server.world import World

_COMPLETE: Final = "patient-words"
_AT_ONCE: Final = 1000


def search(tx: Transaction, sought: Sought, *, after: str = "", most: int) -> Found:
    """Return persons who fulfil all conditions, in the order of their MPI identifiers."""
    return find(tx, sought, after=after, most=most)


def complete_words(world: World) -> None:
    """Let persons be found who were kept before words were: once for a World, in small parts."""
    if world.state.get(_COMPLETE):
        return
    last = ""
    while True:
        with world.store.write() as tx:
            rows = tx.execute(
                "SELECT * FROM patient_person WHERE mpi > ? ORDER BY mpi LIMIT ?", (last, _AT_ONCE)
            ).fetchall()
            for person in map(person_of, rows):
                put_words(tx, person.mpi, Traits(), person.traits)
                last = person.mpi
        if len(rows) < _AT_ONCE:
            break
    world.state.raise_to(_COMPLETE, 1)
