"""The national patient directory as other services see it."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from reference_server.kernel.port import Port
from reference_server.kernel.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    """A person of the directory. `gender` is FHIR's code; `deceased_on` None while alive."""

    matricule: str
    family: str
    given: str
    birth_date: date
    gender: str
    deceased_on: date | None = None


class Patients(Protocol):
    """Finds people by their national number."""

    def by_matricule(self, tx: Transaction, matricule: str) -> PatientRecord | None: ...


PATIENTS: Port[Patients] = Port("patients")
