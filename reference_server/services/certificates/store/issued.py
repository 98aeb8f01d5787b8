"""Every certificate that was issued, and what it is worth; knows no key."""

from collections.abc import Iterator
from datetime import UTC, datetime

from reference_server.kernel.store import Row, Transaction
from reference_server.services.certificates.model.families import Family
from reference_server.services.certificates.model.life import (
    CertificateAct,
    CertificateState,
    Reason,
)
from reference_server.services.certificates.model.records import Issued

_COLUMNS = (
    "serial, family, subject, ehealth_id, pem, not_before, not_after, state, reason,"
    " changed_at, application, account"
)


def put(tx: Transaction, issued: Issued) -> None:
    """Keep a new certificate."""
    tx.execute(
        f"INSERT INTO certificates_issued ({_COLUMNS})"  # noqa: S608 - our own columns
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            issued.serial,
            issued.family,
            issued.subject,
            issued.ehealth_id,
            issued.pem,
            _seconds(issued.not_before),
            _seconds(issued.not_after),
            issued.state,
            issued.reason,
            None if issued.changed_at is None else _seconds(issued.changed_at),
            issued.application,
            issued.account,
        ),
    )


def find(tx: Transaction, serial: str) -> Issued | None:
    """Return a certificate by its serial (small hex)."""
    row = tx.execute(
        f"SELECT {_COLUMNS} FROM certificates_issued WHERE serial = ?",  # noqa: S608 - our own columns
        (serial,),
    ).fetchone()
    return None if row is None else _issued(row)


def of_holder(tx: Transaction, ehealth_id: str) -> tuple[Issued, ...]:
    """Return a person's certificates, the newest first."""
    rows = tx.execute(
        f"SELECT {_COLUMNS} FROM certificates_issued WHERE ehealth_id = ?"  # noqa: S608 - our own columns
        " ORDER BY not_before DESC, serial",
        (ehealth_id,),
    )
    return tuple(map(_issued, rows))


def newest(
    tx: Transaction, *, limit: int, state: CertificateState | None = None
) -> tuple[Issued, ...]:
    """Return the latest certificates, of one state or all."""
    chosen, params = ("WHERE state = ?", [str(state)]) if state else ("", [])
    rows = tx.execute(
        f"SELECT {_COLUMNS} FROM certificates_issued {chosen}"  # noqa: S608 - our own words
        " ORDER BY not_before DESC, serial LIMIT ?",
        (*params, limit),
    )
    return tuple(map(_issued, rows))


def worthless(tx: Transaction, *, since: datetime) -> Iterator[Issued]:
    """Give the suspended and revoked ones that did not end before `since`."""
    rows = tx.execute(
        f"SELECT {_COLUMNS} FROM certificates_issued WHERE state <> ? AND not_after >= ?"  # noqa: S608 - our own columns
        " ORDER BY changed_at, serial",
        (CertificateState.VALID, _seconds(since)),
    )
    return map(_issued, rows)


def change(
    tx: Transaction,
    serial: str,
    *,
    act: CertificateAct,
    state: CertificateState,
    reason: Reason | None,
    at: datetime,
) -> None:
    """Keep what a certificate is worth from now on, and that it changed."""
    tx.execute(
        "INSERT INTO certificates_change (number, serial, act, reason, at)"
        " SELECT COALESCE(MAX(number), 0) + 1, ?, ?, ?, ? FROM certificates_change",
        (serial, act, reason, _seconds(at)),
    )
    tx.execute(
        "UPDATE certificates_issued SET state = ?, reason = ?, changed_at = ? WHERE serial = ?",
        (state, reason, _seconds(at), serial),
    )


def changes(tx: Transaction) -> int:
    """Return how many changes there were: a list that knows fewer is old."""
    row = tx.execute("SELECT COALESCE(MAX(number), 0) AS last FROM certificates_change").fetchone()
    return int(row["last"])


def _issued(row: Row) -> Issued:
    return Issued(
        serial=row["serial"],
        family=Family(row["family"]),
        subject=row["subject"],
        ehealth_id=row["ehealth_id"],
        pem=row["pem"],
        not_before=_time(row["not_before"]),
        not_after=_time(row["not_after"]),
        state=CertificateState(row["state"]),
        reason=None if row["reason"] is None else Reason(row["reason"]),
        changed_at=None if row["changed_at"] is None else _time(row["changed_at"]),
        application=row["application"],
        account=row["account"],
    )


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
