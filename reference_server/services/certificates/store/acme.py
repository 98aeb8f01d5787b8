"""Accounts, orders, authorizations, nonces and account keys of ACME; knows no protocol."""

import hashlib
import json
from datetime import UTC, datetime

from reference_server.kernel.store import Row, Transaction
from reference_server.services.certificates.model.acme import (
    Account,
    AccountStatus,
    AcmeOrder,
    Authorization,
    AuthorizationStatus,
    Binding,
    OrderStatus,
)


def put_nonce(tx: Transaction, nonce: str, *, expires_at: int, now: int) -> None:
    """Keep a nonce's hash, and forget those that are over."""
    tx.execute("DELETE FROM certificates_nonce WHERE expires_at <= ?", (now,))
    tx.execute(
        "INSERT INTO certificates_nonce (nonce_hash, expires_at) VALUES (?, ?)",
        (_hash(nonce), expires_at),
    )


def use_nonce(tx: Transaction, nonce: str, *, now: int) -> bool:
    """Use a nonce up; False when it is not one, or no more."""
    used = tx.execute(
        "DELETE FROM certificates_nonce WHERE nonce_hash = ? AND expires_at > ?",
        (_hash(nonce), now),
    )
    return used.rowcount == 1


def put_account(tx: Transaction, account: Account) -> None:
    """Keep an account, new or as it is now."""
    tx.execute(
        "INSERT INTO certificates_account (id, thumbprint, jwk, status, organization, contact)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " thumbprint = excluded.thumbprint, jwk = excluded.jwk, status = excluded.status,"
        " contact = excluded.contact",
        (
            account.id,
            account.thumbprint,
            account.jwk,
            account.status,
            account.organization,
            json.dumps(account.contact),
        ),
    )


def account(tx: Transaction, account_id: str) -> Account | None:
    """Return an account by its id."""
    row = tx.execute("SELECT * FROM certificates_account WHERE id = ?", (account_id,)).fetchone()
    return None if row is None else _account(row)


def account_of_key(tx: Transaction, thumbprint: str) -> Account | None:
    """Return the account that has a key."""
    row = tx.execute(
        "SELECT * FROM certificates_account WHERE thumbprint = ?", (thumbprint,)
    ).fetchone()
    return None if row is None else _account(row)


def put_binding(tx: Transaction, binding: Binding) -> None:
    """Keep an external account key, new or as used."""
    tx.execute(
        "INSERT INTO certificates_binding (kid, organization, sealed_key, account)"
        " VALUES (?, ?, ?, ?) ON CONFLICT (kid) DO UPDATE SET account = excluded.account",
        (binding.kid, binding.organization, binding.sealed_key, binding.account),
    )


def binding(tx: Transaction, kid: str) -> Binding | None:
    """Return an external account key."""
    row = tx.execute("SELECT * FROM certificates_binding WHERE kid = ?", (kid,)).fetchone()
    if row is None:
        return None
    return Binding(
        kid=row["kid"],
        organization=row["organization"],
        sealed_key=row["sealed_key"],
        account=row["account"],
    )


def put_order(tx: Transaction, order: AcmeOrder) -> None:
    """Keep an order, new or as it is now."""
    content = {
        "names": order.names,
        "authorizations": order.authorizations,
        "serial": order.serial,
    }
    tx.execute(
        "INSERT INTO certificates_order (id, account, status, expires_at, content)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
        " content = excluded.content",
        (order.id, order.account, order.status, _seconds(order.expires_at), json.dumps(content)),
    )


def order(tx: Transaction, order_id: str) -> AcmeOrder | None:
    """Return an order by its id."""
    row = tx.execute("SELECT * FROM certificates_order WHERE id = ?", (order_id,)).fetchone()
    return None if row is None else _order(row)


def orders_of(tx: Transaction, account_id: str, *, limit: int) -> tuple[AcmeOrder, ...]:
    """Return an account's latest orders."""
    rows = tx.execute(
        "SELECT * FROM certificates_order WHERE account = ? ORDER BY expires_at DESC, id LIMIT ?",
        (account_id, limit),
    )
    return tuple(map(_order, rows))


def put_authorization(tx: Transaction, kept: Authorization) -> None:
    """Keep an authorization, new or as it is now."""
    validated = None if kept.validated_at is None else _seconds(kept.validated_at)
    tx.execute(
        "INSERT INTO certificates_authorization (id, account, order_id, name, status, token,"
        " expires_at, validated_at, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
        " validated_at = excluded.validated_at, error = excluded.error",
        (
            kept.id,
            kept.account,
            kept.order,
            kept.name,
            kept.status,
            kept.token,
            _seconds(kept.expires_at),
            validated,
            kept.error,
        ),
    )


def authorization(tx: Transaction, authorization_id: str) -> Authorization | None:
    """Return an authorization by its id."""
    row = tx.execute(
        "SELECT * FROM certificates_authorization WHERE id = ?", (authorization_id,)
    ).fetchone()
    if row is None:
        return None
    validated = row["validated_at"]
    return Authorization(
        id=row["id"],
        account=row["account"],
        order=row["order_id"],
        name=row["name"],
        status=AuthorizationStatus(row["status"]),
        token=row["token"],
        expires_at=_time(row["expires_at"]),
        validated_at=None if validated is None else _time(validated),
        error=row["error"],
    )


def _account(row: Row) -> Account:
    return Account(
        id=row["id"],
        thumbprint=row["thumbprint"],
        jwk=row["jwk"],
        status=AccountStatus(row["status"]),
        organization=row["organization"],
        contact=tuple(json.loads(row["contact"])),
    )


def _order(row: Row) -> AcmeOrder:
    content = json.loads(row["content"])
    return AcmeOrder(
        id=row["id"],
        account=row["account"],
        status=OrderStatus(row["status"]),
        expires_at=_time(row["expires_at"]),
        names=tuple(content["names"]),
        authorizations=tuple(content["authorizations"]),
        serial=content["serial"],
    )


def _hash(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
