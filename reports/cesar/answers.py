"""What a practice answered, as a draft while it answers and as evidence afterwards; no files."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field

from reports.cesar.bank import Bank, Measure, Word
from scenarios.model import Declared
from test_suites.capture import canonical
from test_suites.subjects.model import Answerer, PracticeSize

FORMAT: Final = "equalis-answer/1"
ROLES: Final[tuple[Answerer, ...]] = ("owner", "clinician", "staff", "provider")


class LadderLevel(Declared):
    """Owns the level of a ladder that an answer comes from, and the version of its sentences."""

    bank: str
    level: Annotated[int, Field(ge=0, le=5)]


class Answer(Declared):
    """Owns one answer: the word chosen, the reason where it does not apply, and when (UTC).

    `ladder` is there where the word was not chosen itself but follows from a level.
    """

    answer: Word
    reason: str | None = None
    answered: str
    ladder: LadderLevel | None = None


class Draft(Declared):
    """Owns what was answered so far. Nothing in it names a person.

    `name` is the practice's own, empty where it stays anonymous, None while nobody was asked.
    """

    format: Literal["equalis-assessment/1"] = "equalis-assessment/1"
    bank: str
    name: Annotated[str, Field(max_length=200)] | None = None
    size: PracticeSize | None = None
    by: Answerer | None = None
    answers: Mapping[str, Answer] = Field(default_factory=dict)

    def but(self, **changed: object) -> Self:
        """Return the same draft with some fields changed."""
        return self.model_copy(update=changed)

    def answering(self, measure: Measure, answer: Answer) -> Self:
        """Return the same draft with one answer more, or changed."""
        return self.but(answers={**self.answers, measure.id: answer})

    def started(self) -> bool:
        """Tell whether anything was answered."""
        return self.name is not None or self.by is not None or bool(self.answers)


def concerns(measure: Measure, size: PracticeSize | None) -> bool:
    """Tell whether a measure concerns a practice of this size."""
    return size is None or size in measure.sizes


def final(draft: Draft, bank: Bank) -> Mapping[str, Answer]:
    """Return an answer to every measure; the size answers for those that it leaves out.

    Raises KeyError where a measure that concerns the practice has no answer.
    """
    last = max((one.answered for one in draft.answers.values()), default="")
    return {
        measure.id: draft.answers[measure.id]
        if concerns(measure, draft.size)
        else Answer(
            answer="not-applicable",
            reason=measure.reason.id if measure.reason else None,
            answered=last,
        )
        for measure in bank.measures
    }


def evidence(measure: Measure, answer: Answer, draft: Draft) -> bytes:
    """Return an answer as it becomes an exhibit: who answered is told by role only."""
    return canonical.encode(
        {
            "format": FORMAT,
            "bank": draft.bank,
            "question": measure.id,
            "answer": answer.answer,
            "reason": answer.reason,
            "answered": answer.answered,
            "by": draft.by,
            **({} if answer.ladder is None else {"ladder": answer.ladder.model_dump()}),
        }
    )
