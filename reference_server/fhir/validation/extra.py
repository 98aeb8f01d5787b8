"""One thing that is wrong by the words of R4, which no rule of a definition says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reference_server.fhir.validation.issues import Issue, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What is wrong, and where below the element that was looked at."""

    rule: str
    code: str = "invalid"
    below: str = ""
    severity: Severity = Severity.ERROR
    not_checked: bool = False
    params: Mapping[str, str | int] = field(default_factory=dict)

    def at(self, path: str) -> Issue:
        """Return this as an issue of the element at a path."""
        return Issue(
            rule=self.rule,
            severity=self.severity,
            code=self.code,
            expression=f"{path}{self.below}",
            params=self.params,
            not_checked=self.not_checked,
        )
