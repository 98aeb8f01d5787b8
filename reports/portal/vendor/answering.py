"""The questions of a dossier: answered by the organisation's people, one on a screen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from reports.cesar.dossier.assessing import Assessed, last_review
from reports.cesar.dossier.carrying import reply_of
from reports.cesar.dossier.evidence import LARGEST
from reports.cesar.dossier.model import Dossier, DossierAnswer
from reports.cesar.questions import Question
from reports.cesar.replies import Reply
from reports.cesar.scoring import contradicted
from reports.cesar.versions import load_versions
from reports.portal.office.dossiers import FullError
from reports.portal.office.files import EVIDENCE
from reports.portal.office.sheets import assessed_of
from reports.portal.question import Place, asked, place_of, read_reply
from reports.portal.vendor.matter import Matter, full
from reports.render.result.retold import answer_then
from reports.render.result.view import written
from reports.render.texts import texts

SKIP, BACK, SAVE = "skip", "back", "save"
MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question of the overview: its answer, by whom and when, and how well it is shown."""

    id: str
    asked: str
    knock_out: bool
    answer: str
    by: str
    when: str
    files: int
    grade: str
    review: str


def overview(matter: Matter) -> Response:
    """Show every question with its answer and evidence."""
    found, _ = assessed_of(matter.turn.desk.office, matter.kept)
    rows = [_row(matter, found, one.id) for one in matter.questions]
    replies = found.result.replies
    return matter.page(
        "overview.html",
        title=matter.text("portal.vendor.overview.title", product=matter.dossier.product),
        rows=rows,
        answered=sum(bool(one.when) for one in rows),
        first_open=next((one.id for one in rows if not one.when), None),
        doubts=[
            (rule.doubted, rule.because.of(matter.visit.language))
            for rule in contradicted(matter.instrument, replies)
        ],
        contradictions=sum(one.standing == "contradicted" for one in found.measured),
        faults=found.faults,
    )


def question(matter: Matter) -> Response:
    """Show one question with its evidence and reviews."""
    return shown(matter, here(matter))


def answer(matter: Matter) -> Response:
    """Keep one answer with who gave it, and go on, back, or stay (our own script)."""
    place = here(matter)
    form = matter.turn.form()
    go, own = form.value("go"), place.question.id
    reply = read_reply(form.value(own), place.question, "")
    if reply is None and go not in {SKIP, BACK}:
        said = matter.text("portal.question.choose")
        if matter.turn.wants_json:
            return matter.turn.json(422, said=said)
        return shown(matter, place, faults={own: said}, status=422)
    if reply is not None and go != SKIP:
        try:
            kept = matter.change(_answering(matter, own, reply), deed="answered", about=own)
        except FullError:
            return full(matter)
        if matter.turn.wants_json:
            count = len(matter.questions)
            held = kept.dossier.answers if kept else {}
            many = sum(one.id in held for one in matter.questions)
            said = matter.text("portal.saved", answered=many, count=count)
            return matter.turn.json(said=said, answered=many)
    goal = place.before if go == BACK else place.after
    if go == SAVE:
        goal = own
    return matter.turn.go(matter.at(f"/question/{goal}") if goal else matter.at())


def here(matter: Matter) -> Place:
    """Return the question that the address names; raises QuestionUnknown."""
    return place_of(matter.turn.named["question"], matter.questions)


def shown(
    matter: Matter, place: Place, *, faults: dict[str, str] | None = None, status: int = 200
) -> Response:
    """Show one question, with what is wrong at each field."""
    own = place.question.id
    given = matter.dossier.answers.get(own)
    reply = _reply(given)
    one = asked(place.question, reply, visit=matter.visit, instrument=matter.instrument)
    return matter.page(
        "question.html",
        title=one.asked,
        status=status,
        one=one,
        said=written(place.question, reply, texts(matter.visit.language)),
        number=place.at + 1,
        count=len(place.questions),
        answered=sum(one.id in matter.dossier.answers for one in place.questions),
        before=place.before,
        after=place.after,
        by=person(matter, given.by) if given else "",
        when=when(matter, given),
        then=_then(matter, place.question),
        files=[
            each
            for each in matter.turn.desk.office.files.of(matter.kept.id)
            if given and each.kind == EVIDENCE and each.seen.name in given.files
        ],
        reviews=list(_reviews(matter, own)),
        words=[
            (word, matter.text(f"cesar.dossier.review.{word}"))
            for word in ("accepted", "insufficient", "not-seen")
        ],
        faults=faults or {},
        largest=LARGEST // MEGABYTE,
    )


def person(matter: Matter, own: str) -> str:
    """Return a person's function."""
    return next((one.function for one in matter.dossier.people if one.id == own), own)


def when(matter: Matter, given: DossierAnswer | None) -> str:
    """Return when an answer was given; empty where nobody gave one, a dash where none tells."""
    if given is None:
        return ""
    if given.at is None:
        return "\N{EN DASH}"
    day = texts(matter.visit.language).day(given.at.date().isoformat())
    return f"{day} {given.at:%H:%M} UTC"


def _answering(matter: Matter, own: str, reply: Reply) -> Callable[[Dossier], Dossier]:
    """Return what keeps an answer; one that says the same stays whose it is."""
    at = matter.turn.desk.now().replace(microsecond=0)

    def changed(dossier: Dossier) -> Dossier:
        before = dossier.answers.get(own)
        if before is not None and before.level == reply.level:
            return dossier
        waiting = dossier.earlier.get(own)
        files = before.files if before else (waiting.answer.files if waiting else ())
        new = DossierAnswer(
            level=reply.level,
            unknown=reply.level is None,
            by=matter.member.person,
            at=at,
            files=files,
        )
        others = {name: one for name, one in dossier.earlier.items() if name != own}
        return dossier.model_copy(
            update={"answers": {**dossier.answers, own: new}, "earlier": others}
        )

    return changed


def _reply(given: DossierAnswer | None) -> Reply | None:
    return None if given is None else reply_of(given)


def _then(matter: Matter, put: Question) -> str:
    """Return what was answered to an earlier version and is asked again; empty where nothing."""
    waiting = matter.dossier.earlier.get(put.id)
    steps = load_versions("vendor").since(waiting.version) if waiting else None
    if waiting is None or steps is None:
        return ""
    spoken = texts(matter.visit.language)
    said = answer_then(put, reply_of(waiting.answer), steps, spoken)
    return spoken.t("cesar.retold.waiting", version=waiting.version, answer=said)


def _row(matter: Matter, found: Assessed, own: str) -> Row:
    given = matter.dossier.answers.get(own)
    put, reply = matter.instrument.question(own), _reply(given)
    review = last_review(matter.dossier, own)
    replies = found.result.replies.replies
    return Row(
        id=own,
        asked=put.question.of(matter.visit.language),
        knock_out=put.knock_out,
        answer=written(put, reply, texts(matter.visit.language)),
        by=person(matter, given.by) if given else "",
        when=when(matter, given),
        files=len(given.files) if given else 0,
        grade=replies[own].evidence if own in replies and reply and reply.level is not None else "",
        review=review.evidence if review else "",
    )


def _reviews(matter: Matter, own: str) -> Iterator[dict[str, Any]]:
    """Yield the reviews of a question, the latest first."""
    given = matter.dossier.answers.get(own)
    for one in reversed([each for each in matter.dossier.reviews if each.question == own]):
        yield {
            "on": texts(matter.visit.language).day(one.on.isoformat()),
            "by": person(matter, one.by),
            "word": one.evidence,
            "note": one.note or "",
            "is_old": given is None or not one.is_about(given),
        }
