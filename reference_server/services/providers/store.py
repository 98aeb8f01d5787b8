"""The provider directory in the World's store; knows no other service."""

from reference_server.kernel.store import Transaction
from reference_server.ports import OrganizationRecord, PractitionerRecord
from reference_server.services.providers.rules import check_cns_code, check_ehealth_id
from reference_server.world import World


class Directory:
    """The Providers port, and the way in for whoever seeds a World."""

    def __init__(self, _world: World) -> None:
        """Belong to a World; the transactions given are its own."""

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
            "INSERT INTO provider_organization (cns_code, name, role) VALUES (?, ?, ?)"
            " ON CONFLICT (cns_code) DO UPDATE SET name = excluded.name, role = excluded.role",
            (organization.cns_code, organization.name, organization.role),
        )

    def add_practitioner(self, tx: Transaction, person: PractitionerRecord) -> None:
        """Take a professional in, or renew what is known; raises ProviderRefusal."""
        check_ehealth_id(person.ehealth_id)
        check_cns_code(person.cns_code)
        tx.execute(
            "INSERT INTO provider_practitioner"
            " (ehealth_id, cns_code, family, given, profession, speciality, organization)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ehealth_id) DO UPDATE SET"
            " cns_code = excluded.cns_code, family = excluded.family, given = excluded.given,"
            " profession = excluded.profession, speciality = excluded.speciality,"
            " organization = excluded.organization",
            (
                person.ehealth_id,
                person.cns_code,
                person.family,
                person.given,
                person.profession,
                person.speciality,
                person.organization,
            ),
        )
