"""Records moved from one person to another: link, unlink, merge, unmerge. Nothing is ever lost.

What is believed of a person follows from the records linked to them, so a move and the move back
leave everything as it was, but for revision and time.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reference_server.national.identifiers import MATRICULE
from reference_server.ports.identity import FOLLOWERS, IdentityChange
from reference_server.services.patients.errors import (
    AlreadyMerged,
    DecidedDifferent,
    NotMerged,
    NotStanding,
    RecordUnknown,
    SamePerson,
)
from reference_server.services.patients.model.index import (
    EventKind,
    Person,
    SourceRecord,
    Standing,
)
from reference_server.services.patients.operations.writing import (
    Writing,
    found_person,
    new_mpi,
    note,
    retire,
    settle,
)
from reference_server.services.patients.rules.submission import check_reason
from reference_server.services.patients.store.events import history, last_event, retirement
from reference_server.services.patients.store.pairs import different_from
from reference_server.services.patients.store.persons import get_person
from reference_server.services.patients.store.records import (
    get_record,
    put_record,
    records_of,
    relink,
)

_FARTHEST: Final = 1000


def link(writing: Writing, record: int, person: str) -> None:
    """Link a record to a person (A24): because somebody decided so, and says why.

    A person who has no record left stands for the other one from then on. Raises ReasonMissing,
    RecordUnknown, NotStanding, PersonUnknown, AlreadyMerged, SamePerson, DecidedDifferent.
    """
    check_reason(writing.why)
    moved, kept = _standing_record(writing, record), _standing_person(writing, person)
    if moved.person == kept.mpi:
        raise SamePerson
    _forbid_decided(writing, (moved,), records_of(writing.tx, kept.mpi))
    move(writing, (moved,), kept.mpi, kind=EventKind.LINKED)


def unlink(writing: Writing, record: int) -> str:
    """Take a record from its person (A37) and return whose it is then.

    Its former person stands again where it had one before a link; else it is a new one. Raises
    ReasonMissing, RecordUnknown, NotStanding, SamePerson where nothing else is linked.
    """
    check_reason(writing.why)
    moved = _standing_record(writing, record)
    if len(records_of(writing.tx, moved.person)) == 1:
        raise SamePerson
    target = _former(writing, moved) or new_mpi(writing)
    move(writing, (moved,), target, kind=EventKind.UNLINKED)
    return target


def unlink_from(writing: Writing, record: int, person: str) -> str:
    """Do what `unlink` does, if the record is still this person's; else raises RecordUnknown."""
    found = get_record(writing.tx, record)
    if found is None or found.person != person:
        raise RecordUnknown(domain="", value=str(record))
    return unlink(writing, record)


def merge(writing: Writing, *, kept: str, replaced: str) -> int:
    """Let `kept` stand for `replaced` from now on; return the number of the event.

    All records move; every service that follows is told in the same transaction. Raises
    ReasonMissing, PersonUnknown, AlreadyMerged, SamePerson, DecidedDifferent.
    """
    check_reason(writing.why)
    one, other = _standing_person(writing, kept), _standing_person(writing, replaced)
    if one.mpi == other.mpi:
        raise SamePerson
    moved = records_of(writing.tx, other.mpi)
    _forbid_decided(writing, moved, records_of(writing.tx, one.mpi))
    return move(writing, moved, one.mpi, kind=EventKind.MERGED)


def unmerge(writing: Writing, replaced: str) -> None:
    """Undo the merge that made a person stand for another: their records come back.

    Also through later merges. Not those that somebody has linked elsewhere since. Raises
    ReasonMissing, PersonUnknown, NotMerged.
    """
    check_reason(writing.why)
    person = found_person(writing, replaced)
    event = last_event(writing.tx, replaced, EventKind.MERGED, before=replaced)
    if event is None or person.standing is not Standing.MERGED or person.replaced_by is None:
        raise NotMerged(mpi=replaced)
    holder = survivor_of(writing, person.replaced_by)
    found = (get_record(writing.tx, number) for number in event.records)
    back = [each for each in found if each is not None and each.person == holder.mpi]
    if not back:
        raise NotMerged(mpi=replaced)
    move(writing, back, replaced, kind=EventKind.UNMERGED)


def merge_records(writing: Writing, *, kept: SourceRecord, retired: SourceRecord) -> None:
    """Merge two records of one domain (A40): the source says that they are one patient.

    The retired record keeps its number and what it told, and stands for nothing. It goes where
    the kept one is; a person who has no other record is merged with it. Raises NotStanding,
    SamePerson.
    """
    if kept.number == retired.number:
        raise SamePerson
    for each in (kept, retired):
        if each.standing is not Standing.ACTIVE:
            raise NotStanding(value=each.local_id)
    if retired.person != kept.person:
        alone = len(records_of(writing.tx, retired.person)) == 1
        kind = EventKind.MERGED if alone else EventKind.LINKED
        move(writing, (retired,), kept.person, kind=kind)
    before = replace(retired, person=kept.person)
    merged = replace(before, standing=Standing.MERGED, replaced_by=kept.number)
    put_record(writing.tx, merged, before=before)
    settle(writing, (kept.person,), (before, merged))
    note(
        writing,
        EventKind.RECORDS_MERGED,
        persons=(kept.person, retired.person),
        records=(retired.number, kept.number),
        before=retired.person,
        after=kept.person,
    )


def unmerge_records(writing: Writing, retired: SourceRecord) -> str:
    """Undo `merge_records`: the record stands again, for whom it stood; return who that is.

    Raises NotMerged.
    """
    if retired.standing is not Standing.MERGED:
        raise NotMerged(mpi=retired.person)
    active = replace(retired, standing=Standing.ACTIVE, replaced_by=None)
    put_record(writing.tx, active, before=retired)
    settle(writing, (retired.person,), (retired, active))
    before = _person_before(writing, retired)
    target = retired.person
    if before != retired.person:
        person = found_person(writing, before)
        if person.replaced_by is not None:
            unmerge(writing, before)
        else:
            move(writing, (active,), before, kind=EventKind.UNLINKED)
        target = before
    note(
        writing,
        EventKind.RECORDS_UNMERGED,
        persons=(target, retired.person),
        records=(retired.number,),
        before=retired.person,
        after=target,
    )
    return target


def survivor_of(writing: Writing, mpi: str) -> Person:
    """Return who stands for a person in the end."""
    person = found_person(writing, mpi)
    for _ in range(_FARTHEST):
        if person.replaced_by is None:
            return person
        person = found_person(writing, person.replaced_by)
    raise RuntimeError(f"merges of {mpi} go round in a circle")


def move(
    writing: Writing,
    records: Sequence[SourceRecord],
    person: str,
    *,
    kind: EventKind,
    detail: str = "",
) -> int:
    """Link records to a person, settle both, and write it down; return the event's number."""
    before = records[0].person
    source, target = found_person(writing, before), get_person(writing.tx, person)
    if target is not None and target.replaced_by is not None:
        _undo_followers(writing, target)
    for record in records:
        relink(writing.tx, record.number, person)
    emptied = not records_of(writing.tx, before)
    if emptied:
        retire(writing, before, person)
    settle(writing, (before, person), records)
    number = note(
        writing,
        kind,
        persons=(person, before),
        records=(record.number for record in records),
        before=before,
        after=person,
        detail=detail,
    )
    if emptied:
        _tell_merged(writing, number, source, target)
    return number


def _tell_merged(writing: Writing, number: int, source: Person, target: Person | None) -> None:
    if target is None:  # a person made for the record: nothing was known under it
        return
    change = IdentityChange(
        number=number,
        replaced=source.mpi,
        kept=target.mpi,
        matricules=matricules(source),
        matricule=target.traits.matricule,
    )
    for port in FOLLOWERS:
        writing.world.port(port).merged(writing.tx, change)


def _undo_followers(writing: Writing, person: Person) -> None:
    """Let the followers undo what made a person stand for another, before that is undone."""
    event = retirement(writing.tx, person.mpi)
    if event is None:
        return
    change = IdentityChange(
        number=event.number,
        replaced=person.mpi,
        kept=event.after,
        matricules=(),
        matricule=None,
    )
    for port in FOLLOWERS:
        writing.world.port(port).unmerged(writing.tx, change)


def matricules(person: Person) -> tuple[str, ...]:
    """Return the national numbers that are a person's."""
    return tuple(one.value for one in person.traits.identifiers if one.system == MATRICULE)


def _standing_record(writing: Writing, number: int) -> SourceRecord:
    record = get_record(writing.tx, number)
    if record is None:
        raise RecordUnknown(domain="", value=str(number))
    if record.standing is not Standing.ACTIVE:
        raise NotStanding(value=record.local_id)
    return record


def _standing_person(writing: Writing, mpi: str) -> Person:
    person = found_person(writing, mpi)
    if person.standing is not Standing.ACTIVE:
        raise AlreadyMerged(mpi=mpi)
    return person


def _forbid_decided(
    writing: Writing, some: Sequence[SourceRecord], others: Sequence[SourceRecord]
) -> None:
    """Refuse to make one of what somebody decided to be two."""
    apart = different_from(writing.tx, (each.number for each in some))
    if any(each.number in apart for each in others):
        raise DecidedDifferent


def _former(writing: Writing, record: SourceRecord) -> str | None:
    """Return for whom a record stood before it was linked or merged to its person."""
    came = [
        event
        for event in history(writing.tx, record.person)
        if event.after == record.person
        and event.before not in ("", record.person)
        and record.number in event.records
    ]
    return came[-1].before if came else None


def _person_before(writing: Writing, record: SourceRecord) -> str:
    """Return for whom a record stood when it was merged into another of its domain."""
    event = next(
        (
            each
            for each in reversed(history(writing.tx, record.person))
            if each.kind is EventKind.RECORDS_MERGED and each.records[0] == record.number
        ),
        None,
    )
    return record.person if event is None else event.before
