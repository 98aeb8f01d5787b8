"""An open write to the index: whose, why, in which transaction; and what every change ends with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from reference_server.kernel.store import Transaction
from reference_server.ports import AUDIT, AuditEntry, AuditOutcome
from reference_server.services.patients.errors import PersonUnknown
from reference_server.services.patients.model.index import (
    Actor,
    Event,
    EventKind,
    IdentityState,
    Person,
    SourceRecord,
    Standing,
)
from reference_server.services.patients.model.traits import Identifier, Traits
from reference_server.services.patients.rules.survivorship import state_of, survivor
from reference_server.services.patients.store.events import add_event
from reference_server.services.patients.store.persons import (
    get_person,
    is_taken,
    owned_by,
    put_person,
    settle_owners,
    take_free,
)
from reference_server.services.patients.store.records import claims_of, records_of
from reference_server.services.patients.store.words import put_words
from reference_server.world import World

_PERSON_DIGITS: Final = 10
_FEWEST: Final = 10 ** (_PERSON_DIGITS - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One change to the index, inside a write transaction that the face opened.

    `why` is the reason that a person gave, or the event of the message (`A28`, `create`); `now`
    the time of the change: UTC, ISO 8601 with microseconds.
    """

    world: World
    tx: Transaction
    actor: Actor
    why: str = ""
    now: str = field(init=False)

    def __post_init__(self) -> None:
        """Look at the clock once: all of a change is of one time."""
        at = self.world.clock.wire_now().isoformat(timespec="microseconds")
        object.__setattr__(self, "now", at)


def new_mpi(writing: Writing) -> str:
    """Return a free MPI identifier: 10 digits that tell nothing, the first is not zero."""
    while True:
        drawn = int.from_bytes(writing.world.randomness.bytes(8), "big")
        mpi = str(_FEWEST + drawn % (9 * _FEWEST))
        if not is_taken(writing.tx, mpi):
            return mpi


def found_person(writing: Writing, mpi: str) -> Person:
    """Return a person; raises PersonUnknown."""
    person = get_person(writing.tx, mpi)
    if person is None:
        raise PersonUnknown(mpi=mpi[:_PERSON_DIGITS])
    return person


def settle(
    writing: Writing, persons: Iterable[str], records: Iterable[SourceRecord | None]
) -> None:
    """Make what is believed true again after records changed or moved.

    `records` are the changed ones as they were and as they are: whose their numbers are is decided
    anew. Everything but revision and time follows from the records alone.
    """
    claimed: set[Identifier] = set()
    for record in records:
        claimed.update(() if record is None else claims_of(record))
    affected = settle_owners(writing.tx, claimed) | set(persons)
    for mpi in sorted(affected):
        _renew(writing, mpi)


def settle_first(writing: Writing, record: SourceRecord) -> Person | None:
    """Do what `settle` does for the first record of a new person, in fewer steps; return who it is.

    None where it took more than these.
    Numbers that are nobody's have no claim but this one: nothing about them is to be decided.
    """
    claimed = claims_of(record)
    if not take_free(writing.tx, record.person, claimed):
        settle(writing, (record.person,), (record,))
        return None
    fresh = _believed(writing, record.person, (record,), set(claimed), before=None)
    put_person(writing.tx, fresh)
    put_words(writing.tx, record.person, Traits(), fresh.traits)
    return fresh


def _renew(writing: Writing, mpi: str) -> None:
    before = get_person(writing.tx, mpi)
    records = records_of(writing.tx, mpi)
    active = (each for each in records if each.standing is Standing.ACTIVE)
    owned = owned_by(writing.tx, mpi, (one for each in active for one in claims_of(each)))
    fresh = _believed(writing, mpi, records, owned, before=before)
    if before is None or _said(before) != _said(fresh):
        put_person(writing.tx, fresh)
        put_words(writing.tx, mpi, Traits() if before is None else before.traits, fresh.traits)


def _believed(
    writing: Writing,
    mpi: str,
    records: Sequence[SourceRecord],
    owned: set[Identifier],
    *,
    before: Person | None,
) -> Person:
    active = [each for each in records if each.standing is Standing.ACTIVE]
    claimed = {one for each in active for one in claims_of(each)}
    return Person(
        mpi=mpi,
        traits=survivor(records, owned),
        state=state_of(records),
        standing=Standing.ACTIVE if active else _gone(before, has_records=bool(records)),
        replaced_by=None if records or before is None else before.replaced_by,
        contested=tuple(sorted(claimed - owned)),
        revision=1 if before is None else before.revision + 1,
        touched_at=writing.now,
    )


def _gone(before: Person | None, *, has_records: bool) -> Standing:
    """Return the standing of a person without an active record."""
    if before is not None and before.replaced_by is not None and not has_records:
        return Standing.MERGED
    return Standing.DEACTIVATED


def _said(person: Person) -> Person:
    return replace(person, revision=0, touched_at="")


def retire(writing: Writing, mpi: str, kept: str) -> None:
    """Let a person without records stand for another one."""
    person = found_person(writing, mpi)
    retired = replace(
        person,
        traits=Traits(),
        state=IdentityState.PROVISIONAL,
        standing=Standing.MERGED,
        replaced_by=kept,
        contested=(),
        revision=person.revision + 1,
        touched_at=writing.now,
    )
    put_person(writing.tx, retired)
    put_words(writing.tx, mpi, person.traits, retired.traits)


def _matricule(writing: Writing, people: tuple[str, ...]) -> str | None:
    person = get_person(writing.tx, people[0]) if people else None
    return None if person is None else person.traits.matricule


def note(
    writing: Writing,
    kind: EventKind,
    *,
    persons: Iterable[str],
    records: Iterable[int] = (),
    before: str = "",
    after: str = "",
    detail: str = "",
    believed: Person | None = None,
) -> int:
    """Write what was done into the history and the audit trail; return the event's number.

    `believed` is the first of `persons` as kept, where that is at hand.
    """
    people = tuple(dict.fromkeys(persons))
    event = Event(
        number=0,
        at=writing.now,
        kind=kind,
        subject=writing.actor.subject,
        organisation=writing.actor.organisation,
        why=writing.why,
        persons=people,
        records=tuple(records),
        before=before,
        after=after,
        detail=detail,
    )
    number = add_event(writing.tx, event)
    entry = AuditEntry(
        action=f"identity-{kind}",
        outcome=AuditOutcome.SUCCESS,
        request_id=writing.actor.correlation,
        caller=writing.actor.caller,
        patient=believed.traits.matricule if believed else _matricule(writing, people),
        entities=tuple(f"Patient/{each}" for each in people),
    )
    writing.world.port(AUDIT).record(writing.tx, entry)
    return number
