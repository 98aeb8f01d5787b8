"""What callers of the FHIR API ask and tell: ITI-78, ITI-83, ITI-104, and the answer by matricule.

AUTHORISE · CHECK · LOAD · APPLY · RECORD, with the operations that HL7 v2 calls, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from reference_server.kernel.access import Caller
from reference_server.kernel.errors import ParameterInvalid, ParameterMissing
from reference_server.kernel.store import Transaction
from reference_server.national.identifiers import MATRICULE
from reference_server.services.patients.errors import DomainForeign, PersonUnknown, RecordUnknown
from reference_server.services.patients.errors.exchange import (
    SearchTooBroad,
    SourceDomainUnknown,
    SourceNumberUnknown,
    TargetDomainUnknown,
)
from reference_server.services.patients.fhir.patient import read_patient, read_state
from reference_server.services.patients.fhir.query import Number, PatientQuery, PixQuery
from reference_server.services.patients.model.index import (
    Actor,
    EventKind,
    Person,
    Standing,
    Submission,
)
from reference_server.services.patients.model.search import Fact, Sought
from reference_server.services.patients.model.traits import (
    PERSON_IDENTIFIER,
    Identifier,
    local_domain,
)
from reference_server.services.patients.operations import feed, look, moves
from reference_server.services.patients.operations.search import complete_words, search
from reference_server.services.patients.operations.tracing import looked_at
from reference_server.services.patients.operations.writing import Writing
from reference_server.services.patients.store.domains import domains, get_domain
from reference_server.services.patients.store.persons import get_person
from reference_server.world import Call, authorise, record

MOST_FOUND: Final = 1000
_NUMBERED: Final = frozenset({PERSON_IDENTIFIER, MATRICULE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of what was found, of how many; with `domains` only their numbers are wanted."""

    persons: tuple[Person, ...]
    total: int
    domains: tuple[str, ...]


async def find(call: Call, asked: PatientQuery) -> Page:
    """ITI-78: return who fulfils every condition; raises SearchTooBroad, SourceDomainUnknown."""
    # AUTHORISE
    authorise(call)
    complete_words(call.world)
    with call.world.store.read() as tx:
        # CHECK
        wanted = _domains_only(tx, asked)
        # LOAD
        sought = Sought(conditions=asked.conditions, persons=_persons(tx, asked))
        found = search(tx, sought, most=MOST_FOUND)
    if found.after is not None:
        raise SearchTooBroad(most=MOST_FOUND)
    fit = tuple(
        each
        for each in found.persons
        if each.standing is Standing.ACTIVE or asked.persons or _says_active(asked)
        if not wanted or any(one.system in wanted for one in _numbers(each))
    )
    page = fit[asked.offset : asked.offset + asked.count]
    # RECORD
    await _trace(call, page)
    return Page(persons=page, total=len(fit), domains=wanted)


async def read(call: Call, mpi: str) -> Person:
    """Return a person by MPI identifier, also one merged away; raises PersonUnknown."""
    # AUTHORISE
    authorise(call)
    # LOAD
    with call.world.store.read() as tx:
        found = get_person(tx, mpi)
    if found is None:
        raise PersonUnknown(mpi=mpi[:10])
    # RECORD
    await _trace(call, (found,))
    return found


async def cross_reference(call: Call, asked: PixQuery) -> tuple[Person, tuple[Identifier, ...]]:
    """ITI-83: the other numbers of whoever has a number.

    Raises, as PIXm 3.1.0 §2:3.83.4.1.3 wants: SourceNumberUnknown 404, SourceDomainUnknown 400,
    TargetDomainUnknown 403.
    """
    # AUTHORISE
    authorise(call)
    source = Identifier(system=asked.source.system or "", value=asked.source.value)
    with call.world.store.read() as tx:
        # CHECK
        if not _is_known(tx, source.system):
            raise SourceDomainUnknown(domain=source.system[:64])
        for target in asked.targets:
            if not _is_known(tx, target):
                raise TargetDomainUnknown(domain=target[:64])
        # LOAD
        person, kept = look.by_identifier(tx, source), look.record_of(tx, source)
        gone = kept is not None and kept.standing is not Standing.ACTIVE
        if person is None or gone or person.standing is not Standing.ACTIVE:
            raise SourceNumberUnknown(domain=source.system[:64])
        told = look.cross_references(tx, person, domains=asked.targets)
    # RECORD
    await _trace(call, (person,))
    return person, tuple(one for one in told if one != source)


def names_of_domains(call: Call) -> Mapping[str, str]:
    """Return who assigns the numbers of each domain."""
    with call.world.store.read() as tx:
        return {PERSON_IDENTIFIER: "MPI", **look.sources(tx)}


async def by_matricule(call: Call, matricule: str) -> Person:
    """Return whose a matricule is, as the agency's clients ask; raises SourceNumberUnknown."""
    # AUTHORISE
    authorise(call)
    # LOAD
    with call.world.store.read() as tx:
        found = look.by_identifier(tx, Identifier(system=MATRICULE, value=matricule))
    if found is None or found.standing is not Standing.ACTIVE:
        raise SourceNumberUnknown(domain=MATRICULE)
    # RECORD
    await _trace(call, (found,))
    return found


def tell(call: Call, number: Number, resource: Mapping[str, Any]) -> tuple[Person, bool]:
    """ITI-104: add, revise, or resolve a duplicate; return who it is, and whether it is new.

    A Patient that is not active and has a link `replaced-by` to another number of the same domain
    is a duplicate resolved. Raises DomainForeign, ParameterInvalid, ParameterMissing and what the
    operations raise.
    """
    # AUTHORISE
    caller = authorise(call)
    # CHECK
    own = _own(number, caller)
    traits = read_patient(resource, at="Patient")
    _check_told(resource, own, traits.identifiers)
    replacing = _replacing(resource, own.system)
    known = (own.system, PERSON_IDENTIFIER)
    others = tuple(one for one in traits.identifiers if one.system not in known)
    # APPLY
    with call.world.store.write() as tx:
        _check_foreign(tx, others, caller)
        writing = _writing(call, tx, caller)
        if replacing is not None:
            retired = feed.own_record(writing, own.system, own.value)
            kept = feed.own_record(writing, own.system, replacing)
            moves.merge_records(writing, kept=kept, retired=retired)
            mpi, is_new = kept.person, False
        else:
            submission = Submission(
                domain=own.system,
                local_id=own.value,
                traits=replace(traits, identifiers=others),
                state=read_state(resource, at="Patient"),
            )
            fed = feed.register(writing, submission)
            mpi, is_new = fed.person, fed.kind is EventKind.CREATED
        person = look.person(tx, mpi).person
        # RECORD
        call.deed.entities.append(f"Patient/{mpi}")
        record(call, tx)
    return person, is_new


def remove(call: Call, number: Number) -> None:
    """ITI-104 remove: the record no longer stands; raises RecordUnknown, DomainForeign."""
    # AUTHORISE
    caller = authorise(call)
    # CHECK
    own = _own(number, caller)
    # APPLY
    with call.world.store.write() as tx:
        gone = feed.deactivate(_writing(call, tx, caller), own.system, own.value)
        # RECORD
        call.deed.entities.append(f"Patient/{gone.person}")
        record(call, tx)


def _says_active(asked: PatientQuery) -> bool:
    """Tell whether persons who no longer stand may be meant, too."""
    return any(each.on is Fact.ACTIVE for each in asked.conditions)


def _own(number: Number, caller: Caller) -> Identifier:
    if not number.system or not number.value:
        raise ParameterInvalid(name="identifier")
    if number.system != local_domain(caller.organization):
        raise DomainForeign(domain=number.system[:64])
    return Identifier(system=number.system, value=number.value)


def _check_told(resource: Mapping[str, Any], own: Identifier, told: Sequence[Identifier]) -> None:
    if own not in told:
        raise ParameterMissing(name="identifier", expression="Patient.identifier")
    if sum(one.system == own.system for one in told) > 1:
        raise ParameterInvalid(name="identifier", expression="Patient.identifier")
    if len(told) != len(resource.get("identifier", ())):
        raise ParameterInvalid(name="identifier", expression="Patient.identifier.system")


def _check_foreign(tx: Transaction, others: Sequence[Identifier], caller: Caller) -> None:
    for one in others:
        domain = None if one.system in _NUMBERED else get_domain(tx, one.system)
        if one.system not in _NUMBERED and domain is None:
            raise SourceDomainUnknown(domain=one.system[:64], expression="Patient.identifier")
        if domain is not None and domain.organisation not in ("", caller.organization):
            raise DomainForeign(domain=one.system, expression="Patient.identifier")


def _replacing(resource: Mapping[str, Any], system: str) -> str | None:
    """Return the number that takes the place of this one, where a link says so."""
    for each in resource.get("link", ()):
        if not isinstance(each, Mapping) or each.get("type") != "replaced-by":
            continue
        identifier = each.get("other", {}).get("identifier", {})
        if identifier.get("system") != system or not isinstance(identifier.get("value"), str):
            raise RecordUnknown(domain=system, value="-", expression="Patient.link.other")
        if resource.get("active") is not False:
            raise ParameterInvalid(name="active", expression="Patient.active")
        return str(identifier["value"])
    return None


def _writing(call: Call, tx: Transaction, caller: Caller) -> Writing:
    actor = Actor(
        subject=caller.subject,
        organisation=caller.organization,
        correlation=call.request_id,
        caller=caller,
    )
    return Writing(world=call.world, tx=tx, actor=actor, why="ITI-104")


def _persons(tx: Transaction, asked: PatientQuery) -> tuple[str, ...] | None:
    """Return who has the numbers asked for; None where no number is."""
    persons = None if asked.persons is None else set(asked.persons)
    for several in asked.numbers:
        valued = [one for one in several if one.value]
        if not valued:
            continue
        found = {mpi for one in valued for mpi in _whose(tx, one)}
        persons = found if persons is None else persons & found
    return None if persons is None else tuple(sorted(persons))


def _whose(tx: Transaction, number: Number) -> set[str]:
    systems = (
        (number.system,)
        if number.system is not None
        else (*_NUMBERED, *(d.oid for d in domains(tx)))
    )
    told = (Identifier(system=system, value=number.value) for system in systems)
    found = (look.by_identifier(tx, one) for one in told)
    return {each.mpi for each in found if each is not None}


def _domains_only(tx: Transaction, asked: PatientQuery) -> tuple[str, ...]:
    """Return the domains whose numbers alone are wanted; raises SourceDomainUnknown."""
    told = [one for several in asked.numbers for one in several]
    for one in told:
        if one.system and not _is_known(tx, one.system):
            raise SourceDomainUnknown(domain=one.system[:64])
    return tuple(one.system for one in told if one.system and not one.value)


def _numbers(person: Person) -> tuple[Identifier, ...]:
    own = Identifier(system=PERSON_IDENTIFIER, value=person.mpi)
    return (own, *person.traits.identifiers)


def _is_known(tx: Transaction, system: str) -> bool:
    return system in _NUMBERED or get_domain(tx, system) is not None


async def _trace(call: Call, persons: Sequence[Person]) -> None:
    """Trace a consultation before the answer leaves; those that come together share a commit."""
    looked_at(call.deed, persons)
    await call.world.together.write(partial(record, call))
