"""The provider directory in the World's store; knows no other service."""

from dataclasses import astuple

from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Transaction
from reference_server.ports import OrganizationRecord, PractitionerRecord
from reference_server.services.providers.fhir.resources import (
    Json,
    of_organization,
    of_practitioner,
)
from reference_server.services.providers.rules.identifiers import check_cns_code, check_ehealth_id
from reference_server.services.providers.store.resources import publish, publish_new
from reference_server.world import World

_FILLED = "directory-filled"
_ROWS = 200
_ORGANIZATION = "INSERT INTO provider_organization (cns_code, name, role, town, postal_code)"
_PRACTITIONER = (
    "INSERT INTO provider_practitioner"
    " (ehealth_id, cns_code, family, given, profession, speciality, organization)"
)


class Directory:
    """The Providers port, and the way in for whoever seeds a World."""

    def __init__(self, world: World) -> None:
        self._world = world

    def practitioner(self, tx: Transaction, ehealth_id: str) -> PractitionerRecord | None:
        row = tx.execute(
            "SELECT * FROM provider_practitioner WHERE ehealth_id = ?", (ehealth_id,)
        ).fetchone()
        return None if row is None else PractitionerRecord(**dict(row))

    def organization(self, tx: Transaction, cns_code: str) -> OrganizationRecord | None:
        row = tx.execute(
            "SELECT * FROM provider_organization WHERE cns_code = ?", (cns_code,)
        ).fetchone()
        return None if row is None else OrganizationRecord(**dict(row))

    def teams_of(self, tx: Transaction, ehealth_id: str) -> frozenset[str]:
        rows = tx.execute("SELECT head FROM provider_team WHERE member = ?", (ehealth_id,))
        return frozenset(row["head"] for row in rows.fetchall())

    def add_to_team(self, tx: Transaction, member: str, *, head: str) -> None:
        """Register a professional in another's team; raises ProviderRefusal."""
        check_ehealth_id(member)
        check_ehealth_id(head)
        tx.execute(
            "INSERT INTO provider_team (member, head) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (member, head),
        )

    def add_organization(self, tx: Transaction, organization: OrganizationRecord) -> None:
        """Take an organisation in, or renew what is known; raises ProviderRefusal."""
        check_cns_code(organization.cns_code)
        tx.execute(
            f"{_ORGANIZATION} VALUES (?, ?, ?, ?, ?) ON CONFLICT (cns_code) DO UPDATE SET"
            " name = excluded.name, role = excluded.role, town = excluded.town,"
            " postal_code = excluded.postal_code",
            astuple(organization),
        )
        if is_filled(self._world):
            publish(tx, of_organization(organization), at=now_of(self._world))

    def add_practitioner(self, tx: Transaction, person: PractitionerRecord) -> None:
        """Take a professional in, or renew what is known; raises ProviderRefusal."""
        check_ehealth_id(person.ehealth_id)
        check_cns_code(person.cns_code)
        tx.execute(
            f"{_PRACTITIONER} VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ehealth_id) DO UPDATE SET"
            " cns_code = excluded.cns_code, family = excluded.family, given = excluded.given,"
            " profession = excluded.profession, speciality = excluded.speciality,"
            " organization = excluded.organization",
            astuple(person),
        )
        if is_filled(self._world):
            self._publish(tx, person)

    def put_certificate(self, tx: Transaction, ehealth_id: str, der: bytes | None) -> None:
        """Keep the certificate by which others reach a professional; unknown ones are left out."""
        person = self.practitioner(tx, ehealth_id)
        if person is None or certificate_of(tx, ehealth_id) == der:
            return
        if der is None:
            tx.execute("DELETE FROM provider_certificate WHERE ehealth_id = ?", (ehealth_id,))
        else:
            tx.execute(
                "INSERT INTO provider_certificate (ehealth_id, der) VALUES (?, ?)"
                " ON CONFLICT (ehealth_id) DO UPDATE SET der = excluded.der",
                (ehealth_id, der),
            )
        if is_filled(self._world):
            self._publish(tx, person)

    def _publish(self, tx: Transaction, person: PractitionerRecord) -> None:
        kept = certificate_of(tx, person.ehealth_id)
        at = now_of(self._world)
        publish(tx, of_practitioner(person, certificate=kept), at=at)


def certificate_of(tx: Transaction, ehealth_id: str) -> bytes | None:
    """Return the certificate (DER) of a professional."""
    row = tx.execute(
        "SELECT der FROM provider_certificate WHERE ehealth_id = ?", (ehealth_id,)
    ).fetchone()
    return None if row is None else bytes(row["der"])


def is_filled(world: World) -> bool:
    """Tell whether the directory's resources were made."""
    return world.state.get(_FILLED) > 0


def fill(world: World, tx: Transaction) -> None:
    """Make the directory's resources, once a World: of those it knows, and of its newcomers.

    That waits for the first who looks, because most Worlds of tests never do.
    """
    if is_filled(world):
        return
    newcomers = world.settings.newcomers
    organizations, people = ((), ()) if newcomers is None else newcomers()
    _bring(tx, _ORGANIZATION, organizations)
    _bring(tx, _PRACTITIONER, people)
    at = now_of(world)
    rows = tx.execute("SELECT * FROM provider_organization ORDER BY cns_code").fetchall()
    made: list[Json] = []
    for row in rows:
        made.extend(of_organization(OrganizationRecord(**dict(row))))
    kept = tx.execute("SELECT ehealth_id, der FROM provider_certificate").fetchall()
    certificates = {row["ehealth_id"]: bytes(row["der"]) for row in kept}
    for row in tx.execute("SELECT * FROM provider_practitioner ORDER BY ehealth_id").fetchall():
        person = PractitionerRecord(**dict(row))
        made.extend(of_practitioner(person, certificate=certificates.get(person.ehealth_id)))
    publish_new(tx, made, at=at)
    world.state.add(_FILLED, 1, within=tx)
    if world.store.dialect is Dialect.POSTGRES:
        for table in ("provider_version", "provider_current", "provider_index"):
            tx.execute(f"ANALYZE {table}")  # else its planner takes them for empty


def now_of(world: World) -> str:
    """Return now as the directory keeps times: UTC, microseconds, no offset."""
    return world.clock.wire_now().isoformat(timespec="microseconds")[:26]


def _bring(
    tx: Transaction, into: str, records: tuple[OrganizationRecord | PractitionerRecord, ...]
) -> None:
    for start in range(0, len(records), _ROWS):
        part = [astuple(record) for record in records[start : start + _ROWS]]
        marks = f"({', '.join('?' * len(part[0]))})"
        tx.execute(
            f"{into} VALUES {', '.join([marks] * len(part))} ON CONFLICT DO NOTHING",
            [value for row in part for value in row],
        )
