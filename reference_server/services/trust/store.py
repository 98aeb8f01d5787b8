"""What the identity provider keeps, in the World's store; knows no protocol."""

import hashlib
from dataclasses import dataclass

import msgspec

from reference_server.kernel.store import Transaction
from reference_server.services.trust.model import Account, AuthorizationRequest, Client, Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An account with its password's hash and its recent wrong guesses."""

    account: Account
    password_hash: str
    failures: int
    failed_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in under way; `browser_hash` is of the secret in the browser's cookie."""

    request: AuthorizationRequest
    browser_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorisation code; `token_id` names the token it was redeemed for."""

    grant: Grant
    expires_at: int
    token_id: str | None


def fingerprint(secret: str) -> str:
    """Return how a secret is kept: never itself."""
    return hashlib.sha256(secret.encode()).hexdigest()


def client(tx: Transaction, client_id: str) -> Client | None:
    """Return a registered client."""
    row = tx.execute(
        "SELECT content FROM trust_client WHERE client_id = ?", (client_id,)
    ).fetchone()
    return None if row is None else msgspec.json.decode(row["content"], type=Client)


def put_client(tx: Transaction, registered: Client) -> None:
    """Register a client, or renew its registration."""
    tx.execute(
        "INSERT INTO trust_client (client_id, content) VALUES (?, ?)"
        " ON CONFLICT (client_id) DO UPDATE SET content = excluded.content",
        (registered.client_id, msgspec.json.encode(registered).decode()),
    )


def credentials(tx: Transaction, username: str) -> Credentials | None:
    """Return an account by the name it signs in with."""
    row = tx.execute("SELECT * FROM trust_account WHERE username = ?", (username,)).fetchone()
    if row is None:
        return None
    return Credentials(
        account=msgspec.json.decode(row["content"], type=Account),
        password_hash=row["password_hash"],
        failures=row["failures"],
        failed_at=row["failed_at"],
    )


def put_account(tx: Transaction, account: Account, *, password_hash: str) -> None:
    """Open an account, or renew it."""
    tx.execute(
        "INSERT INTO trust_account (username, password_hash, content) VALUES (?, ?, ?)"
        " ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash,"
        " content = excluded.content, failures = 0, failed_at = 0",
        (account.username, password_hash, msgspec.json.encode(account).decode()),
    )


def note_guess(tx: Transaction, username: str, *, failures: int, at: int) -> None:
    """Keep how many wrong passwords in a row came, and when the last."""
    tx.execute(
        "UPDATE trust_account SET failures = ?, failed_at = ? WHERE username = ?",
        (failures, at, username),
    )


def put_sign_in(tx: Transaction, transaction: str, begun: SignIn, *, expires_at: int) -> None:
    """Keep a sign-in under way."""
    tx.execute(
        "INSERT INTO trust_login (transaction_hash, browser_hash, request, expires_at)"
        " VALUES (?, ?, ?, ?)",
        (
            fingerprint(transaction),
            begun.browser_hash,
            msgspec.json.encode(begun.request).decode(),
            expires_at,
        ),
    )


def sign_in(tx: Transaction, transaction: str, *, now: int) -> SignIn | None:
    """Return a sign-in under way that is not over."""
    row = tx.execute(
        "SELECT browser_hash, request FROM trust_login"
        " WHERE transaction_hash = ? AND expires_at > ?",
        (fingerprint(transaction), now),
    ).fetchone()
    if row is None:
        return None
    request = msgspec.json.decode(row["request"], type=AuthorizationRequest)
    return SignIn(request=request, browser_hash=row["browser_hash"])


def end_sign_in(tx: Transaction, transaction: str) -> bool:
    """End a sign-in; False when somebody else already did."""
    ended = tx.execute(
        "DELETE FROM trust_login WHERE transaction_hash = ?", (fingerprint(transaction),)
    )
    return ended.rowcount == 1


def put_code(tx: Transaction, code: str, grant: Grant, *, expires_at: int) -> None:
    """Keep a code's hash with what it stands for."""
    tx.execute(
        "INSERT INTO trust_code (code_hash, grant_content, expires_at) VALUES (?, ?, ?)",
        (fingerprint(code), msgspec.json.encode(grant).decode(), expires_at),
    )


def code(tx: Transaction, presented: str) -> Code | None:
    """Return what a code stands for, also when it is over or used."""
    row = tx.execute(
        "SELECT grant_content, expires_at, token_id FROM trust_code WHERE code_hash = ?",
        (fingerprint(presented),),
    ).fetchone()
    if row is None:
        return None
    grant = msgspec.json.decode(row["grant_content"], type=Grant)
    return Code(grant=grant, expires_at=row["expires_at"], token_id=row["token_id"])


def redeem_code(tx: Transaction, presented: str, *, token_id: str) -> None:
    """Mark a code as used for a token."""
    tx.execute(
        "UPDATE trust_code SET token_id = ? WHERE code_hash = ?",
        (token_id, fingerprint(presented)),
    )


def use_assertion(tx: Transaction, client_id: str, jti: str, *, expires_at: int) -> bool:
    """Mark a client assertion as used; False when it already was."""
    used = tx.execute(
        "INSERT INTO trust_assertion (client_id, jti, expires_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (client_id, jti, expires_at),
    )
    return used.rowcount == 1


def revoke(tx: Transaction, token_id: str, *, expires_at: int) -> None:
    """Revoke an access token; remembered until it would have expired anyway."""
    tx.execute(
        "INSERT INTO trust_revoked (token_id, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (token_id, expires_at),
    )


def is_revoked(tx: Transaction, token_id: str) -> bool:
    """Tell whether an access token was revoked."""
    found = tx.execute("SELECT 1 FROM trust_revoked WHERE token_id = ?", (token_id,))
    return found.fetchone() is not None


def forget_expired(tx: Transaction, *, now: int, keep_codes: int) -> None:
    """Drop what time has made worthless. A used code is remembered `keep_codes` seconds longer."""
    tx.execute("DELETE FROM trust_login WHERE expires_at <= ?", (now,))
    tx.execute("DELETE FROM trust_assertion WHERE expires_at <= ?", (now,))
    tx.execute("DELETE FROM trust_code WHERE expires_at <= ?", (now - keep_codes,))
