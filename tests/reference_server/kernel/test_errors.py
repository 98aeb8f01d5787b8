"""Every refusal has a code of its own, an issue type of FHIR's list and a sentence per language."""

from collections.abc import Iterator

import pytest

from reference_server.app.wiring import SERVICES, full_catalogue
from reference_server.kernel import errors
from reference_server.kernel.errors import Refusal, Refusals
from reference_server.kernel.language import Voice
from reference_server.kernel.outcome import operation_outcome
from reference_server.services.prescriptions.errors.people import PatientNotEntitled
from reference_server.services.trust.errors import OAuthRefusal
from reference_server.text import LANGUAGES

# FHIR R4 IssueType, http://hl7.org/fhir/issue-type, version 4.0.1.
ISSUE_TYPES = frozenset(
    {
        "invalid",
        "structure",
        "required",
        "value",
        "invariant",
        "security",
        "login",
        "unknown",
        "expired",
        "forbidden",
        "suppressed",
        "processing",
        "not-supported",
        "duplicate",
        "multiple-matches",
        "not-found",
        "deleted",
        "too-long",
        "code-invalid",
        "extension",
        "too-costly",
        "business-rule",
        "conflict",
        "transient",
        "lock-error",
        "no-store",
        "exception",
        "timeout",
        "incomplete",
        "throttled",
        "informational",
    }
)
CATALOGUE = full_catalogue(tuple(service.name for service in SERVICES))


def named(base: type[Refusal]) -> Iterator[type[Refusal]]:
    """Give every refusal that has a code of its own."""
    for refusal in base.__subclasses__():
        if "code" in refusal.__dict__ and not issubclass(refusal, Refusals | OAuthRefusal):
            yield refusal
        yield from named(refusal)


REFUSALS = tuple(dict.fromkeys(named(Refusal)))


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.__name__)
def test_a_refusal_is_complete(refusal: type[Refusal]) -> None:
    is_warning = refusal is PatientNotEntitled
    assert is_warning or 300 <= refusal.status < 600
    assert refusal.issue_code in ISSUE_TYPES
    assert refusal.__doc__


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_the_kernel_has_its_sentence(language: str) -> None:
    for refusal in REFUSALS:
        if refusal.__module__ == errors.__name__:
            assert f"refusal.{refusal.code}" in CATALOGUE.ids(language)


def test_the_refusals_of_the_kernel_have_different_codes() -> None:
    codes = [item.code for item in REFUSALS if item.__module__ == errors.__name__]
    assert len(set(codes)) == len(codes)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    for refusal in REFUSALS:
        if refusal.__module__ == errors.__name__:
            assert f"{refusal.__name__} {refusal.status}" in (errors.__doc__ or "")


def test_an_outcome_lists_every_fault_with_its_place_and_rule() -> None:
    faults = Refusals(
        (
            errors.ParameterMissing(name="reason", expression="Parameters.parameter[0]"),
            errors.BodyTooLarge(limit=5),
        )
    )
    voice = Voice(catalogue=CATALOGUE, language="en", request_id="r-1")
    outcome = operation_outcome(faults, voice)
    assert outcome["issue"] == [
        {
            "severity": "error",
            "code": "required",
            "details": {
                "coding": [
                    {
                        "system": "https://www.esante.lu/fhir-spec/CodeSystem/erx-refusal",
                        "code": "parameter-missing",
                    }
                ],
                "text": "The parameter “reason” is mandatory. Tell the maker of the software.",
            },
            "diagnostics": "X-Request-Id: r-1",
            "expression": ["Parameters.parameter[0]"],
        },
        {
            "severity": "error",
            "code": "too-long",
            "details": {
                "coding": [
                    {
                        "system": "https://www.esante.lu/fhir-spec/CodeSystem/erx-refusal",
                        "code": "body-too-large",
                    },
                    {
                        "system": "https://www.esante.lu/fhir-spec/CodeSystem/erx-requirement",
                        "code": "ERX-SRV-028",
                    },
                ],
                "text": "The body of the request exceeds the limit of 5 bytes."
                " Tell the maker of the software.",
            },
            "diagnostics": "X-Request-Id: r-1",
        },
    ]
