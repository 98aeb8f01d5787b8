"""One question as a page shows it, in the words of whoever answers; decides nothing."""

from dataclasses import dataclass
from typing import Final

from reference_server.kernel.web import Visit
from reports.cesar.questions import LADDER, Domain, Instrument, Profession, Question
from reports.cesar.replies import Reply
from reports.portal.errors import QuestionUnknown
from reports.render.result.view import cost, supplied
from reports.render.texts import texts

UNKNOWN: Final = "unknown"
LEFT_OUT: Final = "left-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question as a page shows it; `given` is the value of the choice made, if any."""

    id: str
    domain: str
    asked: str
    knock_out: bool
    choices: tuple[tuple[str, str], ...]
    given: str
    supplied: str
    why: str
    me: str
    provider: str
    proof: str
    effort: str
    cost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one is: this question, those around it, and how far that is."""

    questions: tuple[Question, ...]
    at: int

    @property
    def question(self) -> Question:
        """The question here."""
        return self.questions[self.at]

    @property
    def before(self) -> str | None:
        """The id of the question before, None at the first."""
        return self.questions[self.at - 1].id if self.at else None

    @property
    def after(self) -> str | None:
        """The id of the next question, None at the last."""
        return self.questions[self.at + 1].id if self.at + 1 < len(self.questions) else None

    @property
    def ends_essentials(self) -> bool:
        """Whether the essential questions end here: the first result follows."""
        return self.question.knock_out and (
            self.after is None or not self.questions[self.at + 1].knock_out
        )


def read_reply(value: str, question: Question, day: str) -> Reply | None:
    """Return the answer that a choice means, None where it means none."""
    if value.isascii() and value.isdigit() and int(value) < LADDER and len(value) == 1:
        return Reply(level=int(value), answered=day)
    if value == UNKNOWN:
        return Reply(kind="unknown", answered=day)
    if value == LEFT_OUT and question.not_applicable:
        return Reply(kind="not-applicable", reason=question.not_applicable[0].id, answered=day)
    return None


def place_of(question_id: str, questions: tuple[Question, ...]) -> Place:
    """Return where a question stands among those asked; raises QuestionUnknown."""
    for at, one in enumerate(questions):
        if one.id == question_id:
            return Place(questions=questions, at=at)
    raise QuestionUnknown


def asked(
    question: Question,
    reply: Reply | None,
    *,
    visit: Visit,
    instrument: Instrument,
    profession: Profession | None = None,
) -> Asked:
    """Return a question in the words of whoever answers, with the answer given so far."""
    language = visit.language
    return Asked(
        id=question.id,
        domain=_domain(instrument, question).name.of(language),
        asked=question.asked(profession).of(language),
        knock_out=question.knock_out,
        choices=tuple(_choices(visit, question)),
        given=_given(reply),
        supplied=supplied(reply, texts(language)),
        why=question.why.of(language),
        me=question.do.of(language),
        provider=question.ask.of(language),
        proof=question.proof.of(language),
        effort=visit.text(f"cesar.effort.{question.effort}"),
        cost=cost(question, texts(language)),
    )


def _choices(visit: Visit, question: Question) -> list[tuple[str, str]]:
    language = visit.language
    ladder = [(str(level), one.of(language)) for level, one in enumerate(question.ladder)]
    reasons = [(LEFT_OUT, one.text.of(language)) for one in question.not_applicable]
    return [*ladder, (UNKNOWN, visit.text("cesar.word.unknown")), *reasons]


def _given(reply: Reply | None) -> str:
    if reply is None:
        return ""
    if reply.level is not None:
        return str(reply.level)
    return UNKNOWN if reply.kind == "unknown" else LEFT_OUT


def _domain(instrument: Instrument, question: Question) -> Domain:
    ids = ((one, (each.id for each in one.questions)) for one in instrument.domains)
    return next(one for one, some in ids if question.id in some)
