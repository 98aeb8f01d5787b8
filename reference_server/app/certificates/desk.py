"""What an operator does with a World's authority, beside its office; prints nothing.

Each deed is audited. The World's database may be served meanwhile: whoever asks sees it at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reference_server.app.opening import (
    DatabaseAddressError,
    WorldAbsentError,
    place,
    standing_world,
)
from reference_server.ports import (
    AUDIT,
    CERTIFICATES,
    PROVIDERS,
    AuditEntry,
    AuditOutcome,
    CertificateOrder,
    KeyedCertificate,
)
from reference_server.services.certificates.model.families import Family
from reference_server.services.certificates.model.life import CertificateAct, Reason
from reference_server.services.certificates.model.records import Issued
from reference_server.services.certificates.operations.acme.accounts import new_binding
from reference_server.services.certificates.operations.issue import change
from reference_server.services.certificates.store import hosts, issued
from reference_server.world import World

SHOWN = 1000


class DeskFault(ValueError):
    """The operator's words cannot be followed: a message id with parameters."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason, params)
        self.message_id = f"certificates.wrong.{reason}"
        self.params = params


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A World's authority under an operator's hands. Everything raises DeskFault."""

    world: World

    def trust(self) -> bytes:
        """Return what clients trust (PEM)."""
        return self.world.port(CERTIFICATES).trust_bundle()

    def listed(self, *, ehealth_id: str | None = None) -> tuple[Issued, ...]:
        """Return what was issued, the newest first."""
        with self.world.store.read() as tx:
            if ehealth_id is not None:
                return issued.of_holder(tx, ehealth_id)
            return issued.newest(tx, limit=SHOWN)

    def issue(
        self, family: Family, *, ehealth_id: str | None, names: tuple[str, ...]
    ) -> KeyedCertificate:
        """Issue on a new P-256 key to a person of the directory, or for a server's names."""
        order = self._order(family, ehealth_id, names)
        made = self.world.port(CERTIFICATES).issue_as_ordered(order)
        self._record("issue-certificate", f"Certificate/{made.serial}")
        return made

    def change(self, serial: str, act: CertificateAct, *, reason: Reason | None = None) -> Issued:
        """Suspend, lift or revoke."""
        with self.world.store.write() as tx:
            found = issued.find(tx, serial)
            if found is None:
                raise DeskFault("serial", serial=serial)
            change(self.world, tx, found, act, reason=reason)
            changed = issued.find(tx, serial)
        self._record(f"{act}-certificate", f"Certificate/{serial}")
        return changed or found

    def declare(self, host: hosts.Host) -> None:
        """Declare a host that may have server certificates, and where its challenges are."""
        self._check_organization(host.organization)
        with self.world.store.write() as tx:
            hosts.put(tx, host)
        self._record("declare-host", f"Host/{host.name}")

    def account_key(self, organization: str) -> tuple[str, str]:
        """Give out a key that opens one ACME account for an organisation: id, key."""
        self._check_organization(organization)
        with self.world.store.write() as tx:
            kid, key = new_binding(self.world, tx, organization)
        self._record("give-account-key", f"AcmeBinding/{kid}")
        return kid, key

    def _order(
        self, family: Family, ehealth_id: str | None, names: tuple[str, ...]
    ) -> CertificateOrder:
        if family is Family.SERVER:
            if not names:
                raise DeskFault("names")
            return CertificateOrder(family=family, names=names, ehealth_id=ehealth_id)
        with self.world.store.read() as tx:
            person = self.world.port(PROVIDERS).practitioner(tx, ehealth_id or "")
        if person is None:
            raise DeskFault("person", ehealth_id=ehealth_id or "-")
        return CertificateOrder(
            family=family,
            common_name=f"{person.given} {person.family}",
            ehealth_id=person.ehealth_id,
            profession=person.profession,
        )

    def _check_organization(self, cns_code: str) -> None:
        with self.world.store.read() as tx:
            if self.world.port(PROVIDERS).organization(tx, cns_code) is None:
                raise DeskFault("organization", organization=cns_code)

    def _record(self, action: str, entity: str) -> None:
        entry = AuditEntry(
            action=action,
            outcome=AuditOutcome.SUCCESS,
            request_id=self.world.ids.uuid(),
            entities=(entity,),
        )
        with self.world.store.write() as tx:
            self.world.port(AUDIT).record(tx, entry)


@contextmanager
def desk_of(name: str, folder: Path, *, origin: str, address: str | None = None) -> Iterator[Desk]:
    """Open the desk of a World in a folder, or in PostgreSQL at an address.

    `origin` is where the World is served. Raises DeskFault, and what opening a World raises.
    """
    try:
        with standing_world(name, folder, address=address, origin=origin) as world:
            yield Desk(world=world)
    except WorldAbsentError:
        raise DeskFault("world", name=name, folder=place(folder, address)) from None
    except DatabaseAddressError:
        raise DeskFault("database") from None
