"""Who hears of changes to patients of theirs, and how far they heard, in the store."""

from collections.abc import Mapping
from typing import Any

import msgspec

from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.subscription import Channel, Subscriber


def subscribe(tx: Transaction, organisation: str, told: str) -> None:
    """Tell an organisation of what happens from now on; one that is told already goes on."""
    tx.execute(
        "INSERT INTO patient_subscriber (id, kind, organisation, told, heard, failures, next_try,"
        " standing, resource) VALUES (?, 'mllp', ?, ?, ?, 0, '', 'active', ?)"
        " ON CONFLICT (id) DO UPDATE SET told = excluded.told, failures = 0, next_try = ''",
        (f"mllp:{organisation}", organisation, told, last_event_number(tx), b"{}"),
    )


def due(tx: Transaction, now: str) -> tuple[Subscriber, ...]:
    """Return who may be told now."""
    rows = tx.execute(
        "SELECT * FROM patient_subscriber WHERE next_try <= ? AND standing <> 'off' ORDER BY id",
        (now,),
    )
    return tuple(map(_subscriber, rows))


def claim(tx: Transaction, waiting: Subscriber, until: str) -> bool:
    """Take a subscriber for oneself until a time; false where another process was quicker."""
    done = tx.execute(
        "UPDATE patient_subscriber SET next_try = ? WHERE id = ? AND next_try = ? AND heard = ?",
        (until, waiting.id, waiting.next_try, waiting.heard),
    )
    return done.rowcount == 1


def keep_heard(tx: Transaction, told: Subscriber) -> None:
    """Keep how far an organisation heard, and when it is tried again."""
    tx.execute(
        "UPDATE patient_subscriber SET heard = ?, failures = ?, next_try = ? WHERE id = ?",
        (told.heard, told.failures, told.next_try, told.id),
    )


def events_after(tx: Transaction, number: int, most: int) -> tuple[tuple[int, str], ...]:
    """Return event and person of what changed somebody since, oldest first."""
    rows = tx.execute(
        "SELECT p.event, p.person FROM patient_event_person p"
        " JOIN patient_event e ON e.number = p.event"
        " WHERE p.event > ? AND p.event <= ?"
        " AND e.kind NOT IN ('decided-different', 'decision-withdrawn', 'deferred')"
        " ORDER BY p.event, p.person",
        (number, number + most),
    )
    return tuple((int(row["event"]), str(row["person"])) for row in rows)


def last_event_number(tx: Transaction) -> int:
    """Return the number of the last event."""
    row = tx.execute("SELECT max(number) AS number FROM patient_event").fetchone()
    return int(row["number"] or 0)


def subscribe_by_fhir(
    tx: Transaction, identifier: str, organisation: str, *, told: str, wish: Mapping[str, str]
) -> Subscriber:
    """Tell an organisation at a URL of what happens from now on; `wish` is criteria and reason."""
    tx.execute(
        "INSERT INTO patient_subscriber (id, kind, organisation, told, heard, failures, next_try,"
        " standing, resource) VALUES (?, 'fhir', ?, ?, ?, 0, '', 'active', ?)",
        (identifier, organisation, told, last_event_number(tx), msgspec.json.encode(wish)),
    )
    made = get_subscription(tx, identifier)
    assert made is not None  # noqa: S101 - just written
    return made


def change_subscription(
    tx: Transaction, identifier: str, *, told: str, is_off: bool, wish: Mapping[str, str]
) -> Subscriber:
    """Tell by another wish, or not for the time being; how far it heard stays as it is."""
    tx.execute(
        "UPDATE patient_subscriber SET told = ?, standing = ?, resource = ?, failures = 0,"
        " next_try = '' WHERE kind = 'fhir' AND id = ?",
        (told, "off" if is_off else "active", msgspec.json.encode(wish), identifier),
    )
    changed = get_subscription(tx, identifier)
    assert changed is not None  # noqa: S101 - just written
    return changed


def get_subscription(tx: Transaction, identifier: str) -> Subscriber | None:
    """Return a FHIR Subscription by its id."""
    row = tx.execute(
        "SELECT * FROM patient_subscriber WHERE kind = 'fhir' AND id = ?", (identifier,)
    ).fetchone()
    return None if row is None else _subscriber(row)


def subscriptions_of(tx: Transaction, organisation: str) -> tuple[Subscriber, ...]:
    """Return the FHIR Subscriptions of an organisation."""
    rows = tx.execute(
        "SELECT * FROM patient_subscriber WHERE kind = 'fhir' AND organisation = ? ORDER BY id",
        (organisation,),
    )
    return tuple(map(_subscriber, rows))


def drop_subscription(tx: Transaction, identifier: str) -> None:
    """Forget a FHIR Subscription."""
    tx.execute("DELETE FROM patient_subscriber WHERE kind = 'fhir' AND id = ?", (identifier,))


def _subscriber(row: Any) -> Subscriber:  # noqa: ANN401 - a row of the store
    return Subscriber(
        id=row["id"],
        channel=Channel(row["kind"]),
        organisation=row["organisation"],
        told=row["told"],
        heard=row["heard"],
        failures=row["failures"],
        next_try=row["next_try"],
        is_off=row["standing"] == "off",
        **msgspec.json.decode(row["resource"], type=dict[str, str]),
    )
