"""Sign-ins under way, pushed requests, sessions, and consent that is remembered."""

from dataclasses import dataclass

import msgspec

from reference_server.kernel.store import Transaction
from reference_server.services.trust.model import AuthorizationRequest, Proven, Session
from reference_server.services.trust.store.fingerprint import fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in under way; `browser_hash` is of the secret in the browser's cookie.

    `username` was typed (it may be nobody's); `proven` is what was proved by now, `is_fresh` in
    this very sign-in, else in the session it began with. `pushed` is the address of the pushed
    request it came from.
    """

    request: AuthorizationRequest
    browser_hash: str
    username: str = ""
    proven: Proven | None = None
    is_fresh: bool = False
    is_consented: bool = False
    pushed: str = ""


_sign_in_decoder = msgspec.json.Decoder(SignIn)
_session_decoder = msgspec.json.Decoder(Session)


def put_sign_in(tx: Transaction, transaction: str, begun: SignIn, *, expires_at: int) -> None:
    """Keep a sign-in under way."""
    tx.execute(
        "INSERT INTO trust_login (transaction_hash, content, expires_at) VALUES (?, ?, ?)",
        (fingerprint(transaction), msgspec.json.encode(begun).decode(), expires_at),
    )


def sign_in(tx: Transaction, transaction: str, *, now: int) -> SignIn | None:
    """Return a sign-in under way that is not over."""
    row = tx.execute(
        "SELECT content FROM trust_login WHERE transaction_hash = ? AND expires_at > ?",
        (fingerprint(transaction), now),
    ).fetchone()
    return None if row is None else _sign_in_decoder.decode(row["content"])


def change_sign_in(tx: Transaction, transaction: str, begun: SignIn) -> None:
    """Keep what a sign-in has come to."""
    tx.execute(
        "UPDATE trust_login SET content = ? WHERE transaction_hash = ?",
        (msgspec.json.encode(begun).decode(), fingerprint(transaction)),
    )


def end_sign_in(tx: Transaction, transaction: str) -> bool:
    """End a sign-in; False when somebody else already did."""
    ended = tx.execute(
        "DELETE FROM trust_login WHERE transaction_hash = ?", (fingerprint(transaction),)
    )
    return ended.rowcount == 1


def push(
    tx: Transaction, uri: str, params: dict[str, str], *, client_id: str, expires_at: int
) -> None:
    """Keep a pushed authorisation request."""
    tx.execute(
        "INSERT INTO trust_pushed (uri_hash, client_id, params, expires_at) VALUES (?, ?, ?, ?)",
        (fingerprint(uri), client_id, msgspec.json.encode(params).decode(), expires_at),
    )


def pushed(tx: Transaction, uri: str, *, client_id: str, now: int) -> dict[str, str] | None:
    """Return a pushed request of a client that is neither over nor used."""
    row = tx.execute(
        "SELECT params FROM trust_pushed WHERE uri_hash = ? AND client_id = ? AND expires_at > ?",
        (fingerprint(uri), client_id, now),
    ).fetchone()
    return None if row is None else msgspec.json.decode(row["params"], type=dict[str, str])


def use_pushed(tx: Transaction, uri: str) -> bool:
    """Use a pushed request up; False when it already was."""
    used = tx.execute("DELETE FROM trust_pushed WHERE uri_hash = ?", (fingerprint(uri),))
    return used.rowcount == 1


def put_session(tx: Transaction, secret: str, session: Session, *, now: int) -> None:
    """Open a session, or let one that is open go on under another secret."""
    tx.execute("DELETE FROM trust_session WHERE sid = ?", (session.sid,))
    tx.execute(
        "INSERT INTO trust_session (session_hash, sid, content, seen_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            fingerprint(secret),
            session.sid,
            msgspec.json.encode(session).decode(),
            now,
            session.expires_at,
        ),
    )


def session(tx: Transaction, secret: str, *, now: int, idle: int) -> Session | None:
    """Return a session by the browser's secret; not after `idle` seconds unseen."""
    row = tx.execute(
        "SELECT content FROM trust_session"
        " WHERE session_hash = ? AND expires_at > ? AND seen_at > ?",
        (fingerprint(secret), now, now - idle),
    ).fetchone()
    return None if row is None else _session_decoder.decode(row["content"])


def sessions_of(tx: Transaction, username: str) -> tuple[Session, ...]:
    """Return a person's sessions, the oldest first."""
    rows = tx.execute("SELECT content FROM trust_session ORDER BY seen_at, sid").fetchall()
    every = (_session_decoder.decode(row["content"]) for row in rows)
    return tuple(each for each in every if each.proven.username == username)


def is_open(tx: Transaction, sid: str, *, now: int) -> bool:
    """Tell whether a session has neither ended nor run out."""
    found = tx.execute("SELECT 1 FROM trust_session WHERE sid = ? AND expires_at > ?", (sid, now))
    return found.fetchone() is not None


def see_session(tx: Transaction, sid: str, *, now: int) -> None:
    """Note that a session was used."""
    tx.execute("UPDATE trust_session SET seen_at = ? WHERE sid = ?", (now, sid))


def close_session(tx: Transaction, sid: str) -> bool:
    """End a session; False when it already was."""
    return tx.execute("DELETE FROM trust_session WHERE sid = ?", (sid,)).rowcount == 1


def consented(tx: Transaction, *, username: str, client_id: str) -> frozenset[str]:
    """Return the scopes a person gave a client for good."""
    row = tx.execute(
        "SELECT scopes FROM trust_consent WHERE username = ? AND client_id = ?",
        (username, client_id),
    ).fetchone()
    return frozenset() if row is None else frozenset(row["scopes"].split())


def remember_consent(
    tx: Transaction, *, username: str, client_id: str, scopes: frozenset[str]
) -> None:
    """Remember that a person gave a client these scopes, besides those of before."""
    known = consented(tx, username=username, client_id=client_id)
    tx.execute(
        "INSERT INTO trust_consent (username, client_id, scopes) VALUES (?, ?, ?)"
        " ON CONFLICT (username, client_id) DO UPDATE SET scopes = excluded.scopes",
        (username, client_id, " ".join(sorted(known | scopes))),
    )
