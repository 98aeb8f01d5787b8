"""Facts about the certificate that a client shows: whether, which, and what if it is refused."""

from collections.abc import Iterator

from test_suites.checks.telling import told_of
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange, WireEvent, WireKind
from test_suites.core.transcript import StepState
from test_suites.core.view import View, in_request, in_step
from test_suites.match.fhir import refused

NOT_TAKEN = "certificate-verify-failed"
"""How the wire tells of a handshake that our side ended because of the client's certificate."""


def _shown(exchange: Exchange) -> str | None:
    return exchange.channel.client_certificate_sha256


def _refused_handshakes(view: View) -> tuple[WireEvent, ...]:
    return tuple(
        event
        for event in view.transcript.wire_events
        if event.kind is WireKind.TLS_REFUSED
        and event.detail == NOT_TAKEN
        and event.step == view.step.id
    )


def _was_refused(view: View) -> bool:
    """Tell whether the certificate was refused: in the handshake, in words, or never shown.

    Software that looks at its own certificate first may not even try.
    """
    in_words = any(_shown(e) and refused(e) for e in view.api())
    kept_back = not view.exchanges() and view.state is StepState.DONE
    return bool(_refused_handshakes(view)) or in_words or kept_back


def certificate_shown(view: View) -> Iterator[Observation]:
    """Every request to the API comes over a connection that shows a certificate."""
    requests = view.api()
    if not requests:
        yield view.unobserved("no-request")
        return
    bare = [e for e in requests if _shown(e) is None]
    yield view.decide(
        in_request((bare or list(requests))[0]),
        holds=not bare,
        expected=f"{len(requests)}",
        actual=f"{len(requests) - len(bare)}",
    )


def no_bare_connection(view: View) -> Iterator[Observation]:
    """Whose certificate is refused asks the API for nothing over a connection without one."""
    bare = [e for e in view.api() if _shown(e) is None]
    if not bare and not _was_refused(view):
        yield view.unobserved("no-refusal")
        return
    yield view.decide(
        in_request(bare[0]) if bare else in_step(view),
        holds=not bare,
        expected="0",
        actual=len(bare),
    )


def refused_certificate_left(view: View) -> Iterator[Observation]:
    """A certificate that was refused is not shown more often than a few times."""
    times = len(_refused_handshakes(view)) + sum(1 for e in view.api() if _shown(e) and refused(e))
    if not times and not _was_refused(view):
        yield view.unobserved("no-refusal")
        return
    most = view.number("attempts")
    yield view.decide(in_step(view), holds=times <= most, expected=f"<= {most}", actual=times)


def certificate_refusal_told(view: View) -> Iterator[Observation]:
    """Whose certificate is refused tells the person that nothing was done."""
    if not _was_refused(view):
        yield view.unobserved("no-refusal")
        return
    yield told_of(view)


def certificate_replaced(view: View) -> Iterator[Observation]:
    """After the renewal every request to the API shows another certificate than before it."""
    before = {_shown(e) for e in view.of_step(view.text("before"))} - {None}
    requests = [e for e in view.api() if _shown(e) is not None]
    if not before or not requests:
        yield view.unobserved("no-second-attempt")
        return
    old = [e for e in requests if _shown(e) in before]
    yield view.decide(
        in_request((old or requests)[0]),
        holds=not old,
        expected="0",
        actual=len(old),
    )


def ending_told(view: View) -> Iterator[Observation]:
    """The person is told in time that the certificate ends soon."""
    if not any(_shown(e) for e in view.api()):
        yield view.unobserved("no-request")
        return
    yield told_of(view)
