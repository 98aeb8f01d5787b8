"""Facts about what a client does when its provider tells it that a person signed out."""

from collections.abc import Iterator

from test_suites.checks.sessions import BEARER, REFRESH, shown
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange
from test_suites.core.view import View, in_request, in_response

NOTICE = "logout-notice"
TAKEN, REFUSED = frozenset({200, 204}), frozenset({400})
"""How a client answers a true notice, and a false one (Back-Channel Logout 1.0 §2.8)."""


def _notice(view: View) -> Exchange | None:
    """Return the notice that was sent in another step of the case."""
    step = view.text("notice")
    sent = (e for e in view.transcript.exchanges if e.operation == NOTICE and e.step == step)
    return next(sent, None)


def notice_answered(view: View) -> Iterator[Observation]:
    """The client answers a true notice with 200 or 204, a false one with 400."""
    sent = _notice(view)
    if sent is None:
        yield view.unobserved("no-request")
        return
    wanted = TAKEN if view.text("answer") == "taken" else REFUSED
    status = None if sent.response is None else sent.response.status
    yield view.decide(
        in_request(sent) if status is None else in_response(sent),
        holds=status in wanted,
        expected=", ".join(map(str, sorted(wanted))),
        actual=status or "-",
    )


def session_kept(view: View) -> Iterator[Observation]:
    """After a false notice the client goes on with the tokens of before."""
    sent, requests = _notice(view), view.exchanges()
    if sent is None or not requests:
        yield view.unobserved("no-request")
        return
    before = [e for e in view.whole_case() if e.at < sent.at]
    known = frozenset[str]().union(*(shown(e, BEARER, REFRESH) for e in before))
    kept = [e for e in requests if shown(e, BEARER, REFRESH) & known]
    anew = [e for e in requests if e.operation == "authorize"]
    yield view.decide(
        in_request((anew or kept or list(requests))[0]),
        holds=bool(kept) and not anew,
        expected="0",
        actual=len(anew),
    )
