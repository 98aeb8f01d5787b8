"""Why the terminology service has no answer: each says that something is not known *here*.

Refusal
└── TerminologyRefusal
    ├── SystemUnknown 404       no such code system here
    ├── ListAbsent 422          the system's list does not come with this server
    ├── VersionUnknown 404      another version is here
    ├── CodeUnknown 404         the list is complete and does not have the code
    ├── CodeUndecided 422       the list here is not complete: it cannot be told
    ├── ValueSetUnknown 404
    ├── MapUnknown 404
    ├── ExpansionImpossible 422  a part of the value set cannot be listed
    ├── ResourceUnknown 404     nothing under this id
    └── ArgumentUnknown 400     the operation has no such parameter
"""

from reference_server.kernel.errors import Mend, Refusal, given


class TerminologyRefusal(Refusal):
    """The service cannot answer from what it has."""

    status, issue_code = 404, "not-found"
    mend = Mend.CORRECT


class SystemUnknown(TerminologyRefusal):
    """No such code system is known here; parameter `system`."""

    code = "terminology-system-unknown"
    example = given(system="urn:oid:1.3.182.5.999")


class ListAbsent(TerminologyRefusal):
    """The system is known, its list is licensed and not here; parameters `name`, `system`."""

    status, issue_code, code = 422, "not-supported", "terminology-list-absent"
    mend, example = Mend.ASK, given(name="LOINC", system="http://loinc.org")


class VersionUnknown(TerminologyRefusal):
    """Another version is here; parameters `canonical`, `wanted`, `held`."""

    code = "terminology-version-unknown"
    example = given(
        canonical="http://hl7.org/fhir/administrative-gender", wanted="5.0.0", held="4.0.1"
    )


class CodeUnknown(TerminologyRefusal):
    """The system has no such code; parameters `code`, `system`."""

    code = "terminology-code-unknown"
    example = given(code="man", system="http://hl7.org/fhir/administrative-gender")


class CodeUndecided(TerminologyRefusal):
    """Whether it is a code cannot be told from what is here; parameters `code`, `list`."""

    status, issue_code, code = 422, "incomplete", "terminology-code-undecided"
    mend = Mend.ASK
    example = given(code="DT-99999", list="urn:oid:1.3.182.5.9")


class ValueSetUnknown(TerminologyRefusal):
    """No such value set is known here; parameter `url`."""

    code = "terminology-value-set-unknown"
    example = given(url="http://hl7.org/fhir/ValueSet/colours")


class MapUnknown(TerminologyRefusal):
    """No such map, or none from this system, is known here; parameter `url`."""

    code = "terminology-map-unknown"
    example = given(url="http://hl7.org/fhir/ConceptMap/colours")


class ExpansionImpossible(TerminologyRefusal):
    """A part of the value set cannot be listed here; parameters `url`, `part`."""

    status, issue_code, code = 422, "not-supported", "terminology-expansion-impossible"
    mend = Mend.ASK
    example = given(url="http://hl7.org/fhir/ValueSet/mimetypes", part="urn:ietf:bcp:13")


class ResourceUnknown(TerminologyRefusal):
    """Nothing under this id; parameters `type`, `id`."""

    code = "terminology-resource-unknown"
    example = given(type="CodeSystem", id="colours")


class ArgumentUnknown(TerminologyRefusal):
    """The operation has no such parameter, or not here; parameter `name`."""

    status, issue_code, code = 400, "not-supported", "terminology-argument-unknown"
    example = given(name="colour")
