"""The patient directory in the World's store; knows no other service."""

from datetime import date

from reference_server.kernel.store import Transaction
from reference_server.ports import Outcome, PatientRecord
from reference_server.services.patients.rules.matricule import check_matricule
from reference_server.world import World


class Directory:
    """The Patients port, and the way in for whoever seeds a World."""

    def __init__(self, world: World) -> None:
        self._world = world

    def by_matricule(self, tx: Transaction, matricule: str) -> PatientRecord | None:
        row = tx.execute("SELECT * FROM patient WHERE matricule = ?", (matricule,)).fetchone()
        if row is None:
            return None
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


def _date(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
