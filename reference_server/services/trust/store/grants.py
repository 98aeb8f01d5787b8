"""Grants with their codes and refresh tokens, what was revoked, and what was used up."""

from dataclasses import dataclass

import msgspec

from reference_server.kernel.store import Transaction
from reference_server.services.trust.model import Grant
from reference_server.services.trust.store.fingerprint import fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorisation code."""

    grant: Grant
    expires_at: int
    is_used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What a refresh token is good for: these scopes at most, with this key's proofs only."""

    scopes: frozenset[str]
    key: str | None = None
    certificate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRefresh:
    """A refresh token that is kept, also when it was used or is over."""

    grant: Grant
    refresh: Refresh
    expires_at: int
    is_used: bool


_grant_decoder = msgspec.json.Decoder(Grant)
_refresh_decoder = msgspec.json.Decoder(Refresh)


def put_grant(tx: Transaction, grant: Grant, *, offline: bool, expires_at: int) -> None:
    """Keep a grant; `offline`: it outlives its session."""
    tx.execute(
        "INSERT INTO trust_grant (grant_id, client_id, sid, is_offline, content, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            grant.grant_id,
            grant.request.client_id,
            grant.sid,
            int(offline),
            msgspec.json.encode(grant).decode(),
            expires_at,
        ),
    )


def prolong_grant(tx: Transaction, grant_id: str, *, until: int) -> None:
    """Keep a grant at least until a time, in seconds since 1970."""
    tx.execute(
        "UPDATE trust_grant SET expires_at = ? WHERE grant_id = ? AND expires_at < ?",
        (until, grant_id, until),
    )


def clients_of(tx: Transaction, sid: str) -> tuple[str, ...]:
    """Return the clients that were given something in a session."""
    rows = tx.execute(
        "SELECT DISTINCT client_id FROM trust_grant WHERE sid = ? ORDER BY client_id", (sid,)
    )
    return tuple(row["client_id"] for row in rows)


def online_grants(tx: Transaction, sid: str) -> tuple[str, ...]:
    """Return the grants that end with a session."""
    rows = tx.execute(
        "SELECT grant_id FROM trust_grant WHERE sid = ? AND is_offline = 0 ORDER BY grant_id",
        (sid,),
    )
    return tuple(row["grant_id"] for row in rows)


def put_code(tx: Transaction, code: str, grant: Grant, *, expires_at: int) -> None:
    """Keep a code's hash with the grant it stands for."""
    tx.execute(
        "INSERT INTO trust_code (code_hash, grant_id, expires_at) VALUES (?, ?, ?)",
        (fingerprint(code), grant.grant_id, expires_at),
    )


def code(tx: Transaction, presented: str) -> Code | None:
    """Return what a code stands for, also when it is over or used."""
    row = tx.execute(
        "SELECT g.content, c.expires_at, c.is_used FROM trust_code c"
        " JOIN trust_grant g ON g.grant_id = c.grant_id WHERE c.code_hash = ?",
        (fingerprint(presented),),
    ).fetchone()
    if row is None:
        return None
    grant = _grant_decoder.decode(row["content"])
    return Code(grant=grant, expires_at=row["expires_at"], is_used=bool(row["is_used"]))


def redeem_code(tx: Transaction, presented: str) -> None:
    """Mark a code as used."""
    tx.execute("UPDATE trust_code SET is_used = 1 WHERE code_hash = ?", (fingerprint(presented),))


def put_refresh(
    tx: Transaction, token: str, grant: Grant, refresh: Refresh, *, expires_at: int
) -> None:
    """Keep a refresh token's hash."""
    tx.execute(
        "INSERT INTO trust_refresh (token_hash, grant_id, content, expires_at) VALUES (?, ?, ?, ?)",
        (
            fingerprint(token),
            grant.grant_id,
            msgspec.json.encode(refresh).decode(),
            expires_at,
        ),
    )


def refresh(tx: Transaction, presented: str) -> KeptRefresh | None:
    """Return a refresh token that is kept."""
    row = tx.execute(
        "SELECT g.content AS granted, r.content, r.expires_at, r.is_used FROM trust_refresh r"
        " JOIN trust_grant g ON g.grant_id = r.grant_id WHERE r.token_hash = ?",
        (fingerprint(presented),),
    ).fetchone()
    if row is None:
        return None
    return KeptRefresh(
        grant=_grant_decoder.decode(row["granted"]),
        refresh=_refresh_decoder.decode(row["content"]),
        expires_at=row["expires_at"],
        is_used=bool(row["is_used"]),
    )


def use_refresh(tx: Transaction, presented: str) -> None:
    """Mark a refresh token as used: its next use is theft."""
    tx.execute(
        "UPDATE trust_refresh SET is_used = 1 WHERE token_hash = ?", (fingerprint(presented),)
    )


def prolong_refresh(tx: Transaction, presented: str, *, until: int) -> None:
    """Let a refresh token that is not rotated live on."""
    tx.execute(
        "UPDATE trust_refresh SET expires_at = ? WHERE token_hash = ?",
        (until, fingerprint(presented)),
    )


def grant(tx: Transaction, grant_id: str) -> Grant | None:
    """Return a grant that is kept."""
    row = tx.execute("SELECT content FROM trust_grant WHERE grant_id = ?", (grant_id,)).fetchone()
    return None if row is None else _grant_decoder.decode(row["content"])


def revoke(tx: Transaction, what: str, *, expires_at: int) -> None:
    """Revoke an access token by its id, or a whole grant by its own.

    Remembered until what it revokes would be over anyway.
    """
    tx.execute(
        "INSERT INTO trust_revoked (token_id, expires_at) VALUES (?, ?)"
        " ON CONFLICT (token_id) DO NOTHING",
        (what, expires_at),
    )


def is_revoked(tx: Transaction, token_id: str, grant_id: str | None) -> bool:
    """Tell whether an access token, or the grant it was issued under, was revoked."""
    found = tx.execute(
        "SELECT 1 FROM trust_revoked WHERE token_id = ? OR token_id = ?",
        (token_id, grant_id or token_id),
    )
    return found.fetchone() is not None


def use_assertion(tx: Transaction, client_id: str, jti: str, *, expires_at: int) -> bool:
    """Mark a client assertion as used; False when it already was."""
    used = tx.execute(
        "INSERT INTO trust_assertion (client_id, jti, expires_at) VALUES (?, ?, ?)"
        " ON CONFLICT (client_id, jti) DO NOTHING",
        (client_id, jti, expires_at),
    )
    return used.rowcount == 1


def use_proof(tx: Transaction, key: str, jti: str, *, expires_at: int) -> bool:
    """Mark a proof of possession as used; False when it already was."""
    used = tx.execute(
        "INSERT INTO trust_proof (proof_hash, expires_at) VALUES (?, ?)"
        " ON CONFLICT (proof_hash) DO NOTHING",
        (fingerprint(f"{key} {jti}"), expires_at),
    )
    return used.rowcount == 1
