"""Looking persons and numbers up: by MPI identifier, by any number, across domains, in time."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reference_server.kernel.store import Transaction
from reference_server.national.identifiers import MATRICULE
from reference_server.services.patients.errors import PersonUnknown
from reference_server.services.patients.model.index import (
    Event,
    Person,
    SourceRecord,
    Standing,
)
from reference_server.services.patients.model.traits import (
    OLD_MATRICULE,
    PERSON_IDENTIFIER,
    Identifier,
)
from reference_server.services.patients.store.domains import domains
from reference_server.services.patients.store.events import history
from reference_server.services.patients.store.persons import get_person, owner_of
from reference_server.services.patients.store.records import (
    find_record,
    numbers_of,
    records_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person with every record linked to them."""

    person: Person
    records: tuple[SourceRecord, ...]


def person(tx: Transaction, mpi: str) -> Known:
    """Return a person by MPI identifier, also one that no longer stands; raises PersonUnknown."""
    found = get_person(tx, mpi)
    if found is None:
        raise PersonUnknown(mpi=mpi[:10])
    return Known(person=found, records=records_of(tx, mpi))


def by_identifier(tx: Transaction, identifier: Identifier) -> Person | None:
    """Return whose a number is: an MPI identifier, a local number, a matricule; None: nobody's.

    A person merged away is found by their MPI identifier (`replaced_by` says who stands for them);
    their other numbers are the other person's. A local number that was merged away or deactivated
    still finds its person: `record_of` tells its standing.
    """
    if identifier.system == PERSON_IDENTIFIER:
        return get_person(tx, identifier.value)
    owner = owner_of(tx, identifier)
    return None if owner is None else get_person(tx, owner)


def whose(tx: Transaction, value: str) -> tuple[Person, ...]:
    """Return whose a number is in whichever domain, in the order of their MPI identifiers."""
    systems = (PERSON_IDENTIFIER, MATRICULE, OLD_MATRICULE, *(each.oid for each in domains(tx)))
    found = (by_identifier(tx, Identifier(system=one, value=value)) for one in systems)
    persons = {each.mpi: each for each in found if each is not None}
    return tuple(persons[mpi] for mpi in sorted(persons))


def sources(tx: Transaction) -> dict[str, str]:
    """Return what the domains of local numbers are called, by their `urn:oid:…`."""
    return {each.oid: each.name for each in domains(tx)}


def record_of(tx: Transaction, identifier: Identifier) -> SourceRecord | None:
    """Return the record that a local number stands for, whatever its standing."""
    return find_record(tx, identifier.system, identifier.value)


def cross_references(
    tx: Transaction,
    found: Person,
    *,
    domains: Collection[str] = (),
    numbers: Mapping[Identifier, Standing] | None = None,
) -> tuple[Identifier, ...]:
    """Return the numbers of a person in the named domains, or in all (ITI-83, ITI-9).

    The MPI identifier is one of them. Numbers that are merged away or deactivated are not;
    `numbers` are the domains' own ones, where the caller looked them up (`numbers_of`) already.
    """
    local = numbers_of(tx, found.mpi) if numbers is None else numbers
    gone = {each for each, standing in local.items() if standing is not Standing.ACTIVE}
    own = Identifier(system=PERSON_IDENTIFIER, value=found.mpi)
    told = (own, *(one for one in found.traits.identifiers if one not in gone))
    return tuple(one for one in told if not domains or one.system in domains)


def story(tx: Transaction, mpi: str) -> tuple[Event, ...]:
    """Return everything that happened to a person, oldest first; raises PersonUnknown."""
    if get_person(tx, mpi) is None:
        raise PersonUnknown(mpi=mpi[:10])
    return history(tx, mpi)
