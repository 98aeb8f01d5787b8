"""Faults in the form of a submitted resource, found before any rule looks at it."""

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
