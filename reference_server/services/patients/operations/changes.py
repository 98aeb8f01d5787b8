"""What an event of the history changed, and which of it a subscriber is told (IHE PMIR ITI-93)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.index import Person, SourceRecord, Standing
from reference_server.services.patients.model.subscription import Became, Change, Subscriber
from reference_server.services.patients.model.traits import Identifier, local_domain
from reference_server.services.patients.store.events import first_event, records_in
from reference_server.services.patients.store.persons import get_person
from reference_server.services.patients.store.records import get_record


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A person of an event, who stands for them now, and the event's own records."""

    person: Person
    stands: Person
    records: tuple[SourceRecord, ...]

    def numbers(self) -> set[Identifier]:
        """Return the numbers by which the person is or was known."""
        own = {each.local_identifier for each in self.records}
        return own | {*self.person.traits.identifiers, *self.stands.traits.identifiers}


def changes_for(
    tx: Transaction, subscriber: Subscriber, event: int, persons: Sequence[str]
) -> tuple[Change, ...]:
    """Return what a subscriber hears of an event: whoever stands first, who is gone last.

    An organisation hears of its own patients only, and once more of those who are no longer.
    """
    domain = local_domain(subscriber.organisation)
    found = (get_record(tx, number) for number in records_in(tx, event))
    records = tuple(each for each in found if each is not None)
    told = (
        Change(
            person=each.person,
            became=_became(tx, each.person, event),
            is_theirs=_has_number(each.stands, domain),
        )
        for each in _known(tx, persons, records)
        if concerns(each, subscriber.criteria)
        and (_has_number(each.stands, domain) or any(one.domain == domain for one in records))
    )
    return tuple(sorted(told, key=_is_gone))


def _is_gone(change: Change) -> bool:
    return change.person.standing is not Standing.ACTIVE


def _known(
    tx: Transaction, persons: Sequence[str], records: tuple[SourceRecord, ...]
) -> Iterator[_Known]:
    for mpi in persons:
        person = get_person(tx, mpi)
        stands = person
        while stands is not None and stands.replaced_by is not None:
            stands = get_person(tx, stands.replaced_by)
        if person is not None and stands is not None:
            yield _Known(person=person, stands=stands, records=records)


def _became(tx: Transaction, person: Person, event: int) -> Became:
    if person.standing is Standing.DEACTIVATED:
        return Became.REMOVED
    is_new = person.standing is Standing.ACTIVE and first_event(tx, person.mpi) == event
    return Became.CREATED if is_new else Became.UPDATED


def _has_number(person: Person, domain: str) -> bool:
    return any(one.system == domain for one in person.traits.identifiers)


def concerns(known: _Known, criteria: str) -> bool:
    """Tell whether a person is one of those that criteria name, or stood for one of them."""
    name, _, value = criteria.removeprefix("Patient").removeprefix("?").partition("=")
    if name == "_id":
        return value in {known.person.mpi, known.stands.mpi}
    if name == "identifier":
        system, has_system, number = value.rpartition("|")
        return any(
            (not has_system or each.system == system) and number in {"", each.value}
            for each in known.numbers()
        )
    if name == "organization":
        domain = local_domain(value.removeprefix("Organization/"))
        return any(each.system == domain for each in known.numbers())
    return True
