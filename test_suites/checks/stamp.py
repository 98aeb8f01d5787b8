"""Facts about the page that the service stamps and gives back."""

from collections.abc import Iterator

from reference_server.national.prescription_number import (
    PrescriptionNumberError,
    parse_prescription_number,
)
from reference_server.national.qr import QrPayloadError, parse_qr
from test_suites.checks.answers import genuine
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange
from test_suites.core.view import View, in_response
from test_suites.match.address import identity_in
from test_suites.match.fhir import accepted, answered, answered_document
from test_suites.match.pages import PagesUnreadable, codes_on, text_on
from test_suites.match.path import first_text

NUMBER = "parameter[name=prescription-number].valueIdentifier.value"


def _stamped(view: View) -> tuple[Exchange, bytes] | None:
    for exchange in reversed(genuine(view.exchanges("submit-prescription"))):
        pdf = answered_document(exchange) if accepted(exchange) else None
        if pdf is not None:
            return exchange, pdf
    return None


def answered_code_readable(view: View) -> Iterator[Observation]:
    """The stamped page of an OK answer bears exactly one readable QR code."""
    found = _stamped(view)
    if found is None:
        yield view.unobserved("no-page")
        return
    exchange, pdf = found
    try:
        codes = codes_on(pdf)
    except PagesUnreadable:
        yield view.unobserved("page-unreadable", in_response(exchange))
        return
    yield view.decide(
        in_response(exchange), holds=len(codes) == 1, expected="1 QR", actual=f"{len(codes)} QR"
    )


def code_opaque(view: View) -> Iterator[Observation]:
    """The QR code holds number and secret in the agreed grammar, and names nobody."""
    found = _stamped(view)
    if found is None:
        yield view.unobserved("no-page")
        return
    exchange, pdf = found
    try:
        codes = codes_on(pdf)
    except PagesUnreadable:
        codes = ()
    if not codes:
        yield view.unobserved("no-code", in_response(exchange))
        return
    named = identity_in(" ".join(codes), view.personas.values())
    yield view.decide(
        in_response(exchange),
        holds=_in_grammar(codes[0]) and not named,
        expected="ERX1:<number>:<32>",
        actual=", ".join([codes[0], *named]),
    )


def _in_grammar(code: str) -> bool:
    try:
        parse_qr(code)
    except QrPayloadError:
        return False
    return True


def number_printed(view: View) -> Iterator[Observation]:
    """The stamped page shows the prescription number of the answer in plain text."""
    found = _stamped(view)
    number = None if found is None else first_text(answered(found[0]), NUMBER)
    if found is None or number is None:
        yield view.unobserved("no-page")
        return
    exchange, pdf = found
    try:
        text = text_on(pdf)
    except PagesUnreadable:
        yield view.unobserved("page-unreadable", in_response(exchange))
        return
    shown = "".join(text.split()).replace("-", "")
    yield view.decide(
        in_response(exchange),
        holds=_canonical(number) in shown,
        expected=number,
        actual=number if _canonical(number) in shown else "-",
    )


def _canonical(number: str) -> str:
    try:
        return parse_prescription_number(number)
    except PrescriptionNumberError:
        return number.replace("-", "")
