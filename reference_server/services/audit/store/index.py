"""What finds events in the chain; can be made anew from it, and proves nothing itself."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from reference_server.kernel.rows import insert_many
from reference_server.kernel.store import Row, SqlValue, Transaction
from reference_server.national.identifiers import MATRICULE
from reference_server.services.audit.model import AuditQuery, Condition

_COLUMNS = ("recorded", "action", "outcome", "type", "subtype", "patient", "address", "site")
_DATE = "date"
_COMPARISONS = frozenset({"<", "<=", ">", ">="})
_OF_REFERENCES = frozenset({"agent", "agent-role", "entity", "policy"})


def index(tx: Transaction, events: Iterable[tuple[int, datetime, dict[str, Any]]]) -> None:
    """Make events findable; each with its number and when it was recorded."""
    rows, references = [], []
    for number, at, event in events:
        rows.append((number, *_row(event, at)))
        references += [(*one, number) for one in set(_references(event))]
    insert_many(tx, "audit_search", f"number, {', '.join(_COLUMNS)}", rows)
    references.sort()  # as the table is
    insert_many(tx, "audit_reference", "kind, value, number", references)


def unindex(tx: Transaction, number: int) -> None:
    """Forget what finds the events up to a number."""
    tx.execute("DELETE FROM audit_search WHERE number <= ?", (number,))
    tx.execute("DELETE FROM audit_reference WHERE number <= ?", (number,))


def unindex_one(tx: Transaction, number: int) -> None:
    """Forget what finds one event."""
    tx.execute("DELETE FROM audit_search WHERE number = ?", (number,))
    tx.execute("DELETE FROM audit_reference WHERE number = ?", (number,))


def patient_of(tx: Transaction, number: int) -> str | None:
    """Return whom an event is about."""
    row = tx.execute("SELECT patient FROM audit_search WHERE number = ?", (number,)).fetchone()
    return None if row is None else row["patient"]


def search(
    tx: Transaction, asked: AuditQuery, *, before: int | None = None
) -> tuple[int, list[Row]]:
    """Return how many events fit, and the chain's rows of one page of them, the latest first.

    `before`: only events of lower numbers.
    """
    where, values = _where(asked)
    if before is not None:
        where, values = f"{where} AND s.number < ?", [*values, before]
    total = tx.execute(
        f"SELECT count(*) AS n FROM audit_search s WHERE {where}",  # noqa: S608 - of our own conditions
        values,
    ).fetchone()["n"]
    rows = tx.execute(
        "SELECT e.number, e.content, e.previous_hash, e.hash FROM audit_search s"  # noqa: S608 - as above
        f" JOIN audit_event e ON e.number = s.number WHERE {where}"
        " ORDER BY s.number DESC LIMIT ? OFFSET ?",
        (*values, asked.count, asked.offset),
    ).fetchall()
    return int(total), rows


def _where(asked: AuditQuery) -> tuple[str, list[SqlValue]]:
    conditions, values = ["1 = 1"], list[SqlValue]()
    for condition in asked.conditions:
        conditions.append(_condition(condition))
        values.extend(condition.values)
    return " AND ".join(conditions), values


def _condition(condition: Condition) -> str:
    marks = ", ".join("?" * len(condition.values))
    if condition.name == _DATE:
        if condition.comparison not in _COMPARISONS:
            raise ValueError(condition.comparison)
        return f"s.recorded {condition.comparison} ?"
    if condition.name == "_id":
        return f"s.number IN ({', '.join(['CAST(? AS INTEGER)'] * len(condition.values))})"
    if condition.name in _OF_REFERENCES:
        return (
            "s.number IN (SELECT number FROM audit_reference"  # noqa: S608 - our own names and marks
            f" WHERE kind = '{condition.name}' AND value IN ({marks}))"
        )
    if condition.name not in _COLUMNS:
        raise ValueError(condition.name)
    return f"s.{condition.name} IN ({marks})"


def _row(event: dict[str, Any], at: datetime) -> tuple[SqlValue, ...]:
    subtypes = event.get("subtype", ())
    patient = next((value for system, value in _persons(event) if system == MATRICULE), None)
    return (
        at.isoformat(timespec="microseconds"),
        _text(event.get("action")),
        _text(event.get("outcome")),
        _text(event.get("type", {}).get("code")),
        _text(subtypes[-1].get("code")) if subtypes else None,
        patient,
        next(
            (agent["network"].get("address") for agent in _agents(event) if "network" in agent),
            None,
        ),
        _text(event.get("source", {}).get("site")),
    )


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _agents(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from event.get("agent", ())


def _persons(event: dict[str, Any]) -> Iterator[tuple[str | None, str]]:
    for entity in event.get("entity", ()):
        if entity.get("type", {}).get("code") == "1":
            identifier = entity.get("what", {}).get("identifier", {})
            if "value" in identifier:
                yield identifier.get("system"), str(identifier["value"])


def _references(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for agent in _agents(event):
        yield from _targets("agent", agent.get("who", {}))
        for role in agent.get("role", ()):
            yield from (
                ("agent-role", str(c["code"])) for c in role.get("coding", ()) if "code" in c
            )
        yield from (("policy", str(policy)) for policy in agent.get("policy", ()))
    for entity in event.get("entity", ()):
        yield from _targets("entity", entity.get("what", {}))


def _targets(kind: str, reference: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "reference" in reference:
        yield kind, str(reference["reference"])
    identifier = reference.get("identifier", {})
    if "value" in identifier:
        yield kind, str(identifier["value"])
        if "system" in identifier:
            yield kind, f"{identifier['system']}|{identifier['value']}"
