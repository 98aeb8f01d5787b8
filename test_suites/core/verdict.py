"""Facts, verdicts and modes: the lab's whole vocabulary of judgement; knows no reasons."""

from collections.abc import Iterable
from enum import StrEnum


class Fact(StrEnum):
    """What a check saw of one requirement in one place."""

    HELD = "held"
    BROKEN = "broken"
    UNOBSERVED = "unobserved"


class Mode(StrEnum):
    """Who vouches for a piece of evidence."""

    AUTOMATIC = "automatic"
    ATTESTED = "attested"
    DECLARED = "declared"


class Verdict(StrEnum):
    """The verdict words, declared from best to worst; a verdict only ever gets worse."""

    NOT_APPLICABLE = "NOT_APPLICABLE"
    PASS = "PASS"  # noqa: S105  a verdict, not a password
    WARN = "WARN"
    REVIEW = "REVIEW"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"
    FAIL = "FAIL"

    @property
    def rank(self) -> int:
        """Position in the order, 0 for NOT_APPLICABLE up to 6 for FAIL."""
        return tuple(Verdict).index(self)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of the verdicts; NOT_APPLICABLE when there are none."""
    return max(verdicts, key=lambda verdict: verdict.rank, default=Verdict.NOT_APPLICABLE)
