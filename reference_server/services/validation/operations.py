"""`$validate`: an OperationOutcome of everything found; nothing of the resource is kept.

Source: http://hl7.org/fhir/R4/resource-operation-validate.html.
"""

from typing import Any

from reference_server.fhir.validation.issues import Issue, Severity
from reference_server.fhir.validation.outcome import outcome
from reference_server.kernel.errors import ParameterInvalid, ParameterMissing
from reference_server.services.validation.model import Asked, Mode
from reference_server.specification import NationalJudge


def validate(
    asked: Asked, *, resource_type: str, own_id: str | None, language: str, judge: NationalJudge
) -> Any:  # noqa: ANN401  JSON
    """Return the OperationOutcome of a question; raises ParameterMissing, ParameterInvalid.

    The resource must be of the type that the address names, and bear the id where it names one.
    """
    if asked.mode is Mode.DELETE:
        kept = Issue(
            rule="delete-not-supported",
            severity=Severity.ERROR,
            code="not-supported",
            expression=resource_type,
        )
        return outcome((kept,), language=language)
    if asked.resource is None:
        raise ParameterMissing(name="resource")
    if asked.mode is Mode.PROFILE and not asked.profiles:
        raise ParameterMissing(name="profile")
    if asked.resource.get("resourceType") != resource_type:
        raise ParameterInvalid(name="resource")
    found = list(judge.validator.issues_of(asked.resource, profiles=asked.profiles))
    found += _about_id(asked, resource_type, own_id)
    return outcome(found, source=asked.source, language=language)


def _about_id(asked: Asked, resource_type: str, own_id: str | None) -> list[Issue]:
    """Tell an id that is missing, is another than the address has, or is not to be given yet."""
    given = None if asked.resource is None else asked.resource.get("id")
    if own_id is not None and given != own_id:
        wanted = own_id
    elif asked.mode is Mode.UPDATE and given is None:
        wanted = "id"
    else:
        return []
    return [
        Issue(
            rule="id-of-update",
            severity=Severity.ERROR,
            code="invalid",
            expression=resource_type,
            params={"value": str(given or "-")[:64], "expected": wanted[:64]},
        )
    ]
