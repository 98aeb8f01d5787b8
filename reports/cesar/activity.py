"""Puts recorded answers into the evidence, one for each step; asks nobody anything."""

from collections.abc import Mapping

from test_suites.core.transcript import ExhibitKind, StepState
from test_suites.core.verdict import Mode
from test_suites.engine.activity import Activity, Stage
from test_suites.engine.players import LabError
from test_suites.subjects.operator import ActOutcome


def declaring(answers: Mapping[str, bytes]) -> Activity:
    """Return the activity that keeps the answer to the question which each step names."""

    async def play(stage: Stage) -> ActOutcome:
        question = str(stage.step.parameters.get("question"))
        if question not in answers:
            raise LabError("question-without-answer")
        await stage.exhibit(
            name=f"{question}.json",
            media_type="application/json",
            content=answers[question],
            kind=ExhibitKind.ANSWER,
            mode=Mode.DECLARED,
        )
        return ActOutcome(state=StepState.DONE)

    return play
