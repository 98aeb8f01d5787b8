"""Validation of FHIR R4 resources by types and profiles: `Validator(packages).validate(source)`.

Issues and outcomes are used by much that validates nothing, so the validator is read when named.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reference_server.fhir.validation.validator import Options, Validator

__all__ = ["Options", "Validator"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  a class
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from reference_server.fhir.validation import validator  # noqa: PLC0415  when it is named

    return getattr(validator, name)
