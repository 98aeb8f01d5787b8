"""Bringing the population into a World; knows no scenario."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache

from reference_server.kernel.access import Role
from reference_server.kernel.store import Transaction
from reference_server.population.index import fill_index
from reference_server.population.personas import (
    ClientPersona,
    Organization,
    Patient,
    Population,
    Practitioner,
    load,
)
from reference_server.ports import OrganizationRecord, PatientRecord, PractitionerRecord
from reference_server.services.patients.store.directory import Directory as Patients
from reference_server.services.providers.store.directory import Directory as Providers
from reference_server.services.trust import store as trust
from reference_server.services.trust.model import Account, Client, Logout, PublicKey
from reference_server.services.trust.operations.passwords import hash_password
from reference_server.world import World

_SALT_LENGTH = 16


def seed(
    world: World,
    *,
    population: Population | None = None,
    keys: Mapping[str, PublicKey] | None = None,
) -> None:
    """Fill a World, or renew what it has; `keys` are the systems' public keys by client id.

    A system without a key is registered and cannot authenticate until `register_client`.
    """
    with world.store.write() as tx:
        fill(world, tx, population or load(), keys=keys or {})


def fill(
    world: World, tx: Transaction, people: Population, *, keys: Mapping[str, PublicKey]
) -> None:
    """Fill a World inside a transaction that does more than that."""
    patients, providers = Patients(world), Providers(world)
    for patient in people.patients.values():
        if patient.in_directory:
            patients.add(tx, _patient(patient))
        if patient.password is not None:
            _let_in(tx, patient, patient.password)
    listed = (each for each in people.patients.values() if each.in_directory)
    fill_index(world, tx, listed, people.organizations.values())
    for organization in people.organizations.values():
        providers.add_organization(tx, _organization(organization))
    for person in people.practitioners.values():
        providers.add_practitioner(tx, _practitioner(person, people))
        _open_account(tx, person, people)
    for client_id, client in people.clients.items():
        key = keys.get(client_id)
        trust.put_client(tx, client_of(client_id, client, people, key=key))


def client_of(
    client_id: str, persona: ClientPersona, people: Population, *, key: PublicKey | None
) -> Client:
    """Return a persona's registration at the identity provider."""
    acts_for = people.organizations[persona.organization] if persona.organization else None
    return Client(
        client_id=client_id,
        name=persona.name,
        scopes=frozenset(persona.scopes),
        redirect_uris=persona.redirect_uris,
        logout=Logout(redirect_uris=persona.signed_out_uris),
        keys=() if key is None else (key,),
        role="" if acts_for is None else acts_for.role,
        organization="" if acts_for is None else acts_for.cns_code,
        systems_only=acts_for is not None,
        refreshes=persona.refreshes,
    )


def _patient(patient: Patient) -> PatientRecord:
    return PatientRecord(
        matricule=patient.matricule,
        family=patient.family,
        given=patient.given,
        birth_date=patient.birth_date,
        gender=patient.gender,
        deceased_on=patient.deceased_on,
        outcome=patient.outcome,
    )


def _organization(organization: Organization) -> OrganizationRecord:
    return OrganizationRecord(
        cns_code=organization.cns_code, name=organization.name, role=organization.role
    )


def _practitioner(person: Practitioner, people: Population) -> PractitionerRecord:
    return PractitionerRecord(
        ehealth_id=person.ehealth_id,
        cns_code=person.cns_code,
        family=person.family,
        given=person.given,
        profession=person.profession,
        speciality=person.speciality,
        organization=people.organizations[person.organization].cns_code,
    )


def _open_account(tx: Transaction, person: Practitioner, people: Population) -> None:
    employer = people.organizations[person.organization]
    account = Account(
        username=person.ehealth_id,
        family=person.family,
        given=person.given,
        profession=person.profession,
        role=employer.role,
        organization=employer.cns_code,
        email=f"{person.ehealth_id}@professionals.example",
        token_secret=token_secret(person.ehealth_id),
    )
    hashed = _hashed(person.password, person.ehealth_id)
    trust.put_account(tx, account, password_hash=hashed)


def _let_in(tx: Transaction, patient: Patient, password: str) -> None:
    account = Account(
        username=patient.matricule,
        family=patient.family,
        given=patient.given,
        profession="",
        role=Role.PATIENT,
        organization="",
        token_secret=token_secret(patient.matricule),
    )
    hashed = _hashed(password, patient.matricule)
    trust.put_account(tx, account, password_hash=hashed)


def token_secret(username: str) -> str:
    """Return the seed of a synthetic person's test token (RFC 6238), base32; as public as they."""
    return base64.b32encode(
        hashlib.sha256(f"test-token {username}".encode()).digest()[:20]
    ).decode()


@cache
def _hashed(password: str, username: str) -> str:
    """Hash once a process: many Worlds open with the same people, whose passwords are public."""
    salt = hashlib.sha256(username.encode()).digest()[:_SALT_LENGTH]
    return hash_password(password, salt=salt)
