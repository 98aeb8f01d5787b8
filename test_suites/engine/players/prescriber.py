"""The lab as a prescriber's software: prescribe, send again, cancel, look up."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from test_suites.core.persona import PersonaKind
from test_suites.core.transcript import BoundPrescription
from test_suites.engine.players.answers import Accepted
from test_suites.engine.players.desk import Act, Desk, Work
from test_suites.engine.players.document import Draft, write_document
from test_suites.engine.players.model import ActResult, LabError
from test_suites.engine.players.paper import read_code
from test_suites.engine.players.trouble import NothingToBeginWith
from test_suites.engine.players.wishes import Cancel, Named, Nothing, Prescribe, understood

PAGE_NAME = "prescription.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A document as it was sent, to be sent again byte for byte."""

    identifier: str
    patient: str
    document: bytes


class Prescriber:
    """Owns the last submission; keeps nothing else of what it sends."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._last: Submission | None = None

    def acts(self) -> Mapping[str, Act]:
        """Return what a prescriber can be asked to do."""
        return {
            "prescribe": self.prescribe,
            "resubmit-last": self.resubmit_last,
            "cancel": self.cancel,
            "look-up": self.look_up,
        }

    async def prescribe(self, work: Work) -> ActResult:
        """Submit a new document and print the stamped page."""
        wish = understood(Prescribe, work.parameters)
        self._last = self._submission(wish)
        return await self._submit(self._last, work)

    async def resubmit_last(self, work: Work) -> ActResult:
        """Submit the last document again, as after a lost answer."""
        understood(Nothing, work.parameters)
        if self._last is None:
            raise NothingToBeginWith("nothing-submitted")
        return await self._submit(self._last, work)

    async def cancel(self, work: Work) -> ActResult:
        """Take a prescription back."""
        wish = understood(Cancel, work.parameters)
        task_id = await self._task_id(work.bound(wish.prescription), wish.prescription)
        task = await self._desk.service.cancel(task_id, wish.reason)
        work.screen.tell_state(task.number, task.state)
        return work.screen.result()

    async def look_up(self, work: Work) -> ActResult:
        """Show how a prescription stands."""
        wish = understood(Named, work.parameters)
        task_id = await self._task_id(work.bound(wish.prescription), wish.prescription)
        task = await self._desk.service.read(task_id)
        work.screen.tell_state(task.number, task.state)
        return work.screen.result()

    def _submission(self, wish: Prescribe) -> Submission:
        desk = self._desk
        patient = desk.person(wish.patient)
        matricule = wish.matricule or patient.matricule
        if patient.kind is not PersonaKind.PATIENT or matricule is None:
            raise LabError(f"persona-not-a-patient:{wish.patient}")
        identifier = wish.bundle_identifier or desk.surroundings.urn()
        draft = Draft(
            identifier=identifier,
            patient=patient,
            matricule=matricule,
            prescriber=desk.persona,
            lines=wish.lines,
            written=desk.surroundings.business_now(),
            urn=desk.surroundings.urn,
        )
        document = write_document(draft)
        return Submission(identifier=identifier, patient=wish.patient, document=document)

    async def _submit(self, submission: Submission, work: Work) -> ActResult:
        accepted = await self._desk.service.submit(submission.document)
        work.screen.inform("player.prescribed", number=accepted.number)
        work.screen.print_page(PAGE_NAME, accepted.page)
        return work.screen.result(_learned(submission, accepted))

    async def _task_id(self, bound: BoundPrescription, name: str) -> str:
        if bound.task_id is not None:
            return bound.task_id
        if bound.number is None:
            raise NothingToBeginWith(f"number-missing:{name}")
        found = await self._desk.service.find(bound.number)
        if found is None:
            raise NothingToBeginWith(f"task-not-found:{name}")
        return found.id


def _learned(submission: Submission, accepted: Accepted) -> BoundPrescription:
    return BoundPrescription(
        number=accepted.number,
        code=read_code(accepted.page),
        task_id=accepted.task.id,
        bundle_identifier=submission.identifier,
        paper=hashlib.sha256(accepted.page).hexdigest(),
        patient=submission.patient,
    )
