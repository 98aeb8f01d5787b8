"""Faults in the form of a submitted resource, found before any rule looks at it."""

from typing import Self

from reference_server.fhir.validation.issues import Issue
from reference_server.fhir.validation.outcome import spoken
from reference_server.kernel.errors import Mend, Refusal, given


class Fault(Refusal):
    """One thing wrong with a submission; its `expression` says where."""

    status, issue_code = 422, "invariant"
    mend = Mend.CORRECT
    example_at = "Bundle"


class ElementFault(Fault):
    """The JSON has not FHIR's form."""

    status, issue_code = 422, "structure"
    requirement = "ERX-PRE-026"
    example_at = "Bundle.entry[2].resource"


class ElementUnknown(ElementFault):
    """FHIR, or this service, does not know the element; parameter `name`."""

    issue_code, code = "structure", "element-unknown"
    example = given(name="colour")


class ElementType(ElementFault):
    """The element has another JSON form than its type; parameter `expected`."""

    issue_code, code = "structure", "element-type"
    example = given(expected="HumanName")


class ElementValue(ElementFault):
    """The value is not one of its type; parameter `expected`."""

    issue_code, code = "value", "element-value"
    example = given(expected="date")


class ElementMissing(ElementFault):
    """A mandatory element is missing; parameter `name`."""

    issue_code, code = "required", "element-missing"
    requirement = "ERX-PRE-012"
    example = given(name="status")


class ElementRepeated(ElementFault):
    """More values than allowed; parameter `limit`."""

    issue_code, code = "structure", "element-repeated"
    example = given(limit=1)


class ElementEmpty(ElementFault):
    """An empty object, list or text."""

    issue_code, code = "structure", "element-empty"


class ResourceUnexpected(ElementFault):
    """A resource of a type that has no place there; parameter `type`."""

    issue_code, code = "structure", "resource-unexpected"
    example = given(type="Observation")


class ProfileNotMet(Fault):
    """The validator's verdict by the national profile; parameter `rule`, its stable rule id.

    It speaks with the validator's own sentence, and names the invariant by its key.
    """

    issue_code, code = "invariant", "profile-not-met"
    requirement = "ERX-PRE-028"
    example_at = "Bundle.entry[3].resource"
    example = given(rule="too-many")
    said = ""

    @classmethod
    def of(cls, issue: Issue, *, requirement: str | None) -> Self:
        """Return what an issue of the validator says as a fault."""
        message_id, params = spoken(issue)
        made = cls(expression=issue.expression, requirement=requirement, **params)
        made.rule, made.said = str(issue.params.get("key") or issue.rule), message_id
        return made

    @property
    def message_id(self) -> str:
        return self.said or super().message_id
