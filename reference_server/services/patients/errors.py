"""Why the directory takes a person in or not.

Refusal
└── PatientRefusal
    ├── MatriculeWrong          a check digit, the form or the birth date is wrong
    └── MatriculePossiblyReal   valid, but outside the declared synthetic block
"""

from reference_server.kernel.errors import Mend, Refusal


class PatientRefusal(Refusal):
    """A person cannot be taken into the directory."""

    status, issue_code = 422, "value"
    mend = Mend.CORRECT


class MatriculeWrong(PatientRefusal):
    """The number is not a valid matricule."""

    code = "directory-matricule-wrong"
    requirement = "ERX-SRV-030"


class MatriculePossiblyReal(PatientRefusal):
    """The number may belong to somebody: only the declared block is synthetic."""

    issue_code, code = "business-rule", "directory-possibly-real"
    requirement = "ERX-SRV-035"
