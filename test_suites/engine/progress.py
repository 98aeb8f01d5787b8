"""What a run tells while it goes on; holds no sentence."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """What just happened."""

    STARTED = "started"
    CASE_OPEN = "case-open"
    STEP = "step"
    CASE_CLOSE = "case-close"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One thing that happened; `finished` of `total` cases are closed."""

    stage: Stage
    finished: int
    total: int
    case: str = ""
    step: str = ""
    state: str = ""
