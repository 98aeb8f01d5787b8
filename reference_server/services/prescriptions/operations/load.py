"""LOAD, the same for every operation on one prescription: as it stands now, to this caller."""

from dataclasses import dataclass
from datetime import datetime

from reference_server.kernel.access import Caller
from reference_server.kernel.store import Transaction
from reference_server.ports import PATIENTS, Outcome
from reference_server.services.prescriptions.errors.state import PrescriptionNotFound
from reference_server.services.prescriptions.model import Act, Prescription, Standing, State
from reference_server.services.prescriptions.rules.lifecycle import decide, settled, standing_of
from reference_server.services.prescriptions.store import life
from reference_server.world import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A prescription as it stands at `now`, and how the caller stands to it."""

    prescription: Prescription
    standing: Standing
    caller: Caller
    now: datetime

    def decide(self, act: Act) -> State:
        """Return the state after an act; raise the refusal of the transition table."""
        return decide(self.prescription, self.standing, act, role=self.caller.role)


def load(call: Call, tx: Transaction, caller: Caller, task_id: str) -> Loaded:
    """Return a prescription by its Task's id; raise PrescriptionNotFound."""
    found = life.find(tx, task_id)
    if found is None:
        raise PrescriptionNotFound
    return loaded(call, tx, caller, found)


def loaded(call: Call, tx: Transaction, caller: Caller, found: Prescription) -> Loaded:
    """Move a prescription on to now, keep that, and note it for the audit trail."""
    now = call.world.clock.business_now()
    current = settled(found, now)
    if current is not found:
        life.save(tx, current)
    call.deed.patient = current.matricule
    call.deed.entities.append(f"Task/{current.task_id}")
    call.deed.origins.append(current.organization)
    standing = standing_of(
        current,
        role=caller.role,
        organization=caller.organization,
        has_retrieved=life.has_retrieved(tx, caller.organization, current.task_id),
    )
    return Loaded(prescription=current, standing=standing, caller=caller, now=now)


def outcome_of(call: Call, tx: Transaction, found: Loaded) -> Outcome | None:
    """Return what always happens with the prescription's patient; None with ordinary people."""
    patient = call.world.port(PATIENTS).by_matricule(tx, found.prescription.matricule)
    return None if patient is None else patient.outcome
