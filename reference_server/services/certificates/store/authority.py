"""The authority's own certificates and sealed keys, and its lists; knows no vault."""

from dataclasses import dataclass

from reference_server.kernel.store import Transaction

TABLES = (
    "certificates_authority",
    "certificates_issued",
    "certificates_change",
    "certificates_crl",
)
"""What a World keeps when it is emptied: an authority never forgets what it signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A certificate of the authority (PEM), and its key as the vault sealed it."""

    certificate: str
    sealed_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptList:
    """The latest list of an issuer: DER in base64, and how many changes of states it knows."""

    number: int
    changes: int
    der: str
    made_at: int


def find(tx: Transaction, name: str) -> Kept | None:
    """Return one of the authority's signers."""
    row = tx.execute(
        "SELECT certificate, sealed_key FROM certificates_authority WHERE name = ?", (name,)
    ).fetchone()
    if row is None:
        return None
    return Kept(certificate=row["certificate"], sealed_key=row["sealed_key"])


def keep(tx: Transaction, name: str, *, certificate: str, sealed_key: str) -> None:
    """Keep a signer, in the place of the one that had this name."""
    tx.execute(
        "INSERT INTO certificates_authority (name, certificate, sealed_key) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET certificate = excluded.certificate,"
        " sealed_key = excluded.sealed_key",
        (name, certificate, sealed_key),
    )


def list_of(tx: Transaction, issuer: str) -> KeptList | None:
    """Return an issuer's latest list."""
    row = tx.execute(
        "SELECT number, changes, der, made_at FROM certificates_crl WHERE issuer = ?", (issuer,)
    ).fetchone()
    if row is None:
        return None
    return KeptList(
        number=row["number"], changes=row["changes"], der=row["der"], made_at=row["made_at"]
    )


def keep_list(tx: Transaction, issuer: str, kept: KeptList) -> None:
    """Keep an issuer's list in the place of the one before."""
    tx.execute(
        "INSERT INTO certificates_crl (issuer, number, changes, der, made_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (issuer) DO UPDATE SET number = excluded.number,"
        " changes = excluded.changes, der = excluded.der, made_at = excluded.made_at",
        (issuer, kept.number, kept.changes, kept.der, kept.made_at),
    )
