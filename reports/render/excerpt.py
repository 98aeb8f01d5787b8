"""Shortens the journal records that findings cite, for reading; changes no evidence."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from reports.render.model import Excerpt
from test_suites.core.message import Exchange, JsonValue, WireEvent
from test_suites.core.transcript import Exhibit, StepOutcome, Transcript

LONGEST_VALUE = 160
LONGEST_PART = 6000


class Recorded(Protocol):
    """What has a number in the journal."""

    @property
    def record(self) -> int: ...


T = TypeVar("T", bound=Recorded)


def excerpts(transcripts: Iterable[Transcript], cited: frozenset[int]) -> tuple[Excerpt, ...]:
    """Return one excerpt for each cited record, in the journal's order."""
    found: dict[int, Excerpt] = {}
    for transcript in transcripts:
        case = transcript.case
        found |= {one.record: _exchange(case, one) for one in _of(transcript.exchanges, cited)}
        found |= {one.record: _exhibit(case, one) for one in _of(transcript.exhibits, cited)}
        found |= {one.record: _wire(case, one) for one in _of(transcript.wire_events, cited)}
        found |= {one.record: _step(case, one) for one in _of(transcript.steps, cited)}
    return tuple(found[record] for record in sorted(found))


def _of(things: Iterable[T], cited: frozenset[int]) -> Iterator[T]:
    """Yield what findings cite."""
    return (thing for thing in things if thing.record in cited)


def _exchange(case: str, exchange: Exchange) -> Excerpt:
    """Return a request and what was answered."""
    request, response = exchange.request, exchange.response
    head = f"{request.method} {request.target}"
    sent, short_sent = _message(head, request.headers, request.body)
    answered, short_answered = None, False
    if response is not None:
        answered, short_answered = _message(str(response.status), response.headers, response.body)
    return Excerpt(
        record=exchange.record,
        case=case,
        step=exchange.step,
        kind="exchange",
        at=round(exchange.at, 6),
        title=f"{head} → {response.status if response else '-'}",
        sent=sent,
        answered=answered,
        shortened=short_sent or short_answered,
    )


def _exhibit(case: str, exhibit: Exhibit) -> Excerpt:
    """Return an exhibit: its text, or what kind of bytes it is."""
    text, shortened = _body(exhibit.content, exhibit.media_type)
    return Excerpt(
        record=exhibit.record,
        case=case,
        step=exhibit.step,
        kind="exhibit",
        at=round(exhibit.at, 6),
        title=f"{exhibit.kind} · {exhibit.producer} · {exhibit.name}",
        sent=text,
        answered=None,
        shortened=shortened,
    )


def _wire(case: str, event: WireEvent) -> Excerpt:
    """Return what happened on the wire without becoming a request."""
    return Excerpt(
        record=event.record,
        case=case,
        step=event.step,
        kind="wire",
        at=round(event.at, 6),
        title=str(event.kind),
        sent=event.detail,
        answered=None,
        shortened=False,
    )


def _step(case: str, step: StepOutcome) -> Excerpt:
    """Return how a step ended."""
    return Excerpt(
        record=step.record,
        case=case,
        step=step.step,
        kind="step",
        at=round(step.started, 6),
        title=f"{step.actor} · {step.step} · {step.state}",
        sent=step.detail or None,
        answered=None,
        shortened=False,
    )


def _message(head: str, headers: tuple[tuple[str, str], ...], body: bytes) -> tuple[str, bool]:
    """Return the head, the headers and the body, and whether the body was shortened."""
    media_type = next((v for k, v in headers if k.lower() == "content-type"), "")
    text, shortened = _body(body, media_type)
    lines = [head, *(f"{name}: {value}" for name, value in headers)]
    return "\n".join([*lines, "", text] if text else lines), shortened


def _body(body: bytes, media_type: str) -> tuple[str, bool]:
    """Return a body as text; JSON is indented and its long strings are cut."""
    if not body:
        return "", False
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _bytes(body, media_type), True
    if any(ord(c) < ord(" ") and c not in "\t\r\n" for c in text):
        return _bytes(body, media_type), True
    try:
        pretty = json.dumps(_cut(json.loads(text)), ensure_ascii=False, indent=2)
    except ValueError:
        pretty = text
    shortened = len(pretty) > LONGEST_PART or "… [+" in pretty
    return pretty[:LONGEST_PART], shortened


def _bytes(body: bytes, media_type: str) -> str:
    """Return what stands for bytes that are no text."""
    digest = hashlib.sha256(body).hexdigest()
    return f"[{media_type or 'application/octet-stream'}, {len(body)}, sha256:{digest}]"


def _cut(value: JsonValue) -> JsonValue:
    """Cut long strings and say by how much."""
    match value:
        case str() if len(value) > LONGEST_VALUE:
            return f"{value[:LONGEST_VALUE]}… [+{len(value) - LONGEST_VALUE}]"
        case dict():
            return {name: _cut(part) for name, part in value.items()}
        case list():
            return [_cut(part) for part in value]
        case _:
            return value
