"""Facts about how software subscribes to changes of patients, and takes them (IHE PMIR)."""

import re
from collections.abc import Iterator
from functools import wraps

from reference_server.fhir.xml_reader import XmlFault, read_xml
from test_suites.checks.requests import where_something_was_sent
from test_suites.core.check import Look
from test_suites.core.finding import Observation
from test_suites.core.message import Exchange, JsonValue, Request, Response
from test_suites.core.view import Place, View, in_request, in_response
from test_suites.match.jsontext import read_json
from test_suites.match.path import first_text, select

FEED = "patient-feed"
RESPONSE = "urn:ihe:iti:pmir:2019:patient-feed-response"
ERRORS = frozenset({"fatal-error", "transient-error"})
_TAKEN = range(200, 300)
_REFUSED = range(400, 500)


@where_something_was_sent
def request_form(view: View) -> Iterator[Observation]:
    """What stands at a path of each request has a form."""
    path, pattern = view.text("path"), view.text("form")
    for exchange in view.exchanges():
        found = [str(each) for each in select(_read(exchange.request), path)]
        yield view.decide(
            in_request(exchange),
            holds=bool(found) and all(re.fullmatch(pattern, each) for each in found),
            expected=f"{path} {pattern}",
            actual=", ".join(found) or "-",
        )


def _where_told(look: Look) -> Look:
    """Return a check that says so where the registry told nothing in the step that is named."""

    @wraps(look)
    def looked(view: View) -> Iterator[Observation]:
        if any(True for _ in _told(view)):
            yield from look(view)
        else:
            yield view.unobserved("no-request")

    return looked


@_where_told
def feed_acknowledged(view: View) -> Iterator[Observation]:
    """Each message of the registry is answered with 2xx and a message of one MessageHeader."""
    for sent, place in _told(view):
        kinds = _kinds(sent.response)
        status = None if sent.response is None else sent.response.status
        yield view.decide(
            place,
            holds=status in _TAKEN and kinds == ["message", "MessageHeader"],
            expected="2xx, message, MessageHeader",
            actual=", ".join([str(status or "-"), *kinds]),
        )


@_where_told
def feed_answer_names(view: View) -> Iterator[Observation]:
    """Each answer names the message that it answers, by its event, and says that all went well."""
    for sent, place in _told(view):
        asked = first_text(_read(sent.request), "entry[0].resource.id")
        header = "entry[0].resource"
        answer = None if sent.response is None else _read(sent.response)
        told = tuple(
            first_text(answer, f"{header}.{path}") or "-"
            for path in ("eventUri", "response.identifier", "response.code")
        )
        wanted = (RESPONSE, asked or "-", "ok")
        yield view.decide(
            place, holds=told == wanted, expected=", ".join(wanted), actual=", ".join(told)
        )


@_where_told
def feed_refused(view: View) -> Iterator[Observation]:
    """A message of another event is answered with 4xx, or with a message that tells of an error."""
    for sent, place in _told(view):
        status = None if sent.response is None else sent.response.status
        answer = None if sent.response is None else _read(sent.response)
        code = first_text(answer, "entry[0].resource.response.code") or "-"
        yield view.decide(
            place,
            holds=status in _REFUSED or (status in _TAKEN and code in ERRORS),
            expected=f"4xx, {', '.join(sorted(ERRORS))}",
            actual=f"{status or '-'}, {code}",
        )


def _told(view: View) -> Iterator[tuple[Exchange, Place]]:
    """Give what the registry told in another step, and where it can be seen."""
    step = view.text("notice")
    for each in view.transcript.exchanges:
        if each.operation == FEED and each.step == step:
            yield each, in_request(each) if each.response is None else in_response(each)


def _kinds(response: Response | None) -> list[str]:
    answer = None if response is None else _read(response)
    kind = first_text(answer, "type")
    return [
        *([] if kind is None else [kind]),
        *(str(each) for each in select(answer, "entry[*].resource.resourceType")),
    ]


def _read(said: Request | Response) -> JsonValue:
    """Return the resource of a message, whichever form of FHIR it has; None where it has none."""
    if "xml" not in (said.header("content-type") or ""):
        return read_json(said.body)
    try:
        return read_xml(said.body)
    except XmlFault:
        return None
