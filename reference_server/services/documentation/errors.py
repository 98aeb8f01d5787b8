"""What the documentation does not have; knows no page.

Refusal
└── DocumentationRefusal
    ├── ArtefactUnknown 404   ├── ReleaseUnknown 404   ├── ExampleUnknown 404
    ├── ServiceUndescribed 404   ├── AnalysisUnknown 404
    └── DefinitionUnknown 404 (FHIR paths)
"""

from reference_server.kernel.errors import Mend, Refusal, given


class DocumentationRefusal(Refusal):
    """There is no such thing in the specification in force."""

    status, issue_code = 404, "not-found"
    mend = Mend.CORRECT


class ArtefactUnknown(DocumentationRefusal):
    """No artefact of that type and id, in force or in a release."""

    code = "artefact-unknown"
    example = given(type="StructureDefinition", id="erx-nothing")


class ReleaseUnknown(DocumentationRefusal):
    """No release of that number."""

    code = "release-unknown"
    example = given(id="7")


class ExampleUnknown(DocumentationRefusal):
    """No example of that id."""

    code = "example-unknown"
    example = given(id="no-example")


class ServiceUndescribed(DocumentationRefusal):
    """No service of that name tells anything about itself."""

    code = "service-undescribed"
    example = given(name="nothing")


class AnalysisUnknown(DocumentationRefusal):
    """No list of this World had an analysis of that code."""

    code = "analysis-unknown"
    example = given(code="BIO-9999")


class DefinitionUnknown(DocumentationRefusal):
    """No such resource on a FHIR path."""

    code = "definition-unknown"
    example = given(type="StructureDefinition", id="erx-nothing")
