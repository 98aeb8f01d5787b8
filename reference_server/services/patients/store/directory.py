"""The patient directory in the World's store; knows no other service."""

from datetime import date
from typing import Final

from reference_server.kernel.store import Transaction
from reference_server.national.identifiers import MATRICULE
from reference_server.ports import Outcome, PatientRecord
from reference_server.services.patients.model.index import Standing
from reference_server.services.patients.model.traits import Identifier, Traits
from reference_server.services.patients.rules.matricule import check_matricule
from reference_server.services.patients.store.persons import get_person, owner_of
from reference_server.world import World

_FULL_DATE: Final = 10


class Directory:
    """The Patients port, and the way in for whoever seeds a World."""

    def __init__(self, world: World) -> None:
        self._world = world

    def by_matricule(self, tx: Transaction, matricule: str) -> PatientRecord | None:
        row = tx.execute("SELECT * FROM patient WHERE matricule = ?", (matricule,)).fetchone()
        if row is None:
            return _from_index(tx, matricule)
        return PatientRecord(
            matricule=row["matricule"],
            family=row["family"],
            given=row["given"],
            birth_date=date.fromisoformat(row["birth_date"]),
            gender=row["gender"],
            deceased_on=_date(row["deceased_on"]),
            outcome=self._outcome(row["outcome"]),
        )

    def _outcome(self, kept: str | None) -> Outcome | None:
        """Return what happens with a person; in a World without magic nothing special does."""
        return Outcome(kept) if kept is not None and self._world.settings.magic else None

    def add(self, tx: Transaction, patient: PatientRecord) -> None:
        """Take a person in, or renew what is known; raises PatientRefusal."""
        check_matricule(
            patient.matricule,
            today=self._world.clock.wire_now().date(),
            settings=self._world.settings,
        )
        deceased = None if patient.deceased_on is None else patient.deceased_on.isoformat()
        tx.execute(
            "INSERT INTO patient"
            " (matricule, family, given, birth_date, gender, deceased_on, outcome)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (matricule) DO UPDATE SET"
            " family = excluded.family, given = excluded.given,"
            " birth_date = excluded.birth_date, gender = excluded.gender,"
            " deceased_on = excluded.deceased_on, outcome = excluded.outcome",
            (
                patient.matricule,
                patient.family,
                patient.given,
                patient.birth_date.isoformat(),
                patient.gender,
                deceased,
                patient.outcome,
            ),
        )


def _from_index(tx: Transaction, matricule: str) -> PatientRecord | None:
    """Return a person of the index; a number that another one took the place of is *merged*."""
    mpi = owner_of(tx, Identifier(system=MATRICULE, value=matricule))
    person = None if mpi is None else get_person(tx, mpi)
    if person is None or person.standing is not Standing.ACTIVE:
        return None
    traits = person.traits
    if len(traits.birth_date) < _FULL_DATE:
        return None
    preferred = traits.matricule == matricule
    return PatientRecord(
        matricule=matricule,
        family=traits.birth_family or traits.used_family,
        given=" ".join(traits.given[:1]),
        birth_date=date.fromisoformat(traits.birth_date),
        gender=traits.sex.value,
        deceased_on=_death(traits),
        outcome=None if preferred else Outcome.MERGED,
    )


def _death(traits: Traits) -> date | None:
    """Return the day of death; where only that somebody died is known, the day of birth."""
    if not traits.deceased:
        return None
    told = traits.deceased_on if len(traits.deceased_on) == _FULL_DATE else traits.birth_date
    return date.fromisoformat(told)


def _date(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
