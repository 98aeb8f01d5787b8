"""A synthetic person or organisation as a judge may know it; knows no directory."""

from dataclasses import dataclass
from enum import StrEnum


class PersonaKind(StrEnum):
    """What a persona is."""

    PATIENT = "patient"
    PRACTITIONER = "practitioner"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Owns the traits of one persona; None where its kind has no such trait.

    `birth_date` is `YYYY-MM-DD`, `gender` a FHIR AdministrativeGender. A practitioner's
    `cns_code` is the person's own provider code, an organisation's is its own.
    """

    id: str
    kind: PersonaKind
    matricule: str | None = None
    family: str | None = None
    given: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    ehealth_id: str | None = None
    cns_code: str | None = None
