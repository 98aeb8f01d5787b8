"""The national patient directory as other services see it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from reference_server.kernel.port import Port
from reference_server.kernel.store import Transaction


class Outcome(StrEnum):
    """The one thing that always happens when software works with a *magic* patient.

    Everybody else is an ordinary person. What each does, operation by operation, is the business
    of the service that is asked (`services/prescriptions/SPEC.md`, "Magic patients").
    """

    UNKNOWN = "unknown"
    DECEASED = "deceased"
    MERGED = "merged"
    NOT_ENTITLED = "not-entitled"
    SLOW = "slow"
    UNAVAILABLE = "unavailable"
    THROTTLED = "throttled"
    INTERNAL = "internal"
    LOST_ANSWER = "lost-answer"
    FIRST_BUSY = "first-busy"
    DISPENSING_UNAVAILABLE = "dispensing-unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    """A person of the directory. `gender` is FHIR's code; `deceased_on` None while alive.

    `outcome` is what happens whenever this person is worked with; None for ordinary people, and
    for everybody in a World without magic.
    """

    matricule: str
    family: str
    given: str
    birth_date: date
    gender: str
    deceased_on: date | None = None
    outcome: Outcome | None = None


class Patients(Protocol):
    """Finds people by their national number."""

    def by_matricule(self, tx: Transaction, matricule: str) -> PatientRecord | None: ...


PATIENTS: Port[Patients] = Port("patients")
