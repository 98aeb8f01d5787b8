"""Faults of the document as a whole: Bundle, entries, Composition."""

from reference_server.kernel.errors import given
from reference_server.services.prescriptions.errors.elements import Fault


class DocumentFault(Fault):
    """The Bundle, an entry or the Composition breaks a rule."""

    issue_code = "invariant"


class BundleType(DocumentFault):
    """The Bundle is no document."""

    issue_code, code = "value", "bundle-type"
    requirement = "ERX-PRE-001"
    example_at = "Bundle.type"


class BundleIdentifier(DocumentFault):
    """The Bundle has no `urn:uuid:` identifier."""

    issue_code, code = "required", "bundle-identifier"
    requirement = "ERX-PRE-003"
    example_at = "Bundle.identifier"


class BundleTimestamp(DocumentFault):
    """The Bundle has no timestamp."""

    issue_code, code = "required", "bundle-timestamp"
    requirement = "ERX-PRE-016"
    example_at = "Bundle.timestamp"


class EntryFullUrl(DocumentFault):
    """An entry has no `urn:uuid:` address of its own."""

    issue_code, code = "invariant", "entry-full-url"
    requirement = "ERX-PRE-004"
    example_at = "Bundle.entry[2].fullUrl"


class ReferenceUnresolved(DocumentFault):
    """A reference leads to no entry; parameter `reference`."""

    issue_code, code = "not-found", "reference-unresolved"
    requirement = "ERX-PRE-005"
    example = given(reference="urn:uuid:0b6a1a52-97ab-4b1e-8f0e-5b6a4c1d2e3f")
    example_at = "Bundle.entry[3].resource.subject"


class CompositionMissing(DocumentFault):
    """The first entry is no Composition."""

    issue_code, code = "required", "composition-missing"
    requirement = "ERX-PRE-002"
    example_at = "Bundle.entry[0].resource"


class CompositionStatus(DocumentFault):
    """The Composition is not final."""

    issue_code, code = "value", "composition-status"
    requirement = "ERX-PRE-002"
    example_at = "Bundle.entry[0].resource.status"


class CompositionType(DocumentFault):
    """The Composition is not of LOINC 57832-8."""

    issue_code, code = "code-invalid", "composition-type"
    requirement = "ERX-PRE-023"
    example_at = "Bundle.entry[0].resource.type"


class CompositionSubject(DocumentFault):
    """The Composition names another subject than the patient."""

    issue_code, code = "invariant", "composition-subject"
    requirement = "ERX-PRE-007"
    example_at = "Bundle.entry[0].resource.subject"


class CompositionAuthor(DocumentFault):
    """The Composition's first author is not the prescriber."""

    issue_code, code = "invariant", "composition-author"
    requirement = "ERX-PRE-015"
    example_at = "Bundle.entry[0].resource.author"


class CompositionSection(DocumentFault):
    """A section does not list its entries; parameter `section`."""

    issue_code, code = "invariant", "composition-section"
    requirement = "ERX-PRE-009"
    example = given(section="57832-8")
    example_at = "Bundle.entry[0].resource.section[0]"
