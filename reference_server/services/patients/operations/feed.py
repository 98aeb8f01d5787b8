"""What sources tell of their patients: create, update, deactivate, a changed number."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from reference_server.services.patients.errors import NotStanding, NumberTaken, RecordUnknown
from reference_server.services.patients.model.comparison import Candidate, Comparison, Zone
from reference_server.services.patients.model.index import (
    Domain,
    EventKind,
    IdentityState,
    SourceRecord,
    Standing,
    Submission,
)
from reference_server.services.patients.model.traits import STRICT
from reference_server.services.patients.operations.match import (
    Near,
    best_by_person,
    decided_different,
    near,
)
from reference_server.services.patients.operations.moves import move
from reference_server.services.patients.operations.worklist import raise_pairs
from reference_server.services.patients.operations.writing import (
    Writing,
    new_mpi,
    note,
    settle,
    settle_first,
)
from reference_server.services.patients.rules.matching.features import features
from reference_server.services.patients.rules.submission import (
    check_domain,
    check_local_id,
    check_submission,
)
from reference_server.services.patients.store.domains import get_domain
from reference_server.services.patients.store.records import (
    find_record,
    next_number,
    put_record,
    records_of,
)
from reference_server.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """What became of a submission.

    `kind` is created, updated or unchanged; `person` the MPI identifier that the record is linked
    to; `linked_by` the comparison that linked it without anybody looking, None where none did;
    `possible` the persons that went to the worklist with it.
    """

    kind: EventKind
    record: int
    person: str
    linked_by: Comparison | None = None
    possible: tuple[Candidate, ...] = ()


def check(world: World, submissions: Iterable[Submission]) -> None:
    """See that what is told of patients can be taken.

    Raises LocalIdWrong, NameMissing, TraitWrong, MatriculeWrong, MatriculePossiblyReal.
    """
    today = world.clock.wire_now().date()
    for each in submissions:
        check_submission(each, today=today, settings=world.settings)


def register(
    writing: Writing,
    submission: Submission,
    *,
    domain: Domain | None = None,
    checked: bool = False,
) -> Fed:
    """Create or renew a source record, link it where the policy allows, and say what came of it.

    A28, A31, A01, A04, A05, A08, ITI-104: all are this, and sending the same again changes
    nothing. The record keeps what is told now and nothing of before. A new record is linked to the
    one person that is *certain*, else to a new one; what is *possible* goes to the worklist.
    `domain` is the submission's, where whoever calls has it; `checked`: `check` was passed.
    Raises DomainUnknown, DomainForeign, LocalIdWrong, NameMissing, TraitWrong, MatriculeWrong,
    MatriculePossiblyReal, NotStanding.
    """
    if domain is None or domain.oid != submission.domain:
        domain = get_domain(writing.tx, submission.domain)
    domain = check_domain(domain, submission.domain, writing.actor)
    if not checked:
        check(writing.world, (submission,))
    before = find_record(writing.tx, submission.domain, submission.local_id)
    if before is None:
        return _create(writing, submission, domain.trust)
    if before.standing is not Standing.ACTIVE:
        raise NotStanding(value=submission.local_id)
    return _renew(writing, before, submission, domain.trust)


def deactivate(writing: Writing, domain: str, local_id: str) -> SourceRecord:
    """Let a record no longer stand: it is neither matched nor believed; its number stays known.

    Raises DomainUnknown, DomainForeign, RecordUnknown, NotStanding.
    """
    record = own_record(writing, domain, local_id)
    if record.standing is not Standing.ACTIVE:
        raise NotStanding(value=local_id)
    return _stand(writing, record, Standing.DEACTIVATED, EventKind.DEACTIVATED)


def reactivate(writing: Writing, domain: str, local_id: str) -> SourceRecord:
    """Undo `deactivate`; raises as it does."""
    record = own_record(writing, domain, local_id)
    if record.standing is not Standing.DEACTIVATED:
        raise NotStanding(value=local_id)
    return _stand(writing, record, Standing.ACTIVE, EventKind.REACTIVATED)


def change_number(writing: Writing, domain: str, local_id: str, new: str) -> SourceRecord:
    """Give a record another local number (A47); the old one is nobody's afterwards.

    Raises DomainUnknown, DomainForeign, RecordUnknown, NotStanding, LocalIdWrong, NumberTaken.
    """
    record = own_record(writing, domain, local_id)
    check_local_id(new)
    if record.standing is not Standing.ACTIVE:
        raise NotStanding(value=local_id)
    if find_record(writing.tx, domain, new) is not None:
        raise NumberTaken(value=new)
    renamed = replace(record, local_id=new)
    put_record(writing.tx, renamed, before=record)
    settle(writing, (record.person,), (record, renamed))
    note(
        writing,
        EventKind.RENAMED,
        persons=(record.person,),
        records=(record.number,),
        before=local_id,
        after=new,
    )
    return renamed


def own_record(writing: Writing, domain: str, local_id: str) -> SourceRecord:
    """Return a record of the actor's own domain; DomainUnknown, DomainForeign, RecordUnknown."""
    check_domain(get_domain(writing.tx, domain), domain, writing.actor)
    record = find_record(writing.tx, domain, local_id)
    if record is None:
        raise RecordUnknown(domain=domain, value=local_id[:64])
    return record


def _create(writing: Writing, submission: Submission, trust: int) -> Fed:
    found = near(writing.tx, features(submission.traits), domain=submission.domain)
    chosen = _chosen(found)
    record = SourceRecord(
        number=next_number(writing.tx),
        domain=submission.domain,
        local_id=submission.local_id,
        person=new_mpi(writing) if chosen is None else chosen.person,
        traits=submission.traits,
        trust=trust,
        state=submission.state or IdentityState.PROVISIONAL,
        revised_at=writing.now,
    )
    put_record(writing.tx, record, before=None)
    believed = None
    if chosen is None:
        believed = settle_first(writing, record)
    else:
        settle(writing, (record.person,), (record,))
    note(
        writing,
        EventKind.CREATED,
        persons=(record.person,),
        records=(record.number,),
        after=record.person,
        detail=_linked_by(chosen),
        believed=believed,
    )
    return Fed(
        kind=EventKind.CREATED,
        record=record.number,
        person=record.person,
        linked_by=None if chosen is None else chosen.comparison,
        possible=raise_pairs(writing, record, found, new=True),
    )


def _renew(writing: Writing, before: SourceRecord, submission: Submission, trust: int) -> Fed:
    state = submission.state or _state_after(before, submission)
    if (before.traits, before.state, before.trust) == (submission.traits, state, trust):
        return Fed(kind=EventKind.UNCHANGED, record=before.number, person=before.person)
    record = replace(
        before, traits=submission.traits, state=state, trust=trust, revised_at=writing.now
    )
    put_record(writing.tx, record, before=before)
    settle(writing, (record.person,), (before, record))
    note(
        writing,
        EventKind.UPDATED,
        persons=(record.person,),
        records=(record.number,),
        detail=msgspec.json.encode(before).decode(),
    )
    found = near(
        writing.tx,
        features(record.traits),
        but_person=record.person,
        domain=record.domain,
        different=decided_different(writing.tx, record.person),
    )
    chosen = _chosen(found) if _is_alone(writing, record) else None
    if chosen is not None:
        move(writing, (record,), chosen.person, kind=EventKind.LINKED, detail=_linked_by(chosen))
        record = replace(record, person=chosen.person)
    return Fed(
        kind=EventKind.UPDATED,
        record=record.number,
        person=record.person,
        linked_by=None if chosen is None else chosen.comparison,
        possible=raise_pairs(writing, record, found),
    )


def _chosen(found: list[Near]) -> Near | None:
    """Return the one person that is certain."""
    best = best_by_person(found)
    return best[0] if best and best[0].comparison.zone is Zone.CERTAIN else None


def _is_alone(writing: Writing, record: SourceRecord) -> bool:
    """Tell whether nothing else is linked to the person: only then may an update link it."""
    return len(records_of(writing.tx, record.person)) == 1


def _state_after(before: SourceRecord, submission: Submission) -> IdentityState:
    """Return the state when nothing is said of it: what was verified must not have changed."""
    same = all(
        getattr(before.traits, trait) == getattr(submission.traits, trait) for trait in STRICT
    )
    return before.state if same else IdentityState.PROVISIONAL


def _stand(
    writing: Writing, record: SourceRecord, standing: Standing, kind: EventKind
) -> SourceRecord:
    changed = replace(record, standing=standing)
    put_record(writing.tx, changed, before=record)
    settle(writing, (record.person,), (record, changed))
    note(writing, kind, persons=(record.person,), records=(record.number,))
    return changed


def _linked_by(chosen: Near | None) -> str:
    return "" if chosen is None else msgspec.json.encode(chosen.comparison).decode()
