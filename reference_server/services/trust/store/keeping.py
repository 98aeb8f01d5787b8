"""Secrets of a World's provider, notices still to be delivered, and forgetting what is over."""

from dataclasses import dataclass

import msgspec

from reference_server.kernel.store import Transaction

_GUESSES_REMEMBERED = 86400
_EXPIRING = (
    "trust_login",
    "trust_session",
    "trust_assertion",
    "trust_proof",
    "trust_pushed",
    "trust_refresh",
    "trust_grant",
    "trust_revoked",
    "trust_notice",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A client to be told that a person signed out (OpenID Connect Back-Channel Logout)."""

    notice_id: str
    client_id: str
    uri: str
    subject: str
    sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotice:
    """A notice whose time has come, and how often it was tried in vain."""

    notice: Notice
    attempts: int


def secret(tx: Transaction, name: str) -> str | None:
    """Return a secret of this World's provider."""
    row = tx.execute("SELECT secret FROM trust_secret WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row["secret"])


def put_secret(tx: Transaction, name: str, value: str) -> None:
    """Keep a secret unless another process was faster."""
    tx.execute(
        "INSERT INTO trust_secret (name, secret) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        (name, value),
    )


def put_notice(tx: Transaction, notice: Notice, *, due_at: int, expires_at: int) -> None:
    """Keep a notice until it is delivered or in vain."""
    content = msgspec.json.encode(notice).decode()
    tx.execute(
        "INSERT INTO trust_notice (notice_id, content, attempts, due_at, expires_at)"
        " VALUES (?, ?, 0, ?, ?)",
        (notice.notice_id, content, due_at, expires_at),
    )


def claim_notice(tx: Transaction, *, now: int, again_at: int) -> DueNotice | None:
    """Take one notice that is due; nobody else gets it before `again_at`."""
    row = tx.execute(
        "SELECT notice_id, content, attempts FROM trust_notice"
        " WHERE due_at <= ? AND expires_at > ? ORDER BY due_at, notice_id LIMIT 1",
        (now, now),
    ).fetchone()
    if row is None:
        return None
    tx.execute(
        "UPDATE trust_notice SET attempts = attempts + 1, due_at = ? WHERE notice_id = ?",
        (again_at, row["notice_id"]),
    )
    notice = msgspec.json.decode(row["content"], type=Notice)
    return DueNotice(notice=notice, attempts=row["attempts"])


def postpone_notice(tx: Transaction, notice_id: str, *, due_at: int) -> None:
    """Try a notice again at a time, in seconds since 1970."""
    tx.execute("UPDATE trust_notice SET due_at = ? WHERE notice_id = ?", (due_at, notice_id))


def drop_notice(tx: Transaction, notice_id: str) -> None:
    """Forget a notice that was delivered or can never be."""
    tx.execute("DELETE FROM trust_notice WHERE notice_id = ?", (notice_id,))


def next_due(tx: Transaction, *, now: int) -> int | None:
    """Return when the next notice is due, None when there is none."""
    row = tx.execute(
        "SELECT min(due_at) AS due_at FROM trust_notice WHERE expires_at > ?", (now,)
    ).fetchone()
    return None if row["due_at"] is None else int(row["due_at"])


def forget_expired(tx: Transaction, *, now: int, keep_codes: int) -> None:
    """Drop what time has made worthless. A used code is remembered `keep_codes` seconds longer."""
    for table in _EXPIRING:
        tx.execute(f"DELETE FROM {table} WHERE expires_at <= ?", (now,))  # noqa: S608 - names of our own
    tx.execute("DELETE FROM trust_code WHERE expires_at <= ?", (now - keep_codes,))
    tx.execute("DELETE FROM trust_guess WHERE failed_at <= ?", (now - _GUESSES_REMEMBERED,))
