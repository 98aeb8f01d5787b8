"""What was submitted, dispensed and tried in vain, in the World's store; knows no rule."""

from dataclasses import dataclass
from datetime import datetime

from reference_server.kernel.store import Transaction
from reference_server.services.prescriptions.model import Identifier
from reference_server.services.prescriptions.store.times import text_of, time_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSubmission:
    """What was submitted and answered; `identifier` is Bundle.identifier's value.

    `warning` is the OperationOutcome that came with the OK.
    """

    task_id: str
    organization: str
    identifier: str
    body_sha256: bytes
    bundle: bytes
    stamped: bytes
    answered_task: bytes
    warning: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDispensation:
    """One dispensation and what was answered to it."""

    task_id: str
    organization: str
    identifier: Identifier
    body_sha256: bytes
    dispensed_at: datetime
    answered_task: bytes


def add_submission(tx: Transaction, submission: KeptSubmission) -> None:
    """Keep a submission of a prescription that was just added."""
    tx.execute(
        "INSERT INTO prescription_submission"
        " (organization, identifier, task_id, body_sha256, bundle, stamped, answered_task, warning)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            submission.organization,
            submission.identifier,
            submission.task_id,
            submission.body_sha256,
            submission.bundle,
            submission.stamped,
            submission.answered_task,
            submission.warning,
        ),
    )


def find_submission(tx: Transaction, organization: str, identifier: str) -> KeptSubmission | None:
    """Return what an organisation has submitted under a Bundle.identifier."""
    row = tx.execute(
        "SELECT * FROM prescription_submission WHERE organization = ? AND identifier = ?",
        (organization, identifier),
    ).fetchone()
    return None if row is None else KeptSubmission(**dict(row))


def papers_of(tx: Transaction, task_id: str) -> tuple[bytes, bytes]:
    """Return the Bundle as submitted and the stamped PDF."""
    row = tx.execute(
        "SELECT bundle, stamped FROM prescription_submission WHERE task_id = ?", (task_id,)
    ).fetchone()
    return bytes(row["bundle"]), bytes(row["stamped"])


def find_dispensation(
    tx: Transaction, organization: str, identifier: Identifier
) -> KeptDispensation | None:
    """Return what an organisation has dispensed under an identifier."""
    row = tx.execute(
        "SELECT task_id, body_sha256, dispensed_at, answered_task FROM prescription_dispensation"
        " WHERE organization = ? AND system = ? AND value = ?",
        (organization, identifier.system, identifier.value),
    ).fetchone()
    if row is None:
        return None
    return KeptDispensation(
        task_id=row["task_id"],
        organization=organization,
        identifier=identifier,
        body_sha256=bytes(row["body_sha256"]),
        dispensed_at=time_of(row["dispensed_at"]),
        answered_task=bytes(row["answered_task"]),
    )


def add_dispensation(tx: Transaction, kept: KeptDispensation, *, position: int) -> None:
    """Keep a dispensation; `position` is its place among those of its prescription."""
    tx.execute(
        "INSERT INTO prescription_dispensation (organization, system, value, task_id, position,"
        " body_sha256, dispensed_at, answered_task) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            kept.organization,
            kept.identifier.system,
            kept.identifier.value,
            kept.task_id,
            position,
            kept.body_sha256,
            text_of(kept.dispensed_at),
            kept.answered_task,
        ),
    )


def wrong_tries(tx: Transaction, organization: str, since: datetime) -> tuple[datetime, ...]:
    """Return when an organisation tried numbers that did not fit, oldest first."""
    rows = tx.execute(
        "SELECT at FROM prescription_wrong_try WHERE organization = ? AND at > ? ORDER BY at",
        (organization, text_of(since)),
    )
    return tuple(time_of(row["at"]) for row in rows)


def note_wrong_try(tx: Transaction, organization: str, at: datetime, *, keep: datetime) -> None:
    """Count a try that did not fit, and forget those before `keep`."""
    tx.execute(
        "DELETE FROM prescription_wrong_try WHERE organization = ? AND at <= ?",
        (organization, text_of(keep)),
    )
    tx.execute(
        "INSERT INTO prescription_wrong_try (organization, at) VALUES (?, ?)",
        (organization, text_of(at)),
    )


def note_first_try(tx: Transaction, organization: str, body_sha256: bytes) -> bool:
    """Keep that an organisation has tried a document; False when it had before."""
    noted = tx.execute(
        "INSERT INTO prescription_first_try (organization, body_sha256) VALUES (?, ?)"
        " ON CONFLICT DO NOTHING",
        (organization, body_sha256),
    )
    return noted.rowcount == 1
