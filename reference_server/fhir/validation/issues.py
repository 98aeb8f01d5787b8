"""What a validation tells: one issue a fact, with a stable rule id; says no sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much an issue weighs, in FHIR's words."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One fact: `rule` is stable, `code` is FHIR's issue type, `params` fill its sentence.

    `not_checked` says that nothing was found because it could not be looked at.
    """

    rule: str
    severity: Severity
    code: str
    expression: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    profile: str = ""
    not_checked: bool = False
