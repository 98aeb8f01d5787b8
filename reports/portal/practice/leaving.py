"""Leaving and coming back: the code shown once, on another device, and deletion at any time."""

from starlette.responses import Response

from reports.portal.codes import read_code
from reports.portal.practice.asking import first_open
from reports.portal.turn import Turn, Work


def resume(turn: Turn) -> Response:
    """Ask for the code."""
    return _resume(turn, "")


def resumed(turn: Turn) -> Response:
    """Go on where the code's answers were left."""
    typed = turn.form().value("code")
    kept = turn.desk.assessments.by_code(typed)
    if kept is None:
        slip = read_code(typed) is None
        fault = turn.visit.text("portal.resume.slip" if slip else "portal.resume.unknown")
        return _resume(turn, fault, status=422)
    found = turn.holding(kept.id).saying("portal.resume.done")
    return found.go("/cesar/overview")


def leave(work: Work) -> Response:
    """Show how to come back, and how to delete."""
    return work.turn.page(
        "leave.html", title=work.text("portal.leave.title"), next=first_open(work)
    )


def renew_code(work: Work) -> Response:
    """Show a new code once; the one before is void."""
    work.turn.form()
    code = work.turn.desk.assessments.new_code(work.kept.id)
    return work.turn.page(
        "code.html",
        title=work.text("portal.code.title"),
        code=code,
        first=first_open(work),
        count=0,
        minutes=0,
        essential=0,
        is_new=False,
        has_suppliers=False,
        by_paper=False,
    )


def delete(work: Work) -> Response:
    """Delete the answers with everything made of them."""
    work.turn.form()
    work.turn.desk.assessments.delete(work.kept.id)
    return work.turn.holding(None).saying("portal.deleted").go("/")


def stop(turn: Turn) -> Response:
    """End the session on this device; the answers stay for whoever has the code."""
    turn.form()
    return turn.holding(None).saying("portal.stopped", kind="note").go("/")


def _resume(turn: Turn, fault: str, *, status: int = 200) -> Response:
    return turn.page(
        "resume.html", title=turn.visit.text("portal.resume.title"), status=status, fault=fault
    )
