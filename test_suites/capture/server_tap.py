"""The tap where the lab is the server: the outermost ASGI layer; never waits, never answers."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from test_suites.capture.raw import (
    CHANNEL_EXTENSION,
    DEVIATION_EXTENSION,
    HEADERS_EXTENSION,
    WIRE_EXTENSION,
    ExchangeSink,
    Now,
    RawExchange,
)
from test_suites.core.message import Channel

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class RecordingMiddleware:
    """Wraps an ASGI app: each exchange goes to the sink when its answer ended, or never came.

    On the hot path bytes are only collected; whoever owns the sink computes later.
    """

    def __init__(self, app: App, *, sink: ExchangeSink, now: Now) -> None:
        self._app = app
        self._sink = sink
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        raw = _begin(scope, self._now)
        wire = scope["extensions"].get(WIRE_EXTENSION)
        read: list[bytes] = [] if wire is None else wire.body
        sent: list[bytes] = []

        async def tapped_receive() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                read.append(message.get("body", b""))
            return message

        async def tapped_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                raw.status = message["status"]
                raw.response_headers = list(message.get("headers", ()))
            elif message["type"] == "http.response.body":
                sent.append(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, tapped_receive if wire is None else receive, tapped_send)
        finally:
            raw.ended = time.monotonic_ns()
            raw.body = b"".join(read)
            raw.response_body = b"".join(sent)
            raw.deviation = scope["extensions"].get(DEVIATION_EXTENSION)
            self._sink(raw)


def _begin(scope: Scope, now: Now) -> RawExchange:
    extensions = scope.setdefault("extensions", {})
    query = scope.get("query_string", b"")
    path = scope.get("raw_path") or scope["path"].encode("utf-8")
    headers = extensions.get(HEADERS_EXTENSION) or list(scope["headers"])
    host = next((value for key, value in scope["headers"] if key == b"host"), b"")
    moment = now(scope["path"])
    return RawExchange(
        base_url=f"{scope.get('scheme', 'http')}://{host.decode('latin-1')}",
        began=time.monotonic_ns(),
        method=scope["method"],
        target=path + b"?" + query if query else path,
        headers=headers,
        session=moment.session,
        step=moment.step,
        channel=extensions.get(CHANNEL_EXTENSION) or Channel(),
    )
