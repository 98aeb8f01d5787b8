"""A patient signed in: the traces page by page, and all of them as a file."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import Response, StreamingResponse

from reference_server.kernel.interaction import Interaction
from reference_server.kernel.web import Paging
from reference_server.services.audit.model import AuditQuery, Condition
from reference_server.services.audit.operations import look
from reference_server.services.audit.pages.lines import HOME, SITE, directory_names, lines_of
from reference_server.world import Call
from reference_server.world.visiting import Desk, Visitor

NDJSON: Final = "application/fhir+ndjson"
_SIZE: Final = 25
_MOST: Final = 10**9
_ZONE: Final = ZoneInfo("Europe/Luxembourg")
DESK: Final = Desk(
    site=SITE,
    home=HOME,
    client_id="traces-pages",
    title="audit.own.title",
    scopes=frozenset({"audit.read"}),
)
Signed = Callable[[Visitor], Awaitable[Response]]


def signed_in(page: Signed) -> Callable[[Call], Awaitable[Response]]:
    """Return a page's handler: everybody else is asked to sign in first."""

    @wraps(page)
    async def handler(call: Call) -> Response:
        visitor = DESK.visitor(call)
        return DESK.ask(call) if visitor is None else await page(visitor)

    return handler


@signed_in
async def show(visitor: Visitor) -> Response:
    """Show who saw what, when and why, the latest first; that is an event itself."""
    visit, faults = visitor.visit, dict[str, str]()
    days = {name: visit.asked(name) for name in ("since", "until")}
    wanted = []
    for name, comparison in (("since", ">="), ("until", "<")):
        try:
            if days[name]:
                wanted.append(_condition(days[name], comparison))
        except (ValueError, OverflowError):
            faults[name] = visit.text("audit.own.date.wrong")
    asked = AuditQuery(conditions=tuple(wanted), count=_SIZE)
    # How many there are is known once they are read: no page lies beyond the last one then.
    number = Paging.of(visit, _MOST, size=_SIZE).number
    found = visitor.perform(
        "show-own-audit",
        lambda call: look.own(call, replace(asked, offset=(number - 1) * _SIZE)),
        interaction=Interaction.SEARCH,
        query=f"{HOME}?{visit.here().partition('?')[2]}",
    )
    paging = Paging.of(visit, found.total, size=_SIZE)
    return visitor.shown(
        SITE,
        "traces.html",
        title=visit.text("audit.own.title"),
        status=422 if faults else 200,
        desk=DESK,
        lines=lines_of(found.events, visit.voice, directory_names(visitor.call.world)),
        paging=paging,
        days=days,
        faults=faults,
    )


@signed_in
async def export(visitor: Visitor) -> Response:
    """Hand out every event about the patient, as AuditEvents, a line each."""
    lines = visitor.perform(
        "export-audit",
        lambda call: look.export(call, AuditQuery),
        interaction=Interaction.SEARCH,
        query=f"{HOME}/export",
    )
    headers = {"Content-Disposition": 'attachment; filename="traces.ndjson"'}
    return StreamingResponse(lines, media_type=NDJSON, headers=headers)


def _condition(day: str, comparison: str) -> Condition:
    """Return the beginning of a day in Luxembourg, or its end; raises ValueError."""
    following = timedelta(days=1 if comparison == "<" else 0)
    at = datetime.combine(date.fromisoformat(day) + following, datetime.min.time(), _ZONE)
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return Condition(name="date", values=(moment,), comparison=comparison)
