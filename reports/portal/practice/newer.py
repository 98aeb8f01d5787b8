"""Answers to an earlier version of the questions: what changed, and taking them over."""

from starlette.responses import Response

from reports.cesar.replies import Replies, mismatch
from reports.cesar.versions import carried_replies
from reports.portal.practice.asking import first_open
from reports.portal.practice.outcome import download
from reports.portal.turn import NEWER, Work
from reports.render.result.retold import news as found_news


def news(work: Work) -> Response:
    """Show what changed since the answers were given, and which are asked again."""
    replies = work.kept.replies
    if mismatch(replies, work.instrument) is None:
        return work.turn.go("/cesar/overview")
    found = found_news(
        work.instrument,
        replies.version,
        replies.replies,
        language=work.visit.language,
        profession=replies.profession,
    )
    return work.turn.page(
        "newer.html",
        title=work.text("cesar.retold.title"),
        news=found,
        is_known=found is not None,
        version=replies.version,
        at=NEWER,
    )


def take_over(work: Work) -> Response:
    """Go on with today's questions: where something is to be answered again, with that."""
    work.turn.form()

    def renewed(replies: Replies) -> Replies:
        return carried_replies(replies, work.instrument) or replies

    kept = work.turn.desk.assessments.change(work.kept.id, renewed)
    if kept is None or mismatch(kept.replies, work.instrument) is not None:
        return work.turn.go(NEWER)
    again = set(work.kept.replies.replies) - set(kept.replies.replies)
    turn = work.turn.saying("cesar.retold.done", version=work.instrument.version)
    now = Work(turn=turn, kept=kept, instrument=work.instrument)
    goal = first_open(now) if again else None
    return turn.go(f"/cesar/question/{goal}" if goal else "/cesar/overview")


def as_they_are(work: Work) -> Response:
    """Give the answers as data, whatever their version."""
    content = work.kept.replies.model_dump_json(indent=1).encode()
    return download(content, "cesar-answers.json", "application/json")
