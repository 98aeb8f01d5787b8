"""Why the directory takes a person in or not, and why the index does not do what was asked.

Refusal
└── PatientRefusal 422
    ├── MatriculeWrong          a check digit, the form or the birth date is wrong
    ├── MatriculePossiblyReal   valid, but outside the declared synthetic block
    ├── DomainUnknown 422       no such identifier domain is registered
    ├── DomainForeign 403       the domain is another organisation's
    ├── LocalIdWrong 422        empty, too long, or with signs that no number has
    ├── NameMissing 422         neither a family nor a given name
    ├── TraitWrong 422          a trait that cannot be read, or is too long
    ├── RecordUnknown 404       the domain has no such number
    ├── PersonUnknown 404       no such person
    ├── AlreadyMerged 409       one of the two no longer stands for itself
    ├── SamePerson 409          both are the same already
    ├── NotMerged 409           there is no merge to undo
    ├── NotStanding 409         the record is deactivated or merged
    ├── NumberTaken 409         the new number is another patient's
    ├── PairUnknown 404         the two records are no pair
    ├── ReasonMissing 422       a decision needs its reason
    ├── ModifierUnknown 400     a modifier extension that nobody here understands
    ├── OfficerUnknown 401      no identity officer of this name and password
    ├── DecisionMissing 422     a form without a decision
    └── DecidedDifferent 409    somebody decided that the two are not one person
"""

from reference_server.kernel.errors import Mend, Refusal, given


class PatientRefusal(Refusal):
    """A person cannot be taken into the directory, or an identity not changed so."""

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


class DomainUnknown(PatientRefusal):
    """No such identifier domain is registered; parameter `domain`."""

    issue_code, code = "code-invalid", "identity-domain-unknown"
    example = given(domain="urn:oid:1.3.182.3.1.1.99999999.2")


class DomainForeign(PatientRefusal):
    """The domain is another organisation's; parameter `domain`."""

    status, issue_code, code = 403, "forbidden", "identity-domain-foreign"
    example = given(domain="urn:oid:1.3.182.3.1.1.90100112.2")


class LocalIdWrong(PatientRefusal):
    """A local number is empty, too long, or has signs that no number has; parameter `most`."""

    code = "identity-local-id-wrong"
    example = given(most=64)


class NameMissing(PatientRefusal):
    """Neither a family nor a given name is told."""

    issue_code, code = "required", "identity-name-missing"


class TraitWrong(PatientRefusal):
    """A trait cannot be read, or is too long; parameter `trait`."""

    code = "identity-trait-wrong"
    example = given(trait="birth_date")


class RecordUnknown(PatientRefusal):
    """The domain has no patient of this number; parameters `domain`, `value`."""

    status, issue_code, code = 404, "not-found", "identity-record-unknown"
    example = given(domain="urn:oid:1.3.182.3.1.1.90200116.2", value="P-0815")


class PersonUnknown(PatientRefusal):
    """No such person; parameter `mpi`."""

    status, issue_code, code = 404, "not-found", "identity-person-unknown"
    example = given(mpi="4711081500")


class AlreadyMerged(PatientRefusal):
    """One of the two no longer stands for itself; parameter `mpi`."""

    status, issue_code, code = 409, "conflict", "identity-already-merged"
    example = given(mpi="4711081500")


class SamePerson(PatientRefusal):
    """Both are the same already."""

    status, issue_code, code = 409, "conflict", "identity-same-person"


class NotMerged(PatientRefusal):
    """There is no merge to undo; parameter `mpi`."""

    status, issue_code, code = 409, "conflict", "identity-not-merged"
    example = given(mpi="4711081500")


class NotStanding(PatientRefusal):
    """The record no longer stands for itself; parameter `value`."""

    status, issue_code, code = 409, "conflict", "identity-not-standing"
    example = given(value="P-0815")


class NumberTaken(PatientRefusal):
    """The new local number is another patient's; parameter `value`."""

    status, issue_code, code = 409, "duplicate", "identity-number-taken"
    example = given(value="P-0816")


class PairUnknown(PatientRefusal):
    """The two records are no pair of the worklist."""

    status, issue_code, code = 404, "not-found", "identity-pair-unknown"


class ReasonMissing(PatientRefusal):
    """A decision about identities needs its reason."""

    issue_code, code = "required", "identity-reason-missing"


class OfficerUnknown(PatientRefusal):
    """No identity officer has this name and password, or the account rests."""

    status, issue_code, code = 401, "login", "identity-officer-unknown"


class DecisionMissing(PatientRefusal):
    """The form of a pair came without a decision."""

    issue_code, code = "required", "identity-decision-missing"


class ModifierUnknown(PatientRefusal):
    """A modifier extension changes what is told, and is not understood here."""

    status, issue_code, code = 400, "not-supported", "identity-modifier-unknown"
    example_at = "Parameters.parameter[0].resource.modifierExtension"


class DecidedDifferent(PatientRefusal):
    """Somebody decided that the two are not one person: withdraw that first."""

    status, issue_code, code = 409, "conflict", "identity-decided-different"
