"""Facts about what the person at the screen got: sentences and printed pages."""

from collections.abc import Iterator

from test_suites.core.finding import Observation
from test_suites.core.message import Exchange
from test_suites.core.transcript import Exhibit, ExhibitKind, StepState
from test_suites.core.view import View, as_told, in_exhibit, in_response, in_step
from test_suites.match.fhir import accepted, answered_document, faults, refused, task
from test_suites.match.pages import PagesUnreadable, codes_on
from test_suites.match.path import first

ALARMS = frozenset({"warning", "error"})
FINAL_STATES = frozenset({"completed", "cancelled", "failed"})


def _alarms(view: View) -> tuple[Exhibit, ...]:
    return tuple(e for e in view.exhibits(ExhibitKind.SHOWN) if e.name in ALARMS)


def told_of(view: View) -> Observation:
    """Return held when the person was warned, broken when the act ended without a warning."""
    alarms = _alarms(view)
    if alarms:
        shown = alarms[0].content.decode("utf-8", "replace")
        return view.held(in_exhibit(alarms[0]), expected="warning", actual=shown)
    if view.state is not StepState.DONE:
        return view.unobserved("step-failed", in_step(view))
    said = [e.content.decode("utf-8", "replace") for e in view.exhibits(ExhibitKind.SHOWN)]
    return view.broken(in_step(view), expected="warning", actual=" / ".join(said) or "-")


def _says_no(exchange: Exchange) -> bool:
    """Tell whether an answer refuses, or shows a prescription that can take nothing more."""
    return refused(exchange) or (
        accepted(exchange)
        and exchange.operation == "retrieve-prescription"
        and first(task(exchange), "status") in FINAL_STATES
    )


def refusal_told(view: View) -> Iterator[Observation]:
    """After the service said no, the person is warned."""
    requests = view.exchanges() if view.of else view.api()
    if not any(_says_no(exchange) for exchange in requests):
        yield view.unobserved("no-refusal")
        return
    yield told_of(view)


def trouble_told(view: View) -> Iterator[Observation]:
    """After the last answer was spoilt by the lab, the person is warned."""
    tried = view.exchanges()
    if not tried or tried[-1].deviation != view.text("deviation"):
        yield view.unobserved("no-trouble")
        return
    yield told_of(view)


def survived(view: View) -> Iterator[Observation]:
    """The product came to the end of its act although an answer was spoilt."""
    if not any(e.deviation == view.text("deviation") for e in view.exchanges()):
        yield view.unobserved("no-trouble")
        return
    state = view.state
    yield view.decide(
        in_step(view), holds=state is StepState.DONE, expected=StepState.DONE, actual=state
    )


def every_fault_shown(view: View) -> Iterator[Observation]:
    """Each issue of a KO answer can be found among the warnings shown to the person."""
    refusals = [e for e in view.api() if refused(e) and faults(e)]
    alarms = _alarms(view)
    if not refusals or not alarms:
        yield view.unobserved("nothing-shown" if refusals else "no-refusal")
        return
    screen = "\n".join(e.content.decode("utf-8", "replace") for e in alarms)
    issues = [i for i in faults(refusals[-1]) if i.text or i.code]
    missing = [
        str(i.code or i.text)
        for i in issues
        if not any(word in screen for word in (i.text, i.code) if word)
    ]
    yield view.decide(
        in_exhibit(alarms[0]),
        holds=not missing,
        expected=f"{len(issues)}",
        actual=f"{len(issues) - len(missing)} ({', '.join(missing) or '-'})",
    )


def nothing_printed(view: View) -> Iterator[Observation]:
    """A submission that got no OK leads to no printed page."""
    submitted = view.exchanges("submit-prescription")
    if not submitted or any(accepted(e) for e in submitted):
        yield view.unobserved("no-refusal")
        return
    pages = view.exhibits(ExhibitKind.PRINTED)
    place = in_exhibit(pages[0]) if pages else in_step(view)
    yield view.decide(place, holds=not pages, expected="0", actual=len(pages))


def _accepted_submission(view: View) -> Exchange | None:
    return next((e for e in reversed(view.exchanges("submit-prescription")) if accepted(e)), None)


def printed_after_ok(view: View) -> Iterator[Observation]:
    """A submission that got its OK leads to a printed page."""
    exchange = _accepted_submission(view)
    if exchange is None:
        yield view.unobserved("no-ok-answer")
        return
    pages = view.exhibits(ExhibitKind.PRINTED)
    place = in_exhibit(pages[0]) if pages else as_told(view, in_response(exchange))
    yield view.decide(place, holds=bool(pages), expected="1", actual=len(pages))


def printed_as_answered(view: View) -> Iterator[Observation]:
    """The printed page is, byte for byte, the stamped PDF of the answer."""
    exchange, pages = _accepted_submission(view), view.exhibits(ExhibitKind.PRINTED)
    if exchange is None or not pages:
        yield view.unobserved("no-page")
        return
    stamped = answered_document(exchange)
    if stamped is None:
        yield view.unobserved("no-ok-answer", in_response(exchange))
        return
    for page in pages:
        yield view.decide(
            in_exhibit(page),
            holds=page.content == stamped,
            expected=f"{len(stamped)} B",
            actual=f"{len(page.content)} B",
        )


def printed_code_readable(view: View) -> Iterator[Observation]:
    """Every printed page bears a QR code that can be read."""
    pages = view.exhibits(ExhibitKind.PRINTED)
    if not pages:
        yield view.unobserved("no-page")
    for page in pages:
        try:
            codes = codes_on(page.content)
        except PagesUnreadable:
            yield view.unobserved("page-unreadable", in_exhibit(page))
            continue
        yield view.decide(
            in_exhibit(page), holds=bool(codes), expected="1 QR", actual=f"{len(codes)} QR"
        )


def printed_code_issued(view: View) -> Iterator[Observation]:
    """The QR code of a printed page holds what the service's own page holds."""
    exchange, pages = _accepted_submission(view), view.exhibits(ExhibitKind.PRINTED)
    stamped = None if exchange is None else answered_document(exchange)
    if stamped is None or not pages:
        yield view.unobserved("no-page")
        return
    for page in pages:
        try:
            issued, codes = codes_on(stamped), codes_on(page.content)
        except PagesUnreadable:
            yield view.unobserved("page-unreadable", in_exhibit(page))
            continue
        if not codes or not issued:
            yield view.unobserved("no-code", in_exhibit(page))
            continue
        yield view.decide(
            in_exhibit(page),
            holds=codes == issued,
            expected=", ".join(issued),
            actual=", ".join(codes),
        )
