"""Prescriptions in the World's store, as they were last saved; knows no rule and no FHIR."""

from collections.abc import Iterator, Sequence
from datetime import date

from reference_server.kernel.store import Row, SqlValue, Transaction
from reference_server.services.prescriptions.model import (
    Identifier,
    Line,
    Prescription,
    Reservation,
    State,
)
from reference_server.services.prescriptions.store.times import (
    text_of,
    text_or_none_of,
    time_of,
)

_COLUMNS = (
    "task_id, number, organization, prescriber, matricule, birth_date, authored_on, submitted_at,"
    " expires_at, changed_at, state, version, reserved_by, reserved_until, reserved_from_state,"
    " first_dispensed_at, cancel_reason"
)
SELECT = f"SELECT {_COLUMNS} FROM prescription"  # noqa: S608 - our own column names


def find(tx: Transaction, task_id: str) -> Prescription | None:
    """Return a prescription by its Task's id, as it was last saved."""
    return _one(tx, f"{SELECT} WHERE task_id = ?", task_id)


def find_by_number(tx: Transaction, number: str) -> Prescription | None:
    """Return a prescription by its canonical number, as it was last saved."""
    return _one(tx, f"{SELECT} WHERE number = ?", number)


def _one(tx: Transaction, sql: str, key: str) -> Prescription | None:
    row = tx.execute(sql, (key,)).fetchone()
    return None if row is None else prescription_of(tx, row)


def code_sha256(tx: Transaction, task_id: str) -> bytes:
    """Return the hash of a prescription's QR token."""
    row = tx.execute("SELECT code_sha256 FROM prescription WHERE task_id = ?", (task_id,))
    return bytes(row.fetchone()["code_sha256"])


def has_retrieved(tx: Transaction, organization: str, task_id: str) -> bool:
    """Tell whether an organisation has retrieved a prescription before."""
    found = tx.execute(
        "SELECT 1 FROM prescription_retrieval WHERE organization = ? AND task_id = ?",
        (organization, task_id),
    )
    return found.fetchone() is not None


def note_retrieval(tx: Transaction, organization: str, task_id: str) -> None:
    """Let an organisation see a prescription from now on."""
    tx.execute(
        "INSERT INTO prescription_retrieval (organization, task_id) VALUES (?, ?)"
        " ON CONFLICT DO NOTHING",
        (organization, task_id),
    )


def add(tx: Transaction, prescription: Prescription, *, code: bytes) -> None:
    """Keep a new prescription; `code` is the hash of its QR token."""
    values = (*_values(prescription), code)
    marks = ", ".join("?" * len(values))
    tx.execute(
        f"INSERT INTO prescription ({_COLUMNS}, code_sha256) VALUES ({marks})",  # noqa: S608 - our own names and marks
        values,
    )
    for position, line in enumerate(prescription.lines):
        tx.execute(
            "INSERT INTO prescription_line"
            " (task_id, position, system, value, code, ordered, dispensed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                prescription.task_id,
                position,
                line.identifier.system,
                line.identifier.value,
                line.code,
                line.ordered,
                line.dispensed,
            ),
        )


def save(tx: Transaction, prescription: Prescription) -> None:
    """Keep what has become of a prescription and its lines."""
    held = prescription.reservation
    tx.execute(
        "UPDATE prescription SET expires_at = ?, changed_at = ?, state = ?, version = ?,"
        " reserved_by = ?, reserved_until = ?, reserved_from_state = ?, first_dispensed_at = ?,"
        " cancel_reason = ? WHERE task_id = ?",
        (
            text_of(prescription.expires_at),
            text_of(prescription.changed_at),
            prescription.state.value,
            prescription.version,
            None if held is None else held.organization,
            None if held is None else text_of(held.until),
            None if held is None else held.state_before.value,
            text_or_none_of(prescription.first_dispensed_at),
            prescription.cancel_reason,
            prescription.task_id,
        ),
    )


def save_lines(tx: Transaction, before: Prescription, after: Prescription) -> None:
    """Keep what was dispensed of each line."""
    pairs = zip(before.lines, after.lines, strict=True)
    for position, (was, is_now) in enumerate(pairs):
        if was != is_now:
            tx.execute(
                "UPDATE prescription_line SET dispensed = ? WHERE task_id = ? AND position = ?",
                (is_now.dispensed, after.task_id, position),
            )


def _values(prescription: Prescription) -> Sequence[SqlValue]:
    held = prescription.reservation
    return (
        prescription.task_id,
        prescription.number,
        prescription.organization,
        prescription.prescriber,
        prescription.matricule,
        prescription.birth_date.isoformat(),
        text_of(prescription.authored_on),
        text_of(prescription.submitted_at),
        text_of(prescription.expires_at),
        text_of(prescription.changed_at),
        prescription.state.value,
        prescription.version,
        None if held is None else held.organization,
        None if held is None else text_of(held.until),
        None if held is None else held.state_before.value,
        text_or_none_of(prescription.first_dispensed_at),
        prescription.cancel_reason,
    )


def prescription_of(tx: Transaction, row: Row) -> Prescription:
    """Return the prescription of a row selected with SELECT."""
    first = row["first_dispensed_at"]
    return Prescription(
        task_id=row["task_id"],
        number=row["number"],
        organization=row["organization"],
        prescriber=row["prescriber"],
        matricule=row["matricule"],
        birth_date=date.fromisoformat(row["birth_date"]),
        authored_on=time_of(row["authored_on"]),
        submitted_at=time_of(row["submitted_at"]),
        expires_at=time_of(row["expires_at"]),
        changed_at=time_of(row["changed_at"]),
        state=State(row["state"]),
        version=row["version"],
        reservation=_reservation(row),
        first_dispensed_at=None if first is None else time_of(first),
        cancel_reason=row["cancel_reason"],
        lines=tuple(_lines(tx, row["task_id"])),
        dispensations=tuple(_dispensations(tx, row["task_id"])) if first is not None else (),
    )


def _reservation(row: Row) -> Reservation | None:
    if row["reserved_by"] is None:
        return None
    return Reservation(
        organization=row["reserved_by"],
        until=time_of(row["reserved_until"]),
        state_before=State(row["reserved_from_state"]),
    )


def _lines(tx: Transaction, task_id: str) -> Iterator[Line]:
    for row in tx.execute(
        "SELECT system, value, code, ordered, dispensed FROM prescription_line"
        " WHERE task_id = ? ORDER BY position",
        (task_id,),
    ):
        yield Line(
            identifier=Identifier(system=row["system"], value=row["value"]),
            code=row["code"],
            ordered=row["ordered"],
            dispensed=row["dispensed"],
        )


def _dispensations(tx: Transaction, task_id: str) -> Iterator[Identifier]:
    for row in tx.execute(
        "SELECT system, value FROM prescription_dispensation WHERE task_id = ? ORDER BY position",
        (task_id,),
    ):
        yield Identifier(system=row["system"], value=row["value"])
