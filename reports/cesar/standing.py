"""What the answers come to: which measures are open, unknown, in place; pure, writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reports.cesar.bank import Bank, Measure
from test_suites.core.verdict import Verdict


class State(StrEnum):
    """How one measure stands after its verdict."""

    IN_PLACE = "in-place"
    OPEN = "open"
    TO_FIND_OUT = "to-find-out"
    NOT_CONCERNED = "not-concerned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One measure and how it stands; `partly` where it is open but begun."""

    measure: Measure
    state: State
    partly: bool = False


def standings(
    bank: Bank, verdicts: Mapping[str, Verdict], answers: Mapping[str, str]
) -> tuple[Standing, ...]:
    """Return every measure judged, in the order of the questions.

    `verdicts` and `answers` (what was found) are by requirement id.
    """
    return tuple(
        Standing(
            measure=measure,
            state=_state(verdicts[measure.requirement]),
            partly=answers.get(measure.requirement) == "partly",
        )
        for measure in bank.measures
        if measure.requirement in verdicts
    )


def _state(verdict: Verdict) -> State:
    match verdict:
        case Verdict.PASS:
            return State.IN_PLACE
        case Verdict.NOT_APPLICABLE:
            return State.NOT_CONCERNED
        case Verdict.FAIL:
            return State.OPEN
        case _:
            return State.TO_FIND_OUT
