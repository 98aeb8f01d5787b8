"""The domains of local numbers that a World knows, in the store."""

from typing import Any

from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.index import Domain


def put_domain(tx: Transaction, domain: Domain) -> None:
    """Register a domain, or renew what is known of it."""
    tx.execute(
        "INSERT INTO patient_domain (oid, name, organisation, trust) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (oid) DO UPDATE SET name = excluded.name,"
        " organisation = excluded.organisation, trust = excluded.trust",
        (domain.oid, domain.name, domain.organisation, domain.trust),
    )


def get_domain(tx: Transaction, oid: str) -> Domain | None:
    """Return a domain by its `urn:oid:…`."""
    row = tx.execute("SELECT * FROM patient_domain WHERE oid = ?", (oid,)).fetchone()
    return None if row is None else _domain(row)


def domains(tx: Transaction) -> tuple[Domain, ...]:
    """Return every domain."""
    return tuple(map(_domain, tx.execute("SELECT * FROM patient_domain ORDER BY oid")))


def _domain(row: Any) -> Domain:  # noqa: ANN401 - a row of the store
    return Domain(
        oid=row["oid"], name=row["name"], organisation=row["organisation"], trust=row["trust"]
    )
