"""QBP: whose numbers are these (Q23), and who is this (Q22); answers from the index."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from reference_server.hl7v2.er7 import Message, Segment, part, segment
from reference_server.kernel.store import Transaction
from reference_server.national.identifiers import MATRICULE
from reference_server.services.patients.errors.messages import (
    AuthorityMissing,
    AuthorityUnknown,
    ContinuationUnknown,
    MessageFieldMissing,
    MessageFieldWrong,
    QueryNumberUnknown,
    QueryParameterUnknown,
    QueryTooBroad,
)
from reference_server.services.patients.mllp.answers import Reply, respond
from reference_server.services.patients.mllp.feed import namespaces
from reference_server.services.patients.mllp.pid import (
    date_of,
    identifiers,
    write_number,
    write_pid,
)
from reference_server.services.patients.mllp.tables import QUERY_FIELDS, SEX
from reference_server.services.patients.model.index import Domain, Person, Standing
from reference_server.services.patients.model.search import Condition, Fact, How, Sought, Word
from reference_server.services.patients.model.traits import PERSON_IDENTIFIER, Identifier
from reference_server.services.patients.operations import look
from reference_server.services.patients.operations.search import search
from reference_server.services.patients.store.domains import get_domain
from reference_server.services.patients.store.messages import Asking, keep_rest, rest_of
from reference_server.services.patients.store.persons import get_person
from reference_server.services.patients.store.records import numbers_of

MOST_FOUND: Final = 500
MOST_AT_ONCE: Final = 100
KEPT: Final = timedelta(minutes=15)
_SHOWN: Final = 64
_NAMELESS: Final = "~^^^^^^S"
"""PID-5 of an answer to Q23: IHE ITI TF-2 §3.9.4.2.2.6 wants no name there."""
_CONDITIONS: Final[dict[str, Word | Fact]] = {
    "@PID.5.1": Word.FAMILY,
    "@PID.5.1.1": Word.FAMILY,
    "@PID.5.2": Word.GIVEN,
    "@PID.6.1": Word.MOTHER,
    "@PID.6.1.1": Word.MOTHER,
    "@PID.11.1": Word.STREET,
    "@PID.11.1.1": Word.STREET,
    "@PID.11.3": Word.CITY,
    "@PID.11.5": Word.POSTAL_CODE,
    "@PID.11.6": Fact.COUNTRY,
    "@PID.13.1": Word.TELECOM,
    "@PID.13.12": Word.TELECOM,
}


def cross_reference(
    tx: Transaction, message: Message, sender: Domain, reply: Reply
) -> tuple[bytes, tuple[Person, ...]]:
    """Answer Q23 (ITI-9): the numbers of the person of a number, in the domains asked for.

    Raises AuthorityMissing, AuthorityUnknown, MessageFieldMissing, QueryNumberUnknown.
    """
    qpd = _query(message)
    asked = tuple(identifiers(qpd, 3, known=namespaces(sender), place="QPD^1^3"))
    if not asked or not asked[0].value:
        raise MessageFieldMissing(field="QPD-3", expression="QPD^1^3")
    known = asked[0]
    _check_known(tx, sender, known.system, "QPD^1^3^1^4")
    wanted = _domains(tx, qpd, 4, sender)
    person = look.by_identifier(tx, known)
    numbers = {} if person is None else numbers_of(tx, person.mpi)
    gone = numbers.get(known, Standing.ACTIVE) is not Standing.ACTIVE
    if person is None or gone or person.standing is not Standing.ACTIVE:
        raise QueryNumberUnknown(domain=known.system[:_SHOWN], expression="QPD^1^3^1^1")
    told = look.cross_references(tx, person, domains=wanted, numbers=numbers)
    others = [write_number(one) for one in told if one != known]
    if not others:
        return respond(reply, status="NF"), (person,)
    pid = segment("PID", "", "", "~".join(others), "", _NAMELESS)
    return respond(reply, status="OK", found=(pid,), total=1), (person,)


def demographics(
    tx: Transaction, message: Message, sender: Domain, reply: Reply, *, asking: Asking
) -> tuple[bytes, tuple[Person, ...]]:
    """Answer Q22 (ITI-21): the persons who fit, so many at once, and where to go on.

    Raises AuthorityUnknown, ContinuationUnknown, MessageFieldMissing, MessageFieldWrong,
    QueryParameterUnknown, QueryTooBroad.
    """
    qpd = _query(message)
    wanted = _domains(tx, qpd, 8, sender)
    pointer = _continued(message)
    if pointer:
        since = (reply.now - KEPT).isoformat()
        rest = rest_of(tx, pointer, asking, since=since)
        if rest is None:
            raise ContinuationUnknown(pointer=pointer[:_SHOWN], expression="DSC^1^1")
        found = tuple(p for p in (get_person(tx, mpi) for mpi in rest) if p is not None)
    else:
        found = _sought(tx, qpd, sender)
    found = tuple(
        each
        for each in found
        if each.standing is Standing.ACTIVE
        and (not wanted or look.cross_references(tx, each, domains=wanted))
    )
    page, left = _page(message, found)
    more = ""
    if left:
        more = reply.control_id
        keep_rest(tx, more, asking, tuple(each.mpi for each in left), at=reply.now.isoformat())
    pids = (_pid(tx, each, wanted, number) for number, each in enumerate(page, 1))
    status = "OK" if page else "NF"
    return respond(reply, status=status, found=pids, more=more, total=len(found)), page


def question_of(message: Message) -> tuple[str, str]:
    """Return the tag of a query (QPD-2), and a digest of what it asks."""
    qpd = message.first("QPD")
    if qpd is None:
        return "", ""
    asked = f"{qpd.field(1)}|{qpd.field(3)}|{qpd.field(8)}"
    return qpd.value(2), hashlib.sha256(asked.encode()).hexdigest()


def _query(message: Message) -> Segment:
    qpd = message.first("QPD")
    for number in (1, 2, 3):
        if qpd is None or not qpd.field(number):
            raise MessageFieldMissing(field=f"QPD-{number}", expression=f"QPD^1^{number}")
    assert qpd is not None  # noqa: S101 - the loop above told mypy nothing
    return qpd


def _continued(message: Message) -> str:
    dsc = message.first("DSC")
    return "" if dsc is None else dsc.value(1)


def _page(
    message: Message, found: Sequence[Person]
) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    rcp = message.first("RCP")
    quantity = "" if rcp is None else rcp.value(2)
    if quantity and not (quantity.isascii() and quantity.isdigit() and int(quantity) > 0):
        raise MessageFieldWrong(field="RCP-2", expression="RCP^1^2")
    most = min(int(quantity), MOST_AT_ONCE) if quantity else MOST_AT_ONCE
    return tuple(found[:most]), tuple(found[most:])


def _pid(tx: Transaction, person: Person, wanted: tuple[str, ...], number: int) -> str:
    told = look.cross_references(tx, person, domains=wanted)
    return write_pid(person.traits, told, state=person.state, number=number)


def _domains(tx: Transaction, qpd: Segment, field: int, sender: Domain) -> tuple[str, ...]:
    """Return the domains whose numbers are asked for; raises AuthorityUnknown."""
    found = []
    for number, text in enumerate(qpd.repetitions(field), 1):
        place = f"QPD^1^{field}^{number}"
        namespace, oid = (part(text, 4, n, qpd.delimiters) for n in (1, 2))
        system = f"urn:oid:{oid}" if oid else namespaces(sender).get(namespace, "")
        _check_known(tx, sender, system, place, shown=oid or namespace)
        found.append(system)
    return tuple(found)


def _check_known(
    tx: Transaction, sender: Domain, system: str, place: str, *, shown: str = ""
) -> None:
    known = (PERSON_IDENTIFIER, MATRICULE, sender.oid)
    if system not in known and get_domain(tx, system) is None:
        told = shown or system.removeprefix("urn:oid:")
        raise AuthorityUnknown(authority=told[:_SHOWN] or "-", expression=place)


def _sought(tx: Transaction, qpd: Segment, sender: Domain) -> tuple[Person, ...]:
    told = dict(_parameters(qpd))
    for name in told:
        if name not in QUERY_FIELDS:
            raise QueryParameterUnknown(name=name[:_SHOWN], expression="QPD^1^3")
    if not told:
        raise MessageFieldMissing(field="QPD-3", expression="QPD^1^3")
    sought = Sought(conditions=tuple(_conditions(told)), persons=_persons(tx, told, sender))
    found = search(tx, sought, most=MOST_FOUND)
    if found.after is not None:
        raise QueryTooBroad(most=MOST_FOUND, expression="QPD^1^3")
    return found.persons


def _parameters(qpd: Segment) -> Iterator[tuple[str, str]]:
    for text in qpd.repetitions(3):
        name, value = (part(text, n, 1, qpd.delimiters) for n in (1, 2))
        if value:
            yield name, value


def _conditions(told: dict[str, str]) -> Iterator[Condition]:
    yield Condition(on=Fact.ACTIVE, values=("true",), how=How.EQUALS)
    for name, value in told.items():
        if name in ("@PID.7", "@PID.7.1"):
            values = (date_of(value, "QPD-3"),)
            yield Condition(on=Word.BIRTH_DATE, values=values, how=How.EQUALS)
        elif name == "@PID.8":
            if value not in SEX:
                raise MessageFieldWrong(field="QPD-3", expression="QPD^1^3")
            yield Condition(on=Fact.SEX, values=(SEX[value],), how=How.EQUALS)
        elif name in _CONDITIONS:
            how = How.STARTS if value.endswith("*") else How.EQUALS
            yield Condition(on=_CONDITIONS[name], values=(value.rstrip("*"),), how=how)


def _persons(tx: Transaction, told: dict[str, str], sender: Domain) -> tuple[str, ...] | None:
    """Return whose the number is that is asked for; None where none is."""
    value = told.get("@PID.3.1")
    if value is None:
        return None
    oid = told.get("@PID.3.4.2", "")
    namespace = told.get("@PID.3.4.1") or told.get("@PID.3.4", "")
    if not oid and not namespace:
        raise AuthorityMissing(field="@PID.3.4", expression="QPD^1^3")
    system = f"urn:oid:{oid}" if oid else namespaces(sender).get(namespace, "")
    _check_known(tx, sender, system, "QPD^1^3", shown=oid or namespace)
    found = look.by_identifier(tx, Identifier(system=system, value=value))
    return () if found is None else (found.mpi,)
