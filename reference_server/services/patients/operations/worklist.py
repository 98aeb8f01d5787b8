"""Pairs that a person must look at: what is open, and what was decided, by whom and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reference_server.kernel.store import Transaction
from reference_server.services.patients.errors import PairUnknown
from reference_server.services.patients.model.comparison import (
    Candidate,
    Comparison,
    Decision,
    Pair,
)
from reference_server.services.patients.model.index import (
    EventKind,
    IdentityState,
    Person,
    SourceRecord,
)
from reference_server.services.patients.operations.match import (
    Near,
    best_by_person,
    frequencies_for,
)
from reference_server.services.patients.operations.moves import merge
from reference_server.services.patients.operations.writing import Writing, note
from reference_server.services.patients.rules.matching.features import features
from reference_server.services.patients.rules.matching.policy import compare
from reference_server.services.patients.rules.submission import check_reason
from reference_server.services.patients.store.pairs import (
    count_unsettled,
    drop_pair,
    get_pair,
    pairs_of,
    put_pair,
    unsettled,
)
from reference_server.services.patients.store.persons import get_person
from reference_server.services.patients.store.records import get_record, records_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A pair as an identity officer sees it: both records and both persons."""

    pair: Pair
    records: tuple[SourceRecord, SourceRecord]
    persons: tuple[Person, Person]


def doubts(
    tx: Transaction, *, decision: Decision = Decision.OPEN, skip: int = 0, most: int = 50
) -> tuple[Doubt, ...]:
    """Return what awaits a decision, or what was decided so, of records that still stand apart.

    The likeliest first; `total` tells how many there are.
    """
    pairs = unsettled(tx, (decision,), skip=skip, most=most)
    found = (_doubt(tx, pair) for pair in pairs)
    return tuple(each for each in found if each is not None)


def total(tx: Transaction, decision: Decision = Decision.OPEN) -> int:
    """Return how many pairs await a decision, or were decided so."""
    return count_unsettled(tx, decision)


def doubt(tx: Transaction, one: int, other: int) -> Doubt:
    """Return one pair, whatever was decided; raises PairUnknown."""
    pair = get_pair(tx, one, other)
    found = None if pair is None else _doubt(tx, pair)
    if found is None:
        raise PairUnknown
    return found


def decide_same(writing: Writing, one: int, other: int, *, kept: str | None = None) -> str:
    """Decide that two records are of one person, and merge; return who stands from now on.

    `kept` is one of the two persons; without it the surer and older one. Raises PairUnknown,
    ReasonMissing, SamePerson, AlreadyMerged, and DecidedDifferent until that was withdrawn.
    """
    found = doubt(writing.tx, one, other)
    persons = {each.mpi: each for each in found.persons}
    stays = kept if kept in persons else better(found).mpi
    goes = next((mpi for mpi in persons if mpi != stays), stays)
    merge(writing, kept=stays, replaced=goes)
    return stays


def decide_different(writing: Writing, one: int, other: int) -> None:
    """Decide that two records are not of one person: remembered, and never asked again.

    The same holds for every other pair between the two persons. Raises PairUnknown, ReasonMissing.
    """
    found = doubt(writing.tx, one, other)
    for pair in _between(writing, found):
        _decide(writing, pair, Decision.DIFFERENT)
    _note(writing, found, EventKind.DECIDED_DIFFERENT)


def defer(writing: Writing, one: int, other: int) -> None:
    """Put a pair aside until somebody knows more; raises PairUnknown, ReasonMissing."""
    found = doubt(writing.tx, one, other)
    _decide(writing, found.pair, Decision.DEFERRED)
    _note(writing, found, EventKind.DEFERRED)


def withdraw(writing: Writing, one: int, other: int) -> None:
    """Take back what was decided: the pair is open again; raises PairUnknown, ReasonMissing."""
    found = doubt(writing.tx, one, other)
    for pair in _between(writing, found):
        _decide(writing, pair, Decision.OPEN)
    _note(writing, found, EventKind.DECISION_WITHDRAWN)


def raise_pairs(
    writing: Writing, record: SourceRecord, found: Sequence[Near], *, new: bool = False
) -> tuple[Candidate, ...]:
    """Put what a record is near to on the worklist; what it is no longer near to is taken off.

    What somebody decided stays as it is, whatever the score says now. Of a `new` record nothing
    can be on it. Returns the persons.
    """
    best = [each for each in best_by_person(found) if each.person != record.person]
    now = {each.record for each in best}
    pairs = () if new else pairs_of(writing.tx, record.number)
    held = {_other(pair, record.number): pair for pair in pairs}
    for number, pair in held.items():
        if number not in now and pair.decision is Decision.OPEN:
            drop_pair(writing.tx, pair)
    for each in best:
        before = held.get(each.record)
        if before is None or before.comparison != each.comparison:
            put_pair(writing.tx, _pair(writing, record.number, each, before))
    return tuple(
        Candidate(person=each.person, record=each.record, comparison=each.comparison)
        for each in best
    )


def explain(tx: Transaction, one: SourceRecord, other: SourceRecord) -> Comparison:
    """Compare two records as they are now, whatever was found when they came."""
    ours, theirs = features(one.traits), features(other.traits)
    return compare(ours, theirs, frequencies_for(tx, ours))


def _pair(writing: Writing, number: int, near: Near, before: Pair | None) -> Pair:
    if before is not None:
        return replace(before, comparison=near.comparison)
    return Pair(
        low=min(number, near.record),
        high=max(number, near.record),
        decision=Decision.OPEN,
        comparison=near.comparison,
        found_at=writing.now,
    )


def _decide(writing: Writing, pair: Pair, decision: Decision) -> None:
    check_reason(writing.why)
    put_pair(
        writing.tx,
        replace(
            pair,
            decision=decision,
            decided_by=writing.actor.subject,
            decided_at=writing.now,
            why=writing.why,
        ),
    )


def _between(writing: Writing, found: Doubt) -> Iterator[Pair]:
    """Give the pair and every other one between the same two persons."""
    yield found.pair
    if found.persons[0].mpi == found.persons[1].mpi:
        return
    target = found.records[1].person
    for mine in records_of(writing.tx, found.records[0].person):
        for pair in pairs_of(writing.tx, mine.number):
            theirs = get_record(writing.tx, _other(pair, mine.number))
            if pair != found.pair and theirs is not None and theirs.person == target:
                yield pair


def _note(writing: Writing, found: Doubt, kind: EventKind) -> None:
    note(
        writing,
        kind,
        persons=(each.mpi for each in found.persons),
        records=(each.number for each in found.records),
    )


def _doubt(tx: Transaction, pair: Pair) -> Doubt | None:
    low, high = get_record(tx, pair.low), get_record(tx, pair.high)
    if low is None or high is None:
        return None
    one, other = get_person(tx, low.person), get_person(tx, high.person)
    if one is None or other is None:
        return None
    return Doubt(pair=pair, records=(low, high), persons=(one, other))


def better(found: Doubt) -> Person:
    """Return whom a merge keeps: the surer identity, then the one with the older record."""
    ranks = tuple(IdentityState)
    first, second = found.persons
    if ranks.index(second.state) > ranks.index(first.state):
        return second
    return first


def _other(pair: Pair, number: int) -> int:
    return pair.high if pair.low == number else pair.low
