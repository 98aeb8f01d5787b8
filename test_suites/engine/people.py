"""The synthetic people of a run, as the judge and the products see them; knows no World."""

from collections.abc import Mapping

from reference_server.population.personas import Patient, Population, Practitioner
from test_suites.core.message import JsonValue
from test_suites.core.persona import Persona, PersonaKind
from test_suites.subjects.scopes import SCOPES_OF

PERSON_CLIENT = "prescriber-app"


def personas(population: Population) -> Mapping[str, Persona]:
    """Return every persona by id, sorted."""
    found = {
        **{key: _patient(key, patient) for key, patient in population.patients.items()},
        **{key: _practitioner(key, person) for key, person in population.practitioners.items()},
        **{
            key: Persona(id=key, kind=PersonaKind.ORGANIZATION, cns_code=organization.cns_code)
            for key, organization in population.organizations.items()
        },
    }
    return dict(sorted(found.items()))


def matricules(population: Population) -> frozenset[bytes]:
    """Return the numbers of declared people: these stay as they are in the evidence."""
    return frozenset(patient.matricule.encode() for patient in population.patients.values())


def client_of(population: Population, persona: str, actor: str = "") -> str:
    """Return the client id with which a persona's software is registered for an actor's work."""
    if persona in population.practitioners:
        return PERSON_CLIENT
    wanted = SCOPES_OF.get(actor)
    for client_id, client in population.clients.items():
        if client.organization == persona and wanted in {None, frozenset(client.scopes)}:
            return client_id
    raise KeyError(persona)


def organization_of(population: Population, persona: str) -> str:
    """Return the CNS provider code of an organisation, or of a practitioner's."""
    person = population.practitioners.get(persona)
    name = person.organization if person is not None else persona
    return population.organizations[name].cns_code


def wish(population: Population, patient: str, matricule: str | None) -> dict[str, JsonValue]:
    """Return a patient as an act's parameter; `matricule` stands in for the right one."""
    person = population.patients[patient]
    return {
        "matricule": matricule or person.matricule,
        "family": person.family,
        "given": person.given,
        "birth_date": person.birth_date.isoformat(),
        "gender": person.gender,
    }


def person_of(person: Practitioner) -> dict[str, JsonValue]:
    """Return a practitioner as a desk's setting."""
    return {
        "ehealth_id": person.ehealth_id,
        "cns_code": person.cns_code,
        "family": person.family,
        "given": person.given,
    }


def _patient(key: str, patient: Patient) -> Persona:
    return Persona(
        id=key,
        kind=PersonaKind.PATIENT,
        matricule=patient.matricule,
        family=patient.family,
        given=patient.given,
        birth_date=patient.birth_date.isoformat(),
        gender=patient.gender,
    )


def _practitioner(key: str, person: Practitioner) -> Persona:
    return Persona(
        id=key,
        kind=PersonaKind.PRACTITIONER,
        family=person.family,
        given=person.given,
        ehealth_id=person.ehealth_id,
        cns_code=person.cns_code,
    )
