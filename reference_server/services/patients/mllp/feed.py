"""ADT: what a source tells of its patients, handed to the operations of the index."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reference_server.hl7v2.er7 import Message, Segment
from reference_server.kernel.store import Transaction
from reference_server.national.identifiers import MATRICULE
from reference_server.services.patients.errors import DomainForeign, RecordUnknown
from reference_server.services.patients.errors.messages import AuthorityUnknown, OwnNumberMissing
from reference_server.services.patients.mllp.pid import identifiers, read_state, read_traits
from reference_server.services.patients.mllp.tables import Act
from reference_server.services.patients.model.index import Domain, SourceRecord, Submission
from reference_server.services.patients.model.traits import (
    OLD_MATRICULE,
    PERSON_IDENTIFIER,
    Identifier,
)
from reference_server.services.patients.operations import feed, look, moves
from reference_server.services.patients.operations.writing import Writing
from reference_server.services.patients.store.domains import get_domain

_PERSONAL = frozenset({PERSON_IDENTIFIER, MATRICULE, OLD_MATRICULE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers of a CX field: the sender's own one, and all the others."""

    own: str
    others: tuple[Identifier, ...]


def perform(
    writing: Writing,
    message: Message,
    sender: Domain,
    act: Act,
    *,
    submission: Submission | None = None,
) -> None:
    """Do what a message of a feed tells; raises the refusals of messages and operations.

    `submission` is what it tells of a patient and was checked, where that is to be registered.
    """
    match act:
        case Act.REGISTER:
            told = submission or submission_of(writing.tx, message, sender)
            feed.register(writing, told, domain=sender, checked=submission is not None)
        case Act.MERGE:
            for pid, mrg in _pairs(message):
                kept = _record(writing, pid, sender, "PID^1^3")
                retired = _record(writing, mrg, sender, "MRG^1^1")
                moves.merge_records(writing, kept=kept, retired=retired)
        case Act.RENAME:
            for pid, mrg in _pairs(message):
                old = numbers(writing.tx, mrg, sender, "MRG^1^1").own
                new = numbers(writing.tx, pid, sender, "PID^1^3").own
                feed.change_number(writing, sender.oid, old, new)
        case _:
            _associate(writing, message, sender, act)


def namespaces(sender: Domain) -> dict[str, str]:
    """Return the namespaces that stand for a domain without its OID."""
    return {
        "MATRICULE": MATRICULE,
        "MPI": PERSON_IDENTIFIER,
        sender.organisation: sender.oid,
    }


def numbers(tx: Transaction, told: Segment, sender: Domain, place: str) -> Numbers:
    """Return the numbers of the field at `place`, one of which is the sender's own.

    Raises AuthorityMissing, AuthorityUnknown, DomainForeign, OwnNumberMissing.
    """
    field = int(place.rpartition("^")[2])
    found = tuple(identifiers(told, field, known=namespaces(sender), place=place))
    for position, each in enumerate(found, 1):
        if each.system != sender.oid:
            _check_authority(tx, each, sender, f"{place}^{position}^4")
    own = [each.value for each in found if each.system == sender.oid]
    if len(own) != 1:
        field_name = f"{told.name}-{field}"
        raise OwnNumberMissing(field=field_name, expression=place)
    return Numbers(own=own[0], others=tuple(one for one in found if one.system != sender.oid))


def _check_authority(tx: Transaction, one: Identifier, sender: Domain, place: str) -> None:
    if one.system in _PERSONAL:
        return
    domain = get_domain(tx, one.system)
    if domain is None:
        oid = one.system.removeprefix("urn:oid:")
        raise AuthorityUnknown(authority=oid[:64], expression=place)
    if domain.organisation not in ("", sender.organisation):
        raise DomainForeign(domain=domain.oid, expression=place)


def submission_of(tx: Transaction, message: Message, sender: Domain) -> Submission:
    """Return what a message tells of the sender's patient; raises the refusals of PID."""
    pid = _first(message.segments, "PID")
    told = numbers(tx, pid, sender, "PID^1^3")
    return Submission(
        domain=sender.oid,
        local_id=told.own,
        traits=read_traits(pid, told.others),
        state=read_state(pid),
    )


def _associate(writing: Writing, message: Message, sender: Domain, act: Act) -> None:
    """A24: the first PID's record to the person of the second; A37: away from that person."""
    first, second = list(message.all("PID"))[:2]
    record = _record(writing, first, sender, "PID^1^3")
    person = _person(writing, second, sender)
    if act is Act.LINK:
        moves.link(writing, record.number, person)
    elif record.person == person:
        moves.unlink(writing, record.number)
    else:
        raise RecordUnknown(domain=sender.oid, value=record.local_id, expression="PID^2^3")


def _person(writing: Writing, pid: Segment, sender: Domain) -> str:
    known = namespaces(sender)
    told = tuple(identifiers(pid, 3, known=known, place="PID^2^3"))
    for position, each in enumerate(told, 1):
        _check_authority(writing.tx, each, sender, f"PID^2^3^{position}^4")
        found = look.by_identifier(writing.tx, each)
        if found is not None:
            return found.mpi
    raise RecordUnknown(domain=sender.oid, value="-", expression="PID^2^3")


def _record(writing: Writing, told: Segment, sender: Domain, place: str) -> SourceRecord:
    own = numbers(writing.tx, told, sender, place).own
    try:
        return feed.own_record(writing, sender.oid, own)
    except RecordUnknown as refusal:
        refusal.expression = place
        raise


def _pairs(message: Message) -> Iterator[tuple[Segment, Segment]]:
    """Give each MRG with the PID before it."""
    pid: Segment | None = None
    for each in message.segments:
        if each.name == "PID":
            pid = each
        elif each.name == "MRG" and pid is not None:
            yield pid, each


def _first(segments: Sequence[Segment], name: str) -> Segment:
    return next(each for each in segments if each.name == name)
