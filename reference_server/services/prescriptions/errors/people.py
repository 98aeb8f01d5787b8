"""Faults of the people in a submission: the patient and the prescriber."""

from reference_server.services.prescriptions.errors.elements import Fault


class PersonFault(Fault):
    """The patient or the prescriber is not as the directories know them."""

    issue_code = "business-rule"


class PatientMissing(PersonFault):
    """There is no Patient."""

    issue_code, code = "required", "patient-missing"
    requirement = "ERX-PRE-008"


class PatientMatriculeMissing(PersonFault):
    """The patient has no matricule, or several."""

    issue_code, code = "required", "patient-matricule-missing"
    requirement = "ERX-PRE-006"


class PatientMatriculeCheck(PersonFault):
    """The matricule's form, check digits or date are wrong."""

    issue_code, code = "value", "patient-matricule-check"
    requirement = "ERX-PRE-006"


class PatientPossiblyReal(PersonFault):
    """The matricule may belong to a real person."""

    issue_code, code = "business-rule", "patient-possibly-real"
    requirement = "ERX-SRV-035"


class PatientUnknown(PersonFault):
    """The directory does not know the matricule."""

    issue_code, code = "not-found", "patient-unknown"
    requirement = "ERX-PRE-007"


class PatientMismatch(PersonFault):
    """The directory knows another identity; parameter `name` of the element."""

    issue_code, code = "business-rule", "patient-mismatch"
    requirement = "ERX-PRE-007"


class PatientDeceased(PersonFault):
    """The patient is dead."""

    issue_code, code = "business-rule", "patient-deceased"
    requirement = "ERX-PRE-007"


class PractitionerMissing(PersonFault):
    """There is no Practitioner."""

    issue_code, code = "required", "practitioner-missing"
    requirement = "ERX-PRE-015"


class PractitionerUnknown(PersonFault):
    """The directory does not know the eHealthID."""

    issue_code, code = "not-found", "practitioner-unknown"
    requirement = "ERX-PRE-015"


class PractitionerMismatch(PersonFault):
    """Not the person signed in; parameter `name` of the element."""

    issue_code, code = "business-rule", "practitioner-mismatch"
    requirement = "ERX-PRE-015"
