"""The questions: one on a screen, all on one page, those asked again; saved with each answer."""

from collections.abc import Callable

from starlette.responses import Response

from reference_server.kernel.web import Form
from reports.cesar.path import path
from reports.cesar.questions import Question
from reports.cesar.replies import Replies, Reply
from reports.cesar.scoring import contradicted
from reports.portal.question import Asked, Place, asked, place_of, read_reply
from reports.portal.turn import Work
from reports.render.result.view import written
from reports.render.texts import texts

SKIP, BACK, SAVE = "skip", "back", "save"


def place(work: Work, question_id: str) -> Place:
    """Return where a question stands; raises QuestionUnknown."""
    return place_of(question_id, path(work.instrument, work.kept.replies.profile))


def first_open(work: Work) -> str | None:
    """Return the first question without an answer, None where all have one."""
    given = work.kept.replies.replies
    questions = path(work.instrument, work.kept.replies.profile)
    return next((one.id for one in questions if one.id not in given), None)


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
    replies = work.kept.replies
    return asked(
        question,
        replies.replies.get(question.id),
        visit=work.visit,
        instrument=work.instrument,
        profession=replies.profession,
    )
