"""A dossier that answers an earlier version of the questions: what changed, and taking it over."""

from starlette.responses import Response

from reports.cesar.dossier.carrying import carried_dossier, replies_of
from reports.cesar.dossier.model import Dossier
from reports.portal.office.dossiers import FullError
from reports.portal.vendor.matter import Matter, full
from reports.render.result.retold import news


def outdated(matter: Matter) -> Response:
    """Show what changed since the answers were given, and which are asked again."""
    dossier, current = matter.dossier, matter.instrument
    if dossier.version == current.version:
        return matter.turn.go(matter.at())
    found = news(
        current, dossier.version, replies_of(dossier.answers), language=matter.visit.language
    )
    return matter.page(
        "outdated.html", title=matter.text("cesar.retold.title"), news=found, is_known=bool(found)
    )


def take_over(matter: Matter) -> Response:
    """Go on with today's questions."""
    matter.turn.form()
    before = matter.dossier.version

    def renewed(dossier: Dossier) -> Dossier:
        return carried_dossier(dossier, matter.instrument) or dossier

    about = f"{before} \N{RIGHTWARDS ARROW} {matter.instrument.version}"
    try:
        kept = matter.change(renewed, deed="renewed", about=about)
    except FullError:
        return full(matter)
    if kept is None or kept.dossier.version != matter.instrument.version:
        return matter.turn.go(matter.at("/outdated"))
    turn = matter.turn.saying("cesar.retold.done", version=matter.instrument.version)
    return turn.go(matter.at())
