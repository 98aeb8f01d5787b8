"""The empty questionnaire on paper: for whom, then as PDF."""

from typing import Final

from starlette.responses import Response

from reference_server.kernel.web import Form
from reports.portal.papers import Wanted
from reports.portal.practice.outcome import delivered, language
from reports.portal.practice.start import TAGS, profile_fields, read_profile
from reports.portal.turn import Turn

_ASKED: Final = ("profession", "size", *TAGS)


def choose(turn: Turn) -> Response:
    """Ask for whom, and lead to the PDF."""
    return turn.page(
        "form.html",
        title=turn.visit.text("portal.form.title"),
        given={name: turn.visit.asked(name) for name in _ASKED},
        faults={},
        **profile_fields(turn),
    )


def empty(turn: Turn) -> Response:
    """Give the questionnaire of a profile as PDF; without one, ask for whom."""
    given = {name: turn.visit.asked(name) for name in _ASKED}
    found = read_profile(Form(pairs=tuple(given.items())))
    if found is None:
        missing = turn.visit.text("portal.profile.missing")
        return turn.page(
            "form.html",
            title=turn.visit.text("portal.form.title"),
            status=422,
            given=given,
            faults={name: missing for name, value in given.items() if not value},
            **profile_fields(turn),
        )
    wanted = Wanted(
        paper="form",
        language=language(turn),
        day=turn.desk.now().date(),
        profession=found.profession,
        size=found.size,
        tags=tuple(sorted(found.tags)),
    )
    return delivered(turn, wanted, f"cesar-{found.profession}.pdf")
