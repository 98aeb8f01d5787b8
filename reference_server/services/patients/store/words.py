"""Who is found by which word, in the store; what a word is comes from the rules."""

from collections.abc import Iterator
from typing import ClassVar, Final

from reference_server.kernel.gathered import Gathered
from reference_server.kernel.rows import delete, insert, insert_many
from reference_server.kernel.store import SqlValue, Transaction
from reference_server.services.patients.model.index import Person
from reference_server.services.patients.model.search import Condition, Found, How, Sought, Word
from reference_server.services.patients.model.traits import Traits
from reference_server.services.patients.rules.words import folded, fulfils, words
from reference_server.services.patients.store.persons import get_person, person_of

_NOTHING: Final = Traits()
_AT_ONCE: Final = 500
MOST_LOOKED_AT: Final = 20_000
"""How many persons are looked at for one page of a search by what holds of too many."""
_ENOUGH: Final = 2000
_AFTER_ALL: Final = "\U0010ffff"
_INDEXED: Final = frozenset({How.STARTS, How.EQUALS, How.EXACT})


def put_words(tx: Transaction, mpi: str, before: Traits, after: Traits) -> None:
    """Let a person be found by what is believed now, and no longer by what was."""
    if isinstance(tx, Gathered) and before == _NOTHING:
        tx.waiting(WordsWaiting).of.append((mpi, after))
        return
    had, has = words(before), words(after)
    gone = [(word, value, mpi) for word, value in sorted(had - has)]
    delete(tx, "patient_word", "word, value, person", gone)
    insert(
        tx,
        "patient_word",
        "word, value, person",
        [(word, value, mpi) for word, value in sorted(has - had)],
        conflict="(word, value, person) DO NOTHING",
    )


class WordsWaiting:
    """Who is found by which words for the first time."""

    tables: ClassVar = frozenset({"patient_word"})

    def __init__(self) -> None:
        self.of: list[tuple[str, Traits]] = []

    def write(self, tx: Transaction, /) -> None:
        waiting, self.of = self.of, []
        rows = sorted((word, value, mpi) for mpi, told in waiting for word, value in words(told))
        insert_many(
            tx,
            "patient_word",
            "word, value, person",
            rows,
            conflict="(word, value, person) DO NOTHING",
        )


def find(tx: Transaction, sought: Sought, *, after: str = "", most: int) -> Found:
    """Return at most `most` persons who fulfil all conditions, from behind `after` on."""
    found: list[Person] = []
    for looked, person in enumerate(_candidates(tx, sought, after), 1):
        if all(fulfils(person, each) for each in sought.conditions):
            if len(found) == most:
                return Found(persons=tuple(found), after=found[-1].mpi)
            found.append(person)
        if looked >= MOST_LOOKED_AT:
            return Found(persons=tuple(found), after=person.mpi)
    return Found(persons=tuple(found), after=None)


def _candidates(tx: Transaction, sought: Sought, after: str) -> Iterator[Person]:
    if sought.persons is not None:
        told = (get_person(tx, mpi) for mpi in sorted(set(sought.persons)) if mpi > after)
        yield from (each for each in told if each is not None)
        return
    chosen = _narrowest(tx, sought)
    sql, values = ("", []) if chosen is None else _under(chosen)
    inner = "" if chosen is None else f" AND mpi IN (SELECT person FROM patient_word WHERE {sql})"  # noqa: S608 - our own names
    while True:
        rows = tx.execute(
            f"SELECT * FROM patient_person WHERE mpi > ?{inner} ORDER BY mpi LIMIT ?",  # noqa: S608 - our own names
            (after, *values, _AT_ONCE),
        ).fetchall()
        for row in rows:
            yield person_of(row)
        if len(rows) < _AT_ONCE:
            return
        after = str(rows[-1]["mpi"])


def _narrowest(tx: Transaction, sought: Sought) -> Condition | None:
    """Return the condition that fewest persons fulfil, of those that have words."""
    able = [
        each for each in sought.conditions if isinstance(each.on, Word) and each.how in _INDEXED
    ]
    if len(able) < 2:  # noqa: PLR2004 - nothing to choose between
        return next(iter(able), None)
    return min(able, key=lambda each: _count(tx, each))


def _count(tx: Transaction, condition: Condition) -> int:
    sql, values = _under(condition)
    row = tx.execute(
        f"SELECT count(*) AS n FROM (SELECT 1 FROM patient_word WHERE {sql} LIMIT ?) AS found",  # noqa: S608 - our own names
        (*values, _ENOUGH),
    ).fetchone()
    return int(row["n"])


def _under(condition: Condition) -> tuple[str, list[SqlValue]]:
    several: list[str] = []
    values: list[SqlValue] = [str(condition.on)]
    is_date = condition.on is Word.BIRTH_DATE
    for value in condition.values:
        start = value if is_date else folded(value)
        if condition.how is How.STARTS or is_date or condition.how is How.EXACT:
            several.append("(value >= ? AND value < ?)")
            values.extend((start, start + _AFTER_ALL))
        else:
            several.append("value = ?")
            values.append(start)
    return f"word = ? AND ({' OR '.join(several)})", values
