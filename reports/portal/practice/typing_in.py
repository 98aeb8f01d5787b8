"""Answers from paper, typed in: one narrow field a question; what cannot be read is shown again."""

from starlette.responses import Response

from reports.cesar.path import path
from reports.cesar.questions import Question
from reports.cesar.replies import Reply
from reports.portal.practice.asking import as_asked, day, with_all
from reports.portal.question import LEFT_OUT, UNKNOWN, Asked, read_reply
from reports.portal.turn import Work


def typing(work: Work) -> Response:
    """Show one narrow field a question: for answers given on paper."""
    return _typing(work, {}, {})


def typed(work: Work) -> Response:
    """Keep answers typed in from paper; what cannot be read is shown again."""
    form = work.turn.form()
    questions = path(work.instrument, work.kept.replies.profile)
    given = {one.id: form.value(one.id) for one in questions}
    found = {one.id: _typed(given[one.id], one, day(work)) for one in questions}
    faults = {
        one.id: work.text("portal.type.fault", id=one.id)
        for one in questions
        if given[one.id] and found[one.id] is None
    }
    read = {name: reply for name, reply in found.items() if reply is not None}
    work.turn.desk.assessments.change(work.kept.id, lambda replies: with_all(replies, read))
    if faults:
        return _typing(work, given, faults, status=422)
    return work.turn.go("/cesar/finish")


def _typed(value: str, question: Question, today: str) -> Reply | None:
    plain = value.strip().casefold()
    means = {"?": UNKNOWN, "x": LEFT_OUT}.get(plain, plain)
    return read_reply(means, question, today)


def _typing(
    work: Work, given: dict[str, str], faults: dict[str, str], *, status: int = 200
) -> Response:
    asked = [as_asked(work, one) for one in path(work.instrument, work.kept.replies.profile)]
    signs = {UNKNOWN: "?", LEFT_OUT: "x"}
    by_domain: dict[str, list[Asked]] = {}
    for one in asked:
        by_domain.setdefault(one.domain, []).append(one)
    return work.turn.page(
        "type.html",
        title=work.text("portal.type.title"),
        status=status,
        groups=tuple(by_domain.items()),
        given={one.id: given.get(one.id) or signs.get(one.given, one.given) for one in asked},
        faults=faults,
    )
