"""The national provider directory as other services see it."""

from dataclasses import dataclass
from typing import Protocol

from reference_server.kernel.port import Port
from reference_server.kernel.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationRecord:
    """A practice, laboratory or pharmacy; `cns_code` has 8 digits, `role` as in Caller."""

    cns_code: str
    name: str
    role: str
    town: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PractitionerRecord:
    """A health professional; `organization` is the CNS code of where they work."""

    ehealth_id: str
    cns_code: str
    family: str
    given: str
    profession: str
    speciality: str
    organization: str


class Providers(Protocol):
    """Finds professionals by eHealthID and organisations by CNS provider code."""

    def practitioner(self, tx: Transaction, ehealth_id: str) -> PractitionerRecord | None: ...

    def organization(self, tx: Transaction, cns_code: str) -> OrganizationRecord | None: ...

    def put_certificate(self, tx: Transaction, ehealth_id: str, der: bytes | None) -> None:
        """Show the certificate by which others reach a professional; None: there is none any more.

        Who is not in the directory is left out.
        """
        ...

    def teams_of(self, tx: Transaction, ehealth_id: str) -> frozenset[str]:
        """Return the eHealthIDs of the professionals in whose team this one is registered."""
        ...


PROVIDERS: Port[Providers] = Port("providers")
