"""Answers for the customers: offered by the supplier, released by a reviewer, signed, withdrawn."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from reports.cesar.banks import load_instrument
from reports.cesar.questions import LADDER, Question
from reports.cesar.supplied import AnswerSet
from reports.portal.errors import PageUnknown, RoleWrong
from reports.portal.office.dossiers import Offer
from reports.portal.practice.outcome import download
from reports.portal.vendor.matter import Matter
from reports.render.texts import texts

NONE: Final = ""
ASK, RELEASE, WITHDRAW = "ask", "release", "withdraw"


def offer(matter: Matter) -> Response:
    """Show what is answered for the customers, and what is published of it."""
    return _offer(matter)


def change(matter: Matter) -> Response:
    """Keep, ask to have it published, publish, or withdraw: each by whom it belongs to."""
    form = matter.turn.form()
    go = form.value("go")
    office = matter.turn.desk.office
    if go == WITHDRAW:
        office.publications.withdraw(matter.kept.id)
        office.dossiers.note(matter.kept.id, "withdrawn", by=matter.member)
        return matter.said("portal.vendor.offer.withdrawn", "/offer")
    if go == RELEASE:
        return _release(matter, form.value("revision"))
    if matter.member.is_reviewer:
        raise RoleWrong
    levels = {
        one.id: int(value)
        for one in load_instrument("professional").questions()
        if (value := form.value(one.id)) in {str(level) for level in range(LADDER)}
    }
    if go == ASK and not levels:
        return _offer(matter, matter.text("portal.vendor.offer.none"), status=422)
    kept = Offer(levels=levels, is_asked=go == ASK)
    office.dossiers.offering(
        matter.kept.id, kept, by=matter.member, deed="asked" if go == ASK else "offered"
    )
    return matter.said(f"portal.vendor.offer.{'asked' if go == ASK else 'saved'}", "/offer")


def signed(matter: Matter) -> Response:
    """Give what is published as its compact JWS."""
    text = matter.turn.desk.office.publications.text(matter.kept.id)
    if text is None:
        raise PageUnknown
    return download(f"{text}\n".encode(), "supplier.jws", "application/jose")


def _release(matter: Matter, revision: str) -> Response:
    """Sign and publish what was asked for, if it is still what the reviewer saw."""
    if not matter.member.is_reviewer:
        raise RoleWrong
    offered, office = matter.kept.offer, matter.turn.desk.office
    if offered is None or not offered.is_asked or revision != str(matter.kept.revision):
        return _offer(matter, matter.text("portal.vendor.offer.changed"), status=409)
    office.publications.publish(matter.kept.id, matter.dossier, offered)
    done = Offer(levels=offered.levels)
    office.dossiers.offering(matter.kept.id, done, by=matter.member, deed="published")
    return matter.said("portal.vendor.offer.published", "/offer")


def _offer(matter: Matter, fault: str = "", *, status: int = 200) -> Response:
    levels = matter.kept.offer.levels if matter.kept.offer else {}
    published = matter.turn.desk.office.publications.of(matter.kept.id)
    language = matter.visit.language
    return matter.page(
        "offer.html",
        title=matter.text("portal.vendor.offer.title"),
        status=status,
        groups=[
            (domain.name.of(language), [_choice(matter, one, levels) for one in domain.questions])
            for domain in load_instrument("professional").domains
        ],
        is_asked=matter.kept.offer is not None and matter.kept.offer.is_asked,
        revision=matter.kept.revision,
        published=published,
        from_to=None if published is None else _from_to(matter, published),
        fault=fault,
    )


def _from_to(matter: Matter, published: AnswerSet) -> tuple[str, str]:
    """Return the days between which published answers count, as they are written."""
    spoken = texts(matter.visit.language)
    return spoken.day(published.issued.isoformat()), spoken.day(published.expires.isoformat())


def _choice(
    matter: Matter, one: Question, levels: Mapping[str, int]
) -> tuple[str, str, list[tuple[str, str]], str]:
    """Return a question with what may be chosen, and what was."""
    language = matter.visit.language
    ladder = [(str(at), f"{at}. {word.of(language)}") for at, word in enumerate(one.ladder)]
    options = [(NONE, matter.text("portal.vendor.offer.not")), *ladder]
    return one.id, one.question.of(language), options, str(levels.get(one.id, NONE))
