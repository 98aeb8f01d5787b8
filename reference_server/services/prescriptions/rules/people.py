"""Rules of the people in a submission: who is prescribed for, and who prescribes; pure."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from reference_server.kernel.errors import Refusal
from reference_server.national.matricule import (
    MatriculeMode,
    is_possibly_real,
    matricule_faults,
)
from reference_server.ports import Outcome, PatientRecord, PractitionerRecord
from reference_server.services.prescriptions.errors.people import (
    PatientDeceased,
    PatientMatriculeCheck,
    PatientMatriculeMissing,
    PatientMerged,
    PatientMismatch,
    PatientMissing,
    PatientPossiblyReal,
    PatientUnknown,
    PractitionerMismatch,
    PractitionerMissing,
    PractitionerUnknown,
)
from reference_server.services.prescriptions.fhir.submission import (
    Submission,
    SubmittedPatient,
    SubmittedPractitioner,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """What is known of the people around a submission when it is looked at.

    `patient` and `practitioner` are what the directories know under the numbers submitted;
    `ehealth_id` and `organization` are the caller's, from the token.
    """

    ehealth_id: str | None
    organization: str
    patient: PatientRecord | None
    practitioner: PractitionerRecord | None
    today: date
    matricule_mode: MatriculeMode
    synthetic_block: range
    refuse_possibly_real: bool


def patient(submission: Submission, known: Acquaintance) -> Iterator[Refusal]:
    """ERX-PRE-006, ERX-PRE-008, ERX-SRV-035: one patient with one valid, synthetic matricule."""
    if not submission.patients:
        yield PatientMissing(expression="Bundle.entry")
        return
    found = submission.patients[0]
    matricule = only_matricule(submission)
    if matricule is None:
        yield PatientMatriculeMissing(expression=f"{found.at}.identifier")
    elif matricule_faults(matricule, today=known.today, mode=known.matricule_mode):
        yield PatientMatriculeCheck(expression=f"{found.at}.identifier")
    elif known.refuse_possibly_real and is_possibly_real(
        matricule, today=known.today, block=known.synthetic_block
    ):
        yield PatientPossiblyReal(expression=f"{found.at}.identifier")
    elif known.patient is None:
        yield PatientUnknown(expression=f"{found.at}.identifier")
    else:
        yield from _same_patient(found, known.patient)


def only_matricule(submission: Submission) -> str | None:
    """Return the patient's matricule when there is exactly one."""
    matricules = submission.patients[0].matricules if submission.patients else ()
    return matricules[0] if len(matricules) == 1 else None


def _same_patient(found: SubmittedPatient, known: PatientRecord) -> Iterator[Refusal]:
    """ERX-PRE-007: the identity is the directory's, so that the right person is treated."""
    if _folded(found.family or "") != _folded(known.family):
        yield PatientMismatch(expression=f"{found.at}.name[0].family", name="Patient.name.family")
    if not _is_called(found.given, known.given):
        yield PatientMismatch(expression=f"{found.at}.name[0].given", name="Patient.name.given")
    if found.birth_date != known.birth_date.isoformat():
        yield PatientMismatch(expression=f"{found.at}.birthDate", name="Patient.birthDate")
    if found.gender != known.gender:
        yield PatientMismatch(expression=f"{found.at}.gender", name="Patient.gender")
    if known.deceased_on is not None:
        yield PatientDeceased(expression=found.at)
    if known.outcome is Outcome.MERGED:
        yield PatientMerged(expression=f"{found.at}.identifier")


def _is_called(given: tuple[str, ...], known: str) -> bool:
    """Tell whether the first given name, or all of them joined, is the directory's."""
    joined = (" ".join(given), "-".join(given), *given[:1])
    return _folded(known) in {_folded(name) for name in joined}


def _folded(name: str) -> str:
    """Return a name without what typing may change: case, composition of accents, blanks."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def practitioner(submission: Submission, known: Acquaintance) -> Iterator[Refusal]:
    """ERX-PRE-015: the prescriber is the person signed in, and the directory knows them."""
    if not submission.practitioners:
        yield PractitionerMissing(expression="Bundle.entry")
        return
    found = submission.practitioners[0]
    if only_ehealth_id(submission) != known.ehealth_id:
        yield PractitionerMismatch(
            expression=f"{found.at}.identifier", name="Practitioner.identifier (eHealthID)"
        )
    elif known.practitioner is None:
        yield PractitionerUnknown(expression=f"{found.at}.identifier")
    else:
        yield from _same_practitioner(found, known.practitioner)


def only_ehealth_id(submission: Submission) -> str | None:
    """Return the prescriber's eHealthID when there is exactly one."""
    ids = submission.practitioners[0].ehealth_ids if submission.practitioners else ()
    return ids[0] if len(ids) == 1 else None


def _same_practitioner(
    found: SubmittedPractitioner, known: PractitionerRecord
) -> Iterator[Refusal]:
    if found.cns_codes != (known.cns_code,):
        yield PractitionerMismatch(
            expression=f"{found.at}.identifier", name="Practitioner.identifier (CNS)"
        )
    if _folded(found.family or "") != _folded(known.family):
        yield PractitionerMismatch(
            expression=f"{found.at}.name[0].family", name="Practitioner.name.family"
        )


PEOPLE_RULES = (patient, practitioner)
