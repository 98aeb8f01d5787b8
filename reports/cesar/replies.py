"""What somebody answered to an instrument; the file as it is kept, and nothing about its score."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, field_serializer, model_validator

from reports.cesar.path import Profile
from reports.cesar.questions import (
    LADDER,
    Instrument,
    InstrumentName,
    Profession,
    Question,
    QuestionId,
    Tag,
)
from scenarios.model import Declared
from test_suites.subjects.model import Answerer, PracticeSize

# A: verified by the lab or a third party; B: document or screenshot reviewed; C: declared.
Evidence: TypeAlias = Literal["A", "B", "C"]
Kind: TypeAlias = Literal["level", "unknown", "not-applicable"]


class Supplied(Declared):
    """Owns whose word an answer is, where a supplier gave it for its product."""

    supplier: Annotated[str, Field(max_length=120)]
    product: Annotated[str, Field(max_length=120)]


class Reply(Declared):
    """Owns one answer: a level of the ladder, "I don't know", or why the question does not apply.

    `kept` says that it was asked again because of a contradiction, and was not changed.
    `reason` is the id of one of the question's own reasons: no free text is ever kept.
    """

    kind: Kind = "level"
    level: Annotated[int, Field(ge=0, lt=LADDER)] | None = None
    reason: str | None = None
    evidence: Evidence = "C"
    kept: bool = False
    answered: str = ""
    supplied: Supplied | None = None

    @model_validator(mode="after")
    def _one_of_a_kind(self) -> Self:
        """Refuse an answer that says two things."""
        if (self.kind == "level") != (self.level is not None):
            raise ValueError("a level is for an answer on the ladder, and for no other")
        if (self.kind == "not-applicable") != (self.reason is not None):
            raise ValueError("a reason is for what does not apply, and for nothing else")
        return self


class Replies(Declared):
    """Owns every answer so far. Nothing in it names a person; a question that is absent is skipped.

    `version` is the bank's: an answer belongs to the sentences that were read.
    """

    format: Literal["equalis-replies/1"] = "equalis-replies/1"
    instrument: InstrumentName
    version: str
    profession: Profession | None = None
    size: PracticeSize | None = None
    tags: frozenset[Tag] = frozenset()
    by: Answerer | None = None
    replies: Mapping[QuestionId, Reply] = Field(default_factory=dict)

    @field_serializer("tags")
    def _in_order(self, tags: frozenset[Tag]) -> list[Tag]:
        """Write tags in one order, so that the same answers are the same bytes."""
        return sorted(tags)

    @property
    def profile(self) -> Profile:
        """Return whom the answers are about."""
        return Profile(profession=self.profession, size=self.size, tags=self.tags)

    def replying(self, question_id: str, reply: Reply) -> Self:
        """Return the same answers with one more, or changed."""
        return self.model_copy(update={"replies": {**self.replies, question_id: reply}})


def mismatch(replies: Replies, instrument: Instrument) -> str | None:
    """Return what of kept answers does not fit a bank, None where all does.

    It is the version where they were given to other sentences, else the id of a question that
    does not exist or was answered with a reason that it does not offer.
    """
    if (replies.instrument, replies.version) != (instrument.name, instrument.version):
        return f"{replies.instrument} {replies.version}"
    known = {one.id: one for one in instrument.questions()}
    for question_id, reply in replies.replies.items():
        if question_id not in known or not _offered(reply, known[question_id]):
            return question_id
    return None


def _offered(reply: Reply, question: Question) -> bool:
    return reply.reason is None or reply.reason in {one.id for one in question.not_applicable}
