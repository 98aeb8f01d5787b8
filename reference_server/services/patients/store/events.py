"""The history: what happened to whom, in the store; it only grows."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec

from reference_server.kernel.gathered import Gathered
from reference_server.kernel.rows import insert_many
from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.index import Event, EventKind

_COLUMNS: Final = "number, at, kind, subject, organisation, why, before, after, records, detail"
_records: Final = msgspec.json.Decoder(tuple[int, ...])


def add_event(tx: Transaction, event: Event) -> int:
    """Write an event down and return its number; the one given is not looked at."""
    if not isinstance(tx, Gathered):
        number = _last(tx) + 1
        _write(tx, ((number, event),))
        return number
    waiting = tx.waiting(EventsWaiting)
    number = 1 + (waiting.events[-1][0] if waiting.events else _last(tx.beneath))
    waiting.events.append((number, event))
    return number


class EventsWaiting:
    """Events, each with its number."""

    tables: ClassVar = frozenset({"patient_event", "patient_event_person"})

    def __init__(self) -> None:
        self.events: list[tuple[int, Event]] = []

    def write(self, tx: Transaction, /) -> None:
        events, self.events = self.events, []
        _write(tx, events)


def _last(tx: Transaction) -> int:
    row = tx.execute("SELECT max(number) AS number FROM patient_event").fetchone()
    return int(row["number"] or 0)


def _write(tx: Transaction, events: Sequence[tuple[int, Event]]) -> None:
    told = [
        (
            number,
            event.at,
            event.kind,
            event.subject,
            event.organisation,
            event.why,
            event.before,
            event.after,
            msgspec.json.encode(event.records),
            event.detail.encode(),
        )
        for number, event in events
    ]
    insert_many(tx, "patient_event", _COLUMNS, told)
    of = [(who, number) for number, event in events for who in dict.fromkeys(event.persons)]
    insert_many(tx, "patient_event_person", "person, event", of)


def history(tx: Transaction, person: str) -> tuple[Event, ...]:
    """Return what happened to a person, oldest first."""
    rows = tx.execute(
        "SELECT e.* FROM patient_event e JOIN patient_event_person p ON p.event = e.number"
        " WHERE p.person = ? ORDER BY e.number",
        (person,),
    ).fetchall()
    return tuple(_event(tx, row) for row in rows)


def last_event(tx: Transaction, person: str, kind: EventKind, *, before: str) -> Event | None:
    """Return the last event of a kind in which a person was the one `before`."""
    row = tx.execute(
        "SELECT e.* FROM patient_event e JOIN patient_event_person p ON p.event = e.number"
        " WHERE p.person = ? AND e.kind = ? AND e.before = ? ORDER BY e.number DESC LIMIT 1",
        (person, kind, before),
    ).fetchone()
    return None if row is None else _event(tx, row)


def retirement(tx: Transaction, person: str) -> Event | None:
    """Return the last event by which a person lost the last record to another one."""
    row = tx.execute(
        "SELECT e.* FROM patient_event e JOIN patient_event_person p ON p.event = e.number"
        " WHERE p.person = ? AND e.before = ? AND e.after <> '' AND e.kind <> 'records-merged'"
        " ORDER BY e.number DESC LIMIT 1",
        (person, person),
    ).fetchone()
    return None if row is None else _event(tx, row)


def first_event(tx: Transaction, person: str) -> int:
    """Return the number of the event by which a person came into the index."""
    row = tx.execute(
        "SELECT min(event) AS event FROM patient_event_person WHERE person = ?", (person,)
    ).fetchone()
    return int(row["event"] or 0)


def records_in(tx: Transaction, number: int) -> tuple[int, ...]:
    """Return the records that an event was about."""
    row = tx.execute("SELECT records FROM patient_event WHERE number = ?", (number,)).fetchone()
    return () if row is None else _records.decode(row["records"])


def _event(tx: Transaction, row: Any) -> Event:  # noqa: ANN401 - a row of the store
    persons = tx.execute(
        "SELECT person FROM patient_event_person WHERE event = ? ORDER BY person", (row["number"],)
    )
    return Event(
        number=row["number"],
        at=row["at"],
        kind=EventKind(row["kind"]),
        subject=row["subject"],
        organisation=row["organisation"],
        why=row["why"],
        persons=tuple(str(each["person"]) for each in persons.fetchall()),
        records=_records.decode(row["records"]),
        before=row["before"],
        after=row["after"],
        detail=bytes(row["detail"]).decode(),
    )
