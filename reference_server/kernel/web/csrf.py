"""Requests that change something come from our own pages and this visitor; knows no page.

Double submit bound to the session, and the origin beside it (OWASP ASVS 5, 3.5.1; CSRF cheat
sheet): the form's guard is made from the session id, which no page can read. The id stays in a
cookie that scripts cannot see.
"""

import hmac
from typing import Final

from starlette.responses import Response

from reference_server.kernel.web.addresses import origin_of
from reference_server.kernel.web.errors import FormForged
from reference_server.kernel.web.forms import Form
from reference_server.kernel.web.session import Session
from reference_server.kernel.web.visit import Visit

GUARD: Final = "guard"
"""The name of the hidden field."""
_OWN_SITES: Final = frozenset({"same-origin", "none"})


def check_forgery(visit: Visit, form: Form, session: Session) -> None:
    """Raise FormForged unless the form is this session's and was sent from a page of ours."""
    given = form.value(GUARD)
    if not session.is_kept or not hmac.compare_digest(given.encode(), session.guard.encode()):
        raise FormForged
    if not _is_ours(visit):
        raise FormForged


def _is_ours(visit: Visit) -> bool:
    """Tell where the request comes from; what tells nothing at all is left to the guard."""
    site = visit.headers.get("sec-fetch-site")
    if site is not None and site not in _OWN_SITES:
        return False
    origin = visit.headers.get("origin")
    if origin is not None:
        return origin == visit.origin
    referrer = visit.headers.get("referer")
    return referrer is None or origin_of(referrer) == visit.origin


def see_other(address: str) -> Response:
    """Return the answer after a change: the browser gets the next page (RFC 9110 §15.4.4)."""
    return Response(status_code=303, headers={"Location": address})
