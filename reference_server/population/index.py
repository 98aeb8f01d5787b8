"""The personas in the index of identities: organisations' domains, and the national register.

The MPI identifier of a persona follows from the matricule, so that it is the same in every World.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from reference_server.kernel.store import Transaction
from reference_server.national.identifiers import MATRICULE
from reference_server.population.personas import Organization, Patient
from reference_server.services.patients.model.index import Domain, IdentityState, SourceRecord
from reference_server.services.patients.model.traits import (
    Identifier,
    Sex,
    Traits,
    local_domain,
)
from reference_server.services.patients.store.bulk import take_in
from reference_server.services.patients.store.domains import put_domain
from reference_server.services.patients.store.persons import owner_of
from reference_server.services.patients.store.records import find_record, next_number
from reference_server.world import World

REGISTER: Final = Domain(
    oid=MATRICULE, name="Registre national des personnes physiques", organisation="", trust=90
)
"""The national register speaks for matricules; *assumed* [G]: trust 90, an organisation 50."""

_ORGANISATION: Final = 50
_FEWEST: Final = 10**9


def fill_index(
    world: World,
    tx: Transaction,
    patients: Iterable[Patient],
    organizations: Iterable[Organization],
) -> None:
    """Register every organisation's domain, and take in the personas whose number nobody has yet.

    Where an establishment told of one's number before, that person stays whose it is.
    """
    put_domain(tx, REGISTER)
    for each in organizations:
        put_domain(tx, domain_of(each.cns_code, name=each.name))
    now = world.clock.wire_now().isoformat(timespec="microseconds")
    take_in(tx, _records(tx, patients, now))


def domain_of(organisation: str, *, name: str) -> Domain:
    """Return the domain of an organisation's patient numbers."""
    oid = local_domain(organisation)
    return Domain(oid=oid, name=name, organisation=organisation, trust=_ORGANISATION)


def mpi_of(matricule: str) -> str:
    """Return a persona's MPI identifier: 10 digits."""
    digest = hashlib.blake2b(matricule.encode(), digest_size=8).digest()
    return str(_FEWEST + int.from_bytes(digest, "big") % (9 * _FEWEST))


def _records(tx: Transaction, patients: Iterable[Patient], now: str) -> Iterator[SourceRecord]:
    number = next_number(tx)
    for each in patients:
        if _is_there(tx, Identifier(system=MATRICULE, value=each.matricule)):
            continue
        yield SourceRecord(
            number=number,
            domain=MATRICULE,
            local_id=each.matricule,
            person=mpi_of(each.matricule),
            traits=_traits(each),
            trust=REGISTER.trust,
            state=IdentityState.RETRIEVED,
            revised_at=now,
        )
        number += 1


def _is_there(tx: Transaction, number: Identifier) -> bool:
    known = find_record(tx, number.system, number.value)
    return known is not None or owner_of(tx, number) is not None


def _traits(patient: Patient) -> Traits:
    deceased = patient.deceased_on
    return Traits(
        birth_family=patient.family,
        given=(patient.given,),
        sex=Sex(patient.gender),
        birth_date=patient.birth_date.isoformat(),
        deceased=deceased is not None,
        deceased_on="" if deceased is None else deceased.isoformat(),
        identifiers=(Identifier(system=MATRICULE, value=patient.matricule),),
    )
