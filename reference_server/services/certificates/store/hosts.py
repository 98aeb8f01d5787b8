"""Which hosts may have server certificates, for whom, and where a challenge finds them."""

from dataclasses import dataclass
from typing import Final

from reference_server.kernel.store import Transaction

LOOPBACK: Final = "127.0.0.1"
_LOCAL: Final = frozenset({"localhost", LOOPBACK, "::1"})
_LOCAL_ENDING: Final = ".localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A declared host: CNS code of its organisation, address and port of its challenges."""

    name: str
    organization: str
    address: str
    port: int


def put(tx: Transaction, host: Host) -> None:
    """Declare a host, or declare it anew."""
    tx.execute(
        "INSERT INTO certificates_host (name, organization, address, port) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET organization = excluded.organization,"
        " address = excluded.address, port = excluded.port",
        (host.name, host.organization, host.address, host.port),
    )


def find(tx: Transaction, name: str) -> Host | None:
    """Return a declared host."""
    row = tx.execute(
        "SELECT name, organization, address, port FROM certificates_host WHERE name = ?", (name,)
    ).fetchone()
    if row is None:
        return None
    return Host(
        name=row["name"],
        organization=row["organization"],
        address=row["address"],
        port=row["port"],
    )


def every(tx: Transaction) -> tuple[Host, ...]:
    """Return every declared host by name."""
    rows = tx.execute("SELECT name FROM certificates_host ORDER BY name").fetchall()
    found = (find(tx, row["name"]) for row in rows)
    return tuple(host for host in found if host is not None)


def is_local(name: str) -> bool:
    """Tell whether a name always means this very machine (RFC 6761 §6.3)."""
    return name in _LOCAL or name.endswith(_LOCAL_ENDING)


def is_declared(tx: Transaction, name: str, *, organization: str) -> bool:
    """Tell whether an organisation may have a certificate for a host."""
    if is_local(name):
        return True
    host = find(tx, name)
    return host is not None and host.organization == organization
