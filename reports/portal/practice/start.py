"""Begin: what this is, the profile in four answers, and the code shown once; asks no name."""

from typing import Any, Final

from starlette.responses import Response

from reference_server.kernel.web import Form
from reports.cesar.bank import SIZES
from reports.cesar.banks import load_instrument
from reports.cesar.path import Profile, path
from reports.cesar.questions import PROFESSIONS, Tag
from reports.cesar.replies import Replies
from reports.portal.turn import Turn

TAGS: Final[tuple[Tag, ...]] = ("dev", "cloud")
SECONDS_EACH: Final = 20
"""What one question takes: the essential ones four minutes, the longest path (60) twenty."""


def home(turn: Turn) -> Response:
    """Show what there is."""
    visit = turn.visit
    return turn.page(
        "start.html",
        title=visit.text("portal.start.title"),
        has_begun=turn.kept() is not None,
    )


def profile(turn: Turn) -> Response:
    """Ask the four things that choose the questions."""
    return _profile(turn, {}, {})


def begin(turn: Turn) -> Response:
    """Begin an assessment, and show the code by which to come back."""
    form = turn.form()
    given = {name: form.value(name) for name in ("profession", "size", *TAGS)}
    found = read_profile(form)
    if found is None:
        return _profile(turn, given, _faults(turn, given), status=422)
    instrument = load_instrument("professional")
    replies = Replies(
        instrument="professional",
        version=instrument.version,
        profession=found.profession,
        size=found.size,
        tags=found.tags,
    )
    kept = turn.desk.assessments.begin(replies)
    code = turn.desk.assessments.new_code(kept.id)
    asked = path(instrument, replies.profile)
    return turn.holding(kept.id).page(
        "code.html",
        title=turn.visit.text("portal.code.title"),
        code=code,
        first=asked[0].id,
        count=len(asked),
        minutes=minutes(len(asked)),
        essential=sum(one.knock_out for one in asked),
        is_new=True,
        has_suppliers=bool(turn.desk.supplied),
        by_paper=form.value("how") == "paper",
    )


def minutes(questions: int) -> int:
    """Return about how long so many questions take."""
    return max(1, round(questions * SECONDS_EACH / 60))


def read_profile(form: Form) -> Profile | None:
    """Return the profile of a form, None where one of its four answers is missing."""
    profession, size = form.value("profession"), form.value("size")
    tags = [form.value(tag) for tag in TAGS]
    if profession not in PROFESSIONS or size not in SIZES or not set(tags) <= {"yes", "no"}:
        return None
    return Profile(
        profession=profession,
        size=size,
        tags=frozenset(tag for tag, said in zip(TAGS, tags, strict=True) if said == "yes"),
    )


def profile_fields(turn: Turn) -> dict[str, Any]:
    """Return what a form of a profile offers."""
    text = turn.visit.text
    return {
        "professions": [(one, text(f"cesar.profession.{one}")) for one in PROFESSIONS],
        "sizes": [(one, text(f"cesar.size.{one}")) for one in SIZES],
        "tags": TAGS,
        "yes_no": [("yes", text("portal.yes")), ("no", text("portal.no"))],
    }


def _faults(turn: Turn, given: dict[str, str]) -> dict[str, str]:
    known = {"profession": PROFESSIONS, "size": SIZES}
    return {
        name: turn.visit.text("portal.profile.missing")
        for name, value in given.items()
        if value not in known.get(name, ("yes", "no"))
    }


def _profile(
    turn: Turn, given: dict[str, str], faults: dict[str, str], *, status: int = 200
) -> Response:
    return turn.page(
        "profile.html",
        title=turn.visit.text("portal.profile.title"),
        status=status,
        given=given,
        faults=faults,
        by_paper=turn.visit.asked("how") == "paper",
        **profile_fields(turn),
    )
