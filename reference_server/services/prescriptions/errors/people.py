"""Faults of the people in a submission: the patient and the prescriber."""

from reference_server.kernel.errors import Mend, given
from reference_server.services.prescriptions.errors.elements import Fault


class PersonFault(Fault):
    """The patient or the prescriber is not as the directories know them."""

    issue_code = "business-rule"


class PatientMissing(PersonFault):
    """There is no Patient."""

    issue_code, code = "required", "patient-missing"
    requirement = "ERX-PRE-008"
    example_at = "Bundle.entry"


class PatientMatriculeMissing(PersonFault):
    """The patient has no matricule, or several."""

    issue_code, code = "required", "patient-matricule-missing"
    requirement = "ERX-PRE-006"
    example_at = "Bundle.entry[1].resource.identifier"


class PatientMatriculeCheck(PersonFault):
    """The matricule's form, check digits or date are wrong."""

    issue_code, code = "value", "patient-matricule-check"
    requirement = "ERX-PRE-006"
    example_at = "Bundle.entry[1].resource.identifier"


class PatientPossiblyReal(PersonFault):
    """The matricule may belong to a real person."""

    issue_code, code = "business-rule", "patient-possibly-real"
    requirement = "ERX-SRV-035"
    example_at = "Bundle.entry[1].resource.identifier"


class PatientUnknown(PersonFault):
    """The directory does not know the matricule."""

    issue_code, code = "not-found", "patient-unknown"
    requirement = "ERX-PRE-007"
    example_at = "Bundle.entry[1].resource.identifier"


class PatientMismatch(PersonFault):
    """The directory knows another identity; parameter `name` of the element."""

    issue_code, code = "business-rule", "patient-mismatch"
    requirement = "ERX-PRE-007"
    example = given(name="Patient.birthDate")
    example_at = "Bundle.entry[1].resource.birthDate"


class PatientDeceased(PersonFault):
    """The patient is dead."""

    issue_code, code = "business-rule", "patient-deceased"
    requirement = "ERX-PRE-007"
    mend = Mend.ASK
    example_at = "Bundle.entry[1].resource"


class PatientMerged(PersonFault):
    """The record was merged into another: who is meant must be looked up again."""

    issue_code, code = "business-rule", "patient-merged"
    requirement = "ERX-PRE-007"
    example_at = "Bundle.entry[1].resource.identifier"


class PatientNotEntitled(PersonFault):
    """Not a refusal: the warning beside an OK that the insurance may not pay."""

    status, issue_code, code = 200, "business-rule", "patient-not-entitled"
    severity = "warning"
    mend = Mend.ASK


class PractitionerMissing(PersonFault):
    """There is no Practitioner."""

    issue_code, code = "required", "practitioner-missing"
    requirement = "ERX-PRE-015"
    example_at = "Bundle.entry"


class PractitionerUnknown(PersonFault):
    """The directory does not know the eHealthID."""

    issue_code, code = "not-found", "practitioner-unknown"
    requirement = "ERX-PRE-015"
    mend = Mend.ASK
    example_at = "Bundle.entry[2].resource.identifier"


class PractitionerMismatch(PersonFault):
    """Not the person signed in; parameter `name` of the element."""

    issue_code, code = "business-rule", "practitioner-mismatch"
    requirement = "ERX-PRE-015"
    example = given(name="Practitioner.identifier (eHealthID)")
    example_at = "Bundle.entry[2].resource.identifier"
