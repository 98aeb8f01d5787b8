"""Spoils answers as the desk says, between the recording tap and the service.

The tap above sees what is sent, spoiled as it is. Reset, refusing status and malformed come
instead of the service's work; every other kind after it: what was asked has been done.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from test_suites.deviations.answer import Answer, App, Message, Receive, Scope, Send, whole
from test_suites.deviations.desk import Deviation, DeviationDesk, Kind

SLICES: Final = 10
_REFUSED: Final = (
    b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient",'
    b'"details":{"text":"Service momentan\xc3\xa9ment indisponible"}}]}'
)
_FHIR: Final = (b"content-type", b"application/fhir+json; charset=utf-8")
_CUT: Final = b'{"resourceType":"Parameters","parameter":[{"name":"task","resource":'
_HTML: Final = b"<!doctype html><title>Passerelle</title><h1>502</h1>"


class Wire(Protocol):
    """What may be done to the connection of a request."""

    def reset(self) -> None: ...

    def end(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviatingMiddleware:
    """Wraps the service. `desk` finds the session's desk by path, `classify` the operation.

    `wire` finds the connection's control in a scope; without one, reset and truncate end the
    answer by an exception, which closes the connection. `mark` leaves the kind in the scope.
    """

    app: App
    desk: Callable[[str], DeviationDesk | None]
    classify: Callable[[str, str], str]
    wire: Callable[[Scope], Wire | None]
    mark: Callable[[Scope, str], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        deviation = self._due(scope)
        if deviation is None:
            await self.app(scope, receive, send)
            return
        self.mark(scope, deviation.kind.value)
        match deviation.kind:
            case Kind.RESET:
                await _read_all(receive)
                _control(self.wire(scope)).reset()
                await _gone(receive)
            case Kind.STATUS:
                await _read_all(receive)
                await _refuse(deviation, send)
            case Kind.MALFORMED:
                await _read_all(receive)
                await whole(Answer(status=200), [_FHIR], _CUT, send)
            case _:
                await self._afterwards(deviation, scope, receive, send)

    def _due(self, scope: Scope) -> Deviation | None:
        if scope["type"] != "http":
            return None
        desk = self.desk(scope["path"])
        if desk is None:
            return None
        return desk.take(self.classify(scope["method"], scope["path"]))

    async def _afterwards(
        self, deviation: Deviation, scope: Scope, receive: Receive, send: Send
    ) -> None:
        answer, asked = Answer(), bytearray()

        async def heard() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        await self.app(scope, heard, answer.take)
        match deviation.kind:
            case Kind.TRUNCATE:
                await _truncated(answer, send)
                _control(self.wire(scope)).end()
                await _gone(receive)
            case Kind.SLOW:
                await _slowly(answer, deviation.seconds, send)
            case Kind.CONTENT_TYPE:
                headers = answer.with_header(b"content-type", b"text/html")
                await whole(answer, headers, _HTML, send)
            case Kind.DROP_QR:
                body = without_stamp(answer.body, bytes(asked))
                await whole(answer, answer.headers, body, send)
            case _:
                pass


def _control(wire: Wire | None) -> Wire:
    if wire is None:
        raise ConnectionResetError("the connection is ended on purpose")
    return wire


async def _read_all(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


async def _gone(receive: Receive) -> None:
    """Wait until the connection has ended, so that the server sees no unfinished answer."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(deviation: Deviation, send: Send) -> None:
    headers = [_FHIR]
    if deviation.retry_after is not None:
        headers.append((b"retry-after", str(deviation.retry_after).encode("ascii")))
    answer = Answer(status=deviation.status)
    await whole(answer, headers, _REFUSED, send)


async def _truncated(answer: Answer, send: Send) -> None:
    """Promise the whole body and send half of it."""
    length = str(len(answer.body)).encode("ascii")
    headers = answer.with_header(b"content-length", length)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    half = answer.body[: len(answer.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})


async def _slowly(answer: Answer, seconds: float, send: Send) -> None:
    """Send the body in slices, evenly over the time."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    size = max(1, -(-len(answer.body) // SLICES))
    for start in range(0, len(answer.body), size):
        await asyncio.sleep(seconds / SLICES)
        part = answer.body[start : start + size]
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def without_stamp(answer: bytes, asked: bytes) -> bytes:
    """Return the answer with the PDF that was submitted in place of the stamped one."""
    submitted, stamped = _pdf(asked), _pdf(answer)
    if submitted is None or stamped is None:
        return answer
    return answer.replace(stamped, submitted)


def _pdf(body: bytes) -> bytes | None:
    """Find the base64 of the first PDF in a JSON body."""
    try:
        found = list(_data(json.loads(body)))
    except (ValueError, RecursionError):
        return None
    return found[0].encode("ascii") if found else None


def _data(value: object) -> list[str]:
    if isinstance(value, dict):
        data = value.get("data")
        own = [data] if isinstance(data, str) and _is_pdf(data) else []
        return own + [each for part in value.values() for each in _data(part)]
    if isinstance(value, list):
        return [each for part in value for each in _data(part)]
    return []


def _is_pdf(data: str) -> bool:
    try:
        return base64.b64decode(data[:8]).startswith(b"%PDF")
    except (binascii.Error, ValueError):
        return False
