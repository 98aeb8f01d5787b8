"""The questions: one on a screen, all on one page, those asked again; saved with each answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from reference_server.kernel.web import Form
from reports.cesar.path import path
from reports.cesar.questions import LADDER, Domain, Question
from reports.cesar.replies import Replies, Reply
from reports.cesar.scoring import contradicted
from reports.portal.errors import QuestionUnknown
from reports.portal.turn import Work
from reports.render.result.view import cost, supplied, written
from reports.render.texts import texts

UNKNOWN: Final = "unknown"
LEFT_OUT: Final = "left-out"
SKIP, BACK, SAVE = "skip", "back", "save"


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


def place(work: Work, question_id: str) -> Place:
    """Return where a question stands; raises QuestionUnknown."""
    questions = path(work.instrument, work.kept.replies.profile)
    for at, one in enumerate(questions):
        if one.id == question_id:
            return Place(questions=questions, at=at)
    raise QuestionUnknown


def first_open(work: Work) -> str | None:
    """Return the first question without an answer, None where all have one."""
    given = work.kept.replies.replies
    questions = path(work.instrument, work.kept.replies.profile)
    return next((one.id for one in questions if one.id not in given), None)


def read_reply(value: str, question: Question, day: str) -> Reply | None:
    """Return the answer that a choice means, None where it means none."""
    if value.isascii() and value.isdigit() and int(value) < LADDER and len(value) == 1:
        return Reply(level=int(value), answered=day)
    if value == UNKNOWN:
        return Reply(kind="unknown", answered=day)
    if value == LEFT_OUT and question.not_applicable:
        return Reply(kind="not-applicable", reason=question.not_applicable[0].id, answered=day)
    return None


def question(work: Work) -> Response:
    """Show one question."""
    here = place(work, work.turn.named["id"])
    return _question(work, here)


def answer(work: Work) -> Response:
    """Keep one answer and go on, back, or stay (our own script)."""
    here = place(work, work.turn.named["id"])
    form = work.turn.form()
    go = form.value("go")
    reply = read_reply(form.value(here.question.id), here.question, day(work))
    if reply is None and go not in {SKIP, BACK}:
        return _unanswered(work, here)
    if reply is not None and go != SKIP:
        work.turn.desk.assessments.change(work.kept.id, _with(here.question.id, reply))
    if go == SAVE or work.turn.wants_json:
        return _saved(work)
    if go == BACK:
        return work.turn.go(f"/cesar/question/{here.before}" if here.before else "/cesar/overview")
    if work.visit.asked("to") == "overview":
        return work.turn.go("/cesar/overview")
    if here.ends_essentials:
        return work.turn.go("/cesar/first")
    return work.turn.go(f"/cesar/question/{here.after}" if here.after else "/cesar/finish")


def everything(work: Work) -> Response:
    """Show all questions on one page."""
    asked = [as_asked(work, one) for one in path(work.instrument, work.kept.replies.profile)]
    return work.turn.page(
        "all.html",
        title=work.text("portal.all.title"),
        groups=_grouped(asked),
        count=len(asked),
        answered=_answered(work),
    )


def answer_everything(work: Work) -> Response:
    """Keep the answers of the whole page, or of what our own script sent of it."""
    form = work.turn.form()
    found = _replies(work, form)
    work.turn.desk.assessments.change(work.kept.id, lambda replies: with_all(replies, found))
    if work.turn.wants_json:
        return _saved(work)
    return work.turn.go("/cesar/finish")


def overview(work: Work) -> Response:
    """Show every question with its answer, to be changed."""
    spoken = texts(work.visit.language)
    replies = work.kept.replies
    rows = [
        (one, written(question, replies.replies.get(question.id), spoken))
        for question in path(work.instrument, replies.profile)
        for one in [as_asked(work, question)]
    ]
    return work.turn.page(
        "overview.html",
        title=work.text("portal.overview.title"),
        rows=rows,
        first_open=first_open(work),
        has_suppliers=bool(work.turn.desk.supplied),
        answered=_answered(work),
        count=len(rows),
    )


def finish(work: Work) -> Response:
    """Lead to what is to be asked again, then to the result."""
    for rule in contradicted(work.instrument, work.kept.replies):
        if not work.kept.replies.replies[rule.doubted].kept:
            return work.turn.go(f"/cesar/again/{rule.doubted}")
    return work.turn.go("/cesar/result")


def again(work: Work) -> Response:
    """Show a question whose answer contradicts another, with both."""
    here = place(work, work.turn.named["id"])
    replies = work.kept.replies
    rules = contradicted(work.instrument, replies)
    rule = next((one for one in rules if one.doubted == here.question.id), None)
    if rule is None:
        return work.turn.go("/cesar/finish")
    other = work.instrument.question(rule.given)
    spoken = texts(work.visit.language)
    return work.turn.page(
        "again.html",
        title=work.text("portal.again.title"),
        asked=as_asked(work, here.question),
        because=rule.because.of(work.visit.language),
        other=other.asked(replies.profession).of(work.visit.language),
        other_answer=written(other, replies.replies.get(other.id), spoken),
        other_id=other.id,
    )


def answer_again(work: Work) -> Response:
    """Keep the answer asked again; one that was not changed is marked as kept."""
    here = place(work, work.turn.named["id"])
    form = work.turn.form()
    reply = read_reply(form.value(here.question.id), here.question, day(work))
    if reply is None:
        return work.turn.go(f"/cesar/again/{here.question.id}")
    given = work.kept.replies.replies.get(here.question.id)
    kept = reply.model_copy(update={"kept": given is not None and is_same(given, reply)})
    work.turn.desk.assessments.change(work.kept.id, _with(here.question.id, kept))
    return work.turn.go("/cesar/finish")


def day(work: Work) -> str:
    """Return the day of an answer: a time would tell too much."""
    return work.turn.desk.now().date().isoformat()


def _question(work: Work, here: Place, *, fault: str = "", status: int = 200) -> Response:
    return work.turn.page(
        "question.html",
        title=here.question.asked(work.kept.replies.profession).of(work.visit.language),
        status=status,
        one=as_asked(work, here.question),
        number=here.at + 1,
        count=len(here.questions),
        has_before=here.before is not None,
        answered=_answered(work),
        fault=fault,
        to=work.visit.asked("to"),
    )


def _unanswered(work: Work, here: Place) -> Response:
    if work.turn.wants_json:
        return work.turn.json(422, said=work.text("portal.question.choose"))
    return _question(work, here, fault=work.text("portal.question.choose"), status=422)


def _saved(work: Work) -> Response:
    """Tell our own script that the answers are kept, and how many there are."""
    kept = work.turn.desk.assessments.find(work.kept.id)
    asked = path(work.instrument, work.kept.replies.profile)
    answered = sum(one.id in kept.replies.replies for one in asked) if kept else 0
    said = work.text("portal.saved", answered=answered, count=len(asked))
    return work.turn.json(said=said, answered=answered)


def _answered(work: Work) -> int:
    given = work.kept.replies.replies
    return sum(one.id in given for one in path(work.instrument, work.kept.replies.profile))


def _replies(work: Work, form: Form) -> dict[str, Reply]:
    found: dict[str, Reply] = {}
    for one in path(work.instrument, work.kept.replies.profile):
        reply = read_reply(form.value(one.id), one, day(work))
        if reply is not None:
            found[one.id] = reply
    return found


def _with(question_id: str, reply: Reply) -> Callable[[Replies], Replies]:
    return lambda replies: with_all(replies, {question_id: reply})


def with_all(replies: Replies, found: dict[str, Reply]) -> Replies:
    """Return the answers with those found; the same answer given again changes nothing."""
    for name, reply in found.items():
        before = replies.replies.get(name)
        if before is None or reply.kept or not is_same(before, reply):
            replies = replies.replying(name, reply)
    return replies


def is_same(before: Reply, reply: Reply) -> bool:
    """Tell whether two answers say the same."""
    return (before.kind, before.level, before.reason) == (reply.kind, reply.level, reply.reason)


def _grouped(asked: list[Asked]) -> tuple[tuple[bool, tuple[Asked, ...]], ...]:
    """Return the essential questions, then the others."""
    essential = tuple(one for one in asked if one.knock_out)
    return ((True, essential), (False, tuple(one for one in asked if not one.knock_out)))


def as_asked(work: Work, question: Question) -> Asked:
    """Return a question in the words of whoever answers."""
    language, replies = work.visit.language, work.kept.replies
    reply = replies.replies.get(question.id)
    return Asked(
        id=question.id,
        domain=_domain(work, question).name.of(language),
        asked=question.asked(replies.profession).of(language),
        knock_out=question.knock_out,
        choices=tuple(_choices(work, question)),
        given=_given(reply),
        supplied=supplied(reply, texts(language)),
        why=question.why.of(language),
        me=question.do.of(language),
        provider=question.ask.of(language),
        proof=question.proof.of(language),
        effort=work.text(f"cesar.effort.{question.effort}"),
        cost=cost(question, texts(language)),
    )


def _choices(work: Work, question: Question) -> list[tuple[str, str]]:
    language = work.visit.language
    ladder = [(str(level), one.of(language)) for level, one in enumerate(question.ladder)]
    reasons = [(LEFT_OUT, one.text.of(language)) for one in question.not_applicable]
    return [*ladder, (UNKNOWN, work.text("cesar.word.unknown")), *reasons]


def _given(reply: Reply | None) -> str:
    if reply is None:
        return ""
    if reply.level is not None:
        return str(reply.level)
    return UNKNOWN if reply.kind == "unknown" else LEFT_OUT


def _domain(work: Work, question: Question) -> Domain:
    ids = ((one, (each.id for each in one.questions)) for one in work.instrument.domains)
    return next(one for one, some in ids if question.id in some)
