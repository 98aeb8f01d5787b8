"""Clients, people who can sign in, their wrong guesses, and who may act for whom."""

from dataclasses import dataclass

import msgspec

from reference_server.kernel.store import Transaction
from reference_server.services.trust.model import Account, Client
from reference_server.services.trust.store.fingerprint import fingerprint

_client_decoder = msgspec.json.Decoder(Client)
_account_decoder = msgspec.json.Decoder(Account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An account with its password's hash; empty where the person has a test token only."""

    account: Account
    password_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """Wrong guesses in a row at one name, and when the last one came (seconds since 1970)."""

    failures: int = 0
    failed_at: int = 0


def client(tx: Transaction, client_id: str) -> Client | None:
    """Return a registered client."""
    row = tx.execute(
        "SELECT content FROM trust_client WHERE client_id = ?", (client_id,)
    ).fetchone()
    return None if row is None else _client_decoder.decode(row["content"])


def put_client(tx: Transaction, registered: Client) -> None:
    """Register a client, or renew its registration."""
    tx.execute(
        "INSERT INTO trust_client (client_id, content) VALUES (?, ?)"
        " ON CONFLICT (client_id) DO UPDATE SET content = excluded.content",
        (registered.client_id, msgspec.json.encode(registered).decode()),
    )


def credentials(tx: Transaction, username: str) -> Credentials | None:
    """Return an account by the name it signs in with."""
    row = tx.execute(
        "SELECT password_hash, content FROM trust_account WHERE username = ?", (username,)
    ).fetchone()
    if row is None:
        return None
    account = _account_decoder.decode(row["content"])
    return Credentials(account=account, password_hash=row["password_hash"])


def put_account(tx: Transaction, account: Account, *, password_hash: str) -> None:
    """Open an account, or renew it."""
    tx.execute(
        "INSERT INTO trust_account (username, password_hash, content) VALUES (?, ?, ?)"
        " ON CONFLICT (username) DO UPDATE SET"
        " password_hash = excluded.password_hash, content = excluded.content",
        (account.username, password_hash, msgspec.json.encode(account).decode()),
    )


def use_token_step(tx: Transaction, username: str, step: int) -> bool:
    """Mark a time step of a person's test token as used; False when it or a later one was."""
    used = tx.execute(
        "UPDATE trust_account SET last_token_step = ? WHERE username = ? AND last_token_step < ?",
        (step, username, step),
    )
    return used.rowcount == 1


def guesses(tx: Transaction, username: str) -> Guesses:
    """Return the wrong guesses at a name, whether anybody has it or not."""
    row = tx.execute(
        "SELECT failures, failed_at FROM trust_guess WHERE name_hash = ?",
        (fingerprint(username),),
    ).fetchone()
    return (
        Guesses() if row is None else Guesses(failures=row["failures"], failed_at=row["failed_at"])
    )


def note_wrong(tx: Transaction, username: str, *, at: int) -> None:
    """Count one more wrong guess."""
    tx.execute(
        "INSERT INTO trust_guess (name_hash, failures, failed_at) VALUES (?, 1, ?)"
        " ON CONFLICT (name_hash) DO UPDATE SET"
        " failures = trust_guess.failures + 1, failed_at = excluded.failed_at",
        (fingerprint(username), at),
    )


def note_right(tx: Transaction, username: str) -> None:
    """Forget the wrong guesses at a name."""
    tx.execute("DELETE FROM trust_guess WHERE name_hash = ?", (fingerprint(username),))
