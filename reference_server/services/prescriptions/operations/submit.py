"""`$submit-prescription`: one document in; number, Task and stamped PDF out, or every fault."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from reference_server.fhir.json_reader import JsonObject
from reference_server.kernel.access import Caller
from reference_server.kernel.errors import Busy, Refusal, Refusals
from reference_server.kernel.store import Transaction
from reference_server.national.identifiers import URI_SYSTEM
from reference_server.national.prescription_number import (
    BODY_BITS,
    make_prescription_number,
    print_prescription_number,
)
from reference_server.national.qr import TOKEN_BYTES, QrPayload, format_qr, make_qr_token
from reference_server.ports import ANALYSES, PATIENTS, PROVIDERS, SPECIFICATION, Outcome
from reference_server.services.prescriptions.errors.paper import PaperFault
from reference_server.services.prescriptions.errors.state import SubmissionConflict
from reference_server.services.prescriptions.fhir.submission import Submission, to_submission
from reference_server.services.prescriptions.fhir.task import (
    answer_submission,
    write_task,
    write_warning,
)
from reference_server.services.prescriptions.model import Answer, Line, Prescription, Work
from reference_server.services.prescriptions.page.pool import STAMPER
from reference_server.services.prescriptions.rules.all_faults import (
    form_left,
    merged,
    rule_faults,
)
from reference_server.services.prescriptions.rules.lifecycle import VALID_MONTHS, end_of_validity
from reference_server.services.prescriptions.rules.lines import read_authored_on
from reference_server.services.prescriptions.rules.outcomes import (
    RETRY_SECONDS,
    check_outcome,
    delivery_of,
    is_busy_at_first,
    warning_of,
)
from reference_server.services.prescriptions.rules.paper import found_inside, read_pdf
from reference_server.services.prescriptions.rules.people import (
    Acquaintance,
    only_ehealth_id,
    only_matricule,
)
from reference_server.services.prescriptions.rules.profile import profile_faults, profile_issues
from reference_server.services.prescriptions.store import kept, life
from reference_server.world import Call, authorise, record
from reference_server.world.ids import milliseconds

_NUMBER_BYTES = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class _Label:
    """The number and the QR code that a prescription will bear."""

    number: str
    code: QrPayload

    @property
    def code_sha256(self) -> bytes:
        return sha256_of(self.code.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """What a good submission gets: label, Task, stamped page, and perhaps a warning (JSON)."""

    label: _Label
    task: bytes
    stamped: bytes
    warning: bytes | None

    def answer(self) -> bytes:
        """Return what the sender gets, the Task as it is kept."""
        return answer_submission(
            self.task, number=self.label.number, stamped=self.stamped, warning=self.warning
        )


def sha256_of(token: str) -> bytes:
    """Return the only form in which a QR code's token is kept."""
    return hashlib.sha256(token.encode("ascii")).digest()


async def submit(call: Call, read_bundle: Callable[[], JsonObject]) -> Answer:
    """Take a prescription in, once; raise Refusals with every fault, or SubmissionConflict.

    The same body again gets the same answer, byte for byte, and is not stamped again.
    """
    # AUTHORISE
    caller = authorise(call)
    # LOAD
    bundle = read_bundle()
    submission = to_submission(bundle)
    with call.world.store.read() as tx:
        earlier = _earlier(call, tx, caller, submission)
        known = _acquaintance(call, tx, caller, submission)
    if earlier is not None:
        with call.world.store.write() as tx:
            record(call, tx)
        return earlier
    # CHECK
    now = call.world.clock.business_now()
    label = _draw_label(call)
    analyses = call.world.port(ANALYSES).current()
    judge, judged = call.world.port(SPECIFICATION).judge(), call.world.settings.judge_by_profile
    issues = profile_issues(bundle, judge) if judged else ()
    faults = merged(
        form_left(bundle, is_good=judged and not issues),
        rule_faults(submission, known=known, catalogue=analyses, now=now),
    )
    wrong = bool(faults or issues)
    stamped, paper_faults = await _stamp(call, submission, label, only_look=wrong)
    faults = merged(faults, paper_faults)
    faults = merged(profile_faults(issues, faults, judge.requirements), faults)
    if faults:
        raise Refusals(faults)
    outcome = None if known.patient is None else known.patient.outcome
    _check_outcome(call, caller, outcome)
    # APPLY, RECORD
    prescription = _new_prescription(call, caller, submission, number=label.number, now=now)
    warning = write_warning(warning_of(outcome), call.voice)
    paper = _Paper(label=label, task=write_task(prescription), stamped=stamped, warning=warning)
    with call.world.store.write() as tx:
        answer = _earlier(call, tx, caller, submission)
        if answer is None:
            _keep(call, tx, submission, prescription, paper=paper)
        record(call, tx)
    # Outside the transaction: the answer is large, and others wait for the lock.
    return answer or Answer(body=paper.answer(), delivery=delivery_of(outcome, Work.SUBMIT))


def _check_outcome(call: Call, caller: Caller, outcome: Outcome | None) -> None:
    """ERX-RES-004: raise what a good document meets because of its patient."""
    check_outcome(outcome, Work.SUBMIT)
    if is_busy_at_first(outcome):
        with call.world.store.write() as tx:
            is_first = kept.note_first_try(tx, caller.organization, _body_sha256(call))
        if is_first:
            raise Busy(seconds=RETRY_SECONDS)


def _keep(
    call: Call,
    tx: Transaction,
    submission: Submission,
    prescription: Prescription,
    *,
    paper: _Paper,
) -> None:
    """Keep everything about a new prescription."""
    if life.find_by_number(tx, prescription.number) is not None:
        raise Busy(seconds=1)
    life.add(tx, prescription, code=paper.label.code_sha256)
    kept.add_submission(
        tx,
        kept.KeptSubmission(
            task_id=prescription.task_id,
            organization=prescription.organization,
            identifier=_key(submission),
            body_sha256=_body_sha256(call),
            bundle=call.body,
            stamped=paper.stamped,
            answered_task=paper.task,
            warning=paper.warning,
        ),
    )
    _note(call, prescription.matricule, prescription.task_id)


def _body_sha256(call: Call) -> bytes:
    return hashlib.sha256(call.body).digest()


def _key(submission: Submission) -> str:
    found = submission.identifier
    return found.value if found is not None and found.system == URI_SYSTEM else ""


def _note(call: Call, matricule: str, task_id: str) -> None:
    call.deed.patient = matricule
    call.deed.entities.append(f"Task/{task_id}")
    if call.deed.caller is not None:
        call.deed.origins.append(call.deed.caller.organization)


def _earlier(call: Call, tx: Transaction, caller: Caller, submission: Submission) -> Answer | None:
    """ERX-SRV-021, ERX-SRV-022: what was answered to the same submission before.

    Raises SubmissionConflict where another body came under this identifier.
    """
    key = _key(submission)
    earlier = kept.find_submission(tx, caller.organization, key) if key else None
    if earlier is None:
        return None
    if earlier.body_sha256 != _body_sha256(call):
        raise SubmissionConflict(identifier=key, expression="Bundle.identifier")
    prescription = life.find(tx, earlier.task_id)
    if prescription is None:
        raise AssertionError("a submission is kept together with its prescription")
    _note(call, prescription.matricule, prescription.task_id)
    body = answer_submission(
        earlier.answered_task,
        number=prescription.number,
        stamped=earlier.stamped,
        warning=earlier.warning,
    )
    return Answer(body=body)


def _acquaintance(
    call: Call, tx: Transaction, caller: Caller, submission: Submission
) -> Acquaintance:
    world = call.world
    matricule, ehealth_id = only_matricule(submission), only_ehealth_id(submission)
    patients, providers = world.port(PATIENTS), world.port(PROVIDERS)
    patient = None if matricule is None else patients.by_matricule(tx, matricule)
    if patient is not None:
        # Only who is known: a number that may be a real person's does not enter the audit trail.
        call.deed.patient = patient.matricule
    return Acquaintance(
        ehealth_id=caller.ehealth_id,
        organization=caller.organization,
        patient=patient,
        practitioner=None if ehealth_id is None else providers.practitioner(tx, ehealth_id),
        today=world.clock.business_now().date(),
        matricule_mode=world.settings.matricule_mode,
        synthetic_block=world.settings.synthetic_block,
        refuse_possibly_real=world.settings.refuse_possibly_real,
    )


def _draw_label(call: Call) -> _Label:
    bits = int.from_bytes(call.world.randomness.bytes(_NUMBER_BYTES), "big")
    number = make_prescription_number(bits & ((1 << BODY_BITS) - 1))
    token = make_qr_token(call.world.randomness.bytes(TOKEN_BYTES))
    return _Label(number=number, code=QrPayload(number=number, token=token))


async def _stamp(
    call: Call, submission: Submission, label: _Label, *, only_look: bool
) -> tuple[bytes, tuple[Refusal, ...]]:
    """Return the stamped PDF, or what is wrong with it; nothing of either without a PDF."""
    if len(submission.papers) != 1:
        return b"", ()
    paper = submission.papers[0]
    try:
        content = read_pdf(paper)
    except PaperFault as fault:
        return b"", (fault,)
    page = await call.world.port(STAMPER).stamp(
        content,
        number=None if only_look else print_prescription_number(label.number),
        payload=None if only_look else format_qr(label.code),
    )
    return page.pdf, tuple(found_inside(paper, code) for code in page.faults)


def _new_prescription(
    call: Call, caller: Caller, submission: Submission, *, number: str, now: datetime
) -> Prescription:
    """Make the prescription of a submission without faults."""
    dates = [read_authored_on(line.authored_on) for line in submission.lines]
    authored_on = min(found for found in dates if found is not None)
    matricule = only_matricule(submission)
    patient = submission.patients[0]
    if matricule is None or patient.birth_date is None or caller.ehealth_id is None:
        raise AssertionError("the rules let only known people pass")
    return Prescription(
        task_id=call.world.ids.timed_uuid(milliseconds(now)),
        number=number,
        organization=caller.organization,
        prescriber=caller.ehealth_id,
        matricule=matricule,
        birth_date=datetime.fromisoformat(patient.birth_date).date(),
        authored_on=authored_on,
        submitted_at=now,
        changed_at=now,
        expires_at=end_of_validity(authored_on, months=VALID_MONTHS),
        lines=tuple(
            Line(identifier=line.identifier, code=line.code, ordered=line.count or 1)
            for line in submission.lines
            if line.identifier is not None and line.code is not None
        ),
    )
