"""What a walk has found so far: each fact once, errors before remarks, and never without end."""

from dataclasses import dataclass, field
from typing import Final

from reference_server.fhir.validation.issues import Issue, Severity

MOST_ISSUES: Final = 1000
_MILD: Final = frozenset({Severity.WARNING, Severity.INFORMATION})


class TooManyIssuesError(Exception):
    """Enough was found to know that the document is no good."""


@dataclass(slots=True)
class Gathered:
    """Owns the issues of one walk, in the order in which they were found."""

    issues: dict[tuple[str, str, str], Issue] = field(default_factory=dict)
    untold: bool = False
    """Whether some were left out, since there were too many."""
    unchecked: bool = False
    """Whether one of those told of something not checked, or the walk ended early."""

    def keep(self, issue: Issue) -> None:
        """Keep an issue; raises TooManyIssuesError when there are too many errors.

        Where there are too many remarks these are left out: an error that comes later counts.
        """
        named = issue.params.get("key", issue.params.get("name", ""))
        key = (issue.rule, issue.expression, str(named))
        known = self.issues.get(key)
        if known is None:
            if len(self.issues) < MOST_ISSUES or self._has_room(issue):
                self.issues[key] = issue
        elif known.severity in _MILD and issue.severity not in _MILD:
            self.issues[key] = issue

    def _has_room(self, issue: Issue) -> bool:
        if issue.severity in _MILD:
            self.untold = True
            self.unchecked = self.unchecked or issue.not_checked
            return False
        if self.errors >= MOST_ISSUES:
            self.untold = self.unchecked = True
            raise TooManyIssuesError
        return True

    @property
    def errors(self) -> int:
        """How many errors were found."""
        return sum(issue.severity not in _MILD for issue in self.issues.values())
