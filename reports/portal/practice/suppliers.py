"""Answers that suppliers signed: which products one uses, and their answers taken over."""

from collections.abc import Sequence

from starlette.responses import Response

from reports.cesar.path import path
from reports.cesar.questions import Question
from reports.cesar.replies import Replies
from reports.cesar.supplied import AnswerSet, fitting, taken
from reports.portal.turn import Work
from reports.render.texts import texts


def choose(work: Work) -> Response:
    """Show the products whose suppliers answer something of what is asked."""
    spoken, used = texts(work.visit.language), _used(work.kept.replies)
    offered = _offered(work)
    return work.turn.page(
        "suppliers.html",
        title=work.text("portal.supplier.title"),
        products=[
            (
                one.id,
                work.text(
                    "portal.supplier.one",
                    product=one.product,
                    supplier=one.supplier,
                    count=count,
                    date=spoken.day(one.issued.isoformat()),
                ),
            )
            for one, count in offered
        ],
        used=[one.id for one, _ in offered if (one.supplier, one.product) in used],
    )


def take(work: Work) -> Response:
    """Take over the answers of the products chosen, and give back those of others."""
    ids = set(work.turn.form().values("product"))
    chosen = tuple(one for one, _ in _offered(work) if one.id in ids)
    asked = _asked(work)
    kept = work.turn.desk.assessments.change(
        work.kept.id, lambda replies: taken(replies, chosen, asked)
    )
    replies = kept.replies.replies if kept else {}
    count = sum(one.supplied is not None for one in replies.values())
    return work.turn.saying("portal.supplier.done", count=count).go("/cesar/overview")


def _asked(work: Work) -> tuple[Question, ...]:
    return path(work.instrument, work.kept.replies.profile)


def _offered(work: Work) -> Sequence[tuple[AnswerSet, int]]:
    return fitting(work.turn.desk.supplied, _asked(work), work.instrument)


def _used(replies: Replies) -> set[tuple[str, str]]:
    some = (one.supplied for one in replies.replies.values() if one.supplied is not None)
    return {(one.supplier, one.product) for one in some}
