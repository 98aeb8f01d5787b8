"""Who hears of changes to patients of theirs, and how far they heard, in the store."""

from dataclasses import dataclass
from typing import Any

from reference_server.kernel.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """An organisation that is told at `told` (`mllp://host:port`) of its own patients.

    `heard` is the last event of the history that it took; after `failures` in a row it is tried
    again from `next_try` on (UTC, ISO 8601).
    """

    organisation: str
    told: str
    heard: int
    failures: int = 0
    next_try: str = ""


def subscribe(tx: Transaction, organisation: str, told: str) -> None:
    """Tell an organisation of what happens from now on; one that is told already goes on."""
    row = tx.execute("SELECT max(number) AS number FROM patient_event").fetchone()
    tx.execute(
        "INSERT INTO patient_subscriber (id, kind, organisation, told, heard, failures, next_try,"
        " standing, resource) VALUES (?, 'mllp', ?, ?, ?, 0, '', 'active', ?)"
        " ON CONFLICT (id) DO UPDATE SET told = excluded.told, failures = 0, next_try = ''",
        (f"mllp:{organisation}", organisation, told, int(row["number"] or 0), b"{}"),
    )


def due(tx: Transaction, now: str) -> tuple[Subscriber, ...]:
    """Return who may be told now."""
    rows = tx.execute(
        "SELECT * FROM patient_subscriber WHERE kind = 'mllp' AND next_try <= ? ORDER BY id",
        (now,),
    )
    return tuple(map(_subscriber, rows))


def claim(tx: Transaction, waiting: Subscriber, until: str) -> bool:
    """Take a subscriber for oneself until a time; false where another process was quicker."""
    done = tx.execute(
        "UPDATE patient_subscriber SET next_try = ? WHERE id = ? AND next_try = ? AND heard = ?",
        (until, f"mllp:{waiting.organisation}", waiting.next_try, waiting.heard),
    )
    return done.rowcount == 1


def keep_heard(tx: Transaction, told: Subscriber) -> None:
    """Keep how far an organisation heard, and when it is tried again."""
    tx.execute(
        "UPDATE patient_subscriber SET heard = ?, failures = ?, next_try = ? WHERE id = ?",
        (told.heard, told.failures, told.next_try, f"mllp:{told.organisation}"),
    )


def events_after(tx: Transaction, number: int, most: int) -> tuple[tuple[int, str], ...]:
    """Return event and person of what happened since, oldest first."""
    rows = tx.execute(
        "SELECT event, person FROM patient_event_person WHERE event > ? AND event <= ?"
        " ORDER BY event, person",
        (number, number + most),
    )
    return tuple((int(row["event"]), str(row["person"])) for row in rows)


def last_event_number(tx: Transaction) -> int:
    """Return the number of the last event."""
    row = tx.execute("SELECT max(number) AS number FROM patient_event").fetchone()
    return int(row["number"] or 0)


def _subscriber(row: Any) -> Subscriber:  # noqa: ANN401 - a row of the store
    return Subscriber(
        organisation=row["organisation"],
        told=row["told"],
        heard=row["heard"],
        failures=row["failures"],
        next_try=row["next_try"],
    )
