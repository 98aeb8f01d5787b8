"""Looking for prescriptions in the World's store; knows no rule and no FHIR."""

from dataclasses import dataclass
from datetime import datetime

from reference_server.kernel.store import SqlValue, Transaction
from reference_server.services.prescriptions.model import Prescription, State
from reference_server.services.prescriptions.store.life import SELECT, prescription_of
from reference_server.services.prescriptions.store.times import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Whose prescriptions are looked at: an organisation's own, or those it has retrieved."""

    organization: str
    is_author: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for. `changed` are pairs of comparison (`>=`, `<` …) and time."""

    seen: Seen
    task_id: str | None = None
    number: str | None = None
    states: frozenset[State] | None = None
    changed: tuple[tuple[str, datetime], ...] = ()
    count: int = 50
    offset: int = 0


_COMPARISONS = frozenset({"<", "<=", ">", ">="})


def overdue(tx: Transaction, seen: Seen, now: datetime) -> tuple[Prescription, ...]:
    """Return the prescriptions seen whose state may be over by now."""
    where, values = _seen(seen)
    open_states = (State.ACTIVE, State.IN_PROGRESS, State.PARTIALLY_DISPENSED)
    rows = tx.execute(
        f"{SELECT} WHERE {where} AND state IN (?, ?, ?) AND (expires_at < ? OR reserved_until < ?)",
        (*values, *open_states, text_of(now), text_of(now)),
    ).fetchall()
    return tuple(prescription_of(tx, row) for row in rows)


def search(tx: Transaction, asked: Search) -> tuple[int, tuple[Prescription, ...]]:
    """Return how many prescriptions fit, and one page of them, the latest changed first."""
    where, values = _conditions(asked)
    total = tx.execute(
        f"SELECT COUNT(*) AS total FROM prescription WHERE {where}",  # noqa: S608 - built of our own conditions
        values,
    ).fetchone()["total"]
    rows = tx.execute(
        f"{SELECT} WHERE {where} ORDER BY changed_at DESC, task_id LIMIT ? OFFSET ?",
        (*values, asked.count, asked.offset),
    ).fetchall()
    return int(total), tuple(prescription_of(tx, row) for row in rows)


def _conditions(asked: Search) -> tuple[str, list[SqlValue]]:
    first, values = _seen(asked.seen)
    conditions = [first]
    for column, value in (("task_id", asked.task_id), ("number", asked.number)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    if asked.states == frozenset():
        conditions.append("1 = 0")  # PostgreSQL takes no empty list
    elif asked.states is not None:
        marks = ", ".join("?" * len(asked.states))
        conditions.append(f"state IN ({marks})")
        values.extend(sorted(asked.states))
    for comparison, at in asked.changed:
        if comparison not in _COMPARISONS:
            raise ValueError(comparison)
        conditions.append(f"changed_at {comparison} ?")
        values.append(text_of(at))
    return " AND ".join(conditions), values


def _seen(seen: Seen) -> tuple[str, list[SqlValue]]:
    if seen.is_author:
        return "organization = ?", [seen.organization]
    return (
        "task_id IN (SELECT task_id FROM prescription_retrieval WHERE organization = ?)",
        [seen.organization],
    )
