"""An ASGI middleware that notes every request and spoils the answers it is told to."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.types import Message, Receive, Scope, Send

from reference_server.app.asgi import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it came in, and when."""

    at: float
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered instead; `status` None breaks the connection within the answer."""

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(slots=True)
class Spoiler:
    """Owns what was seen, and the answers that take the place of the next real ones."""

    app: App
    seen: list[Seen] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    rewrite: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    """Changes the real answers to paths that end so."""

    def spoil(self, path_ends: str, *answers: Answer) -> None:
        self.answers.setdefault(path_ends, []).extend(answers)

    def to(self, path_ends: str) -> list[Seen]:
        return [each for each in self.seen if each.path.endswith(path_ends)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await _body(receive)
        self.seen.append(_seen(scope, body))
        waiting = next(
            (left for end, left in self.answers.items() if left and scope["path"].endswith(end)),
            None,
        )
        if waiting:
            await _answer(waiting.pop(0), send)
            return
        change = next((f for e, f in self.rewrite.items() if scope["path"].endswith(e)), None)
        await self.app(scope, _again(body), _changed(send, change) if change else send)


def _seen(scope: Scope, body: bytes) -> Seen:
    return Seen(
        at=time.monotonic(),
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("ascii"),
        headers={name.decode(): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
    )


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _again(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer(answer: Answer, send: Send) -> None:
    length = len(answer.body) if answer.status else len(answer.body) + 10
    headers = [(b"content-length", b"%d" % length)]
    headers += [(name.encode(), value.encode()) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status or 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": not answer.status})


def _changed(send: Send, change: Callable[[bytes], bytes]) -> Send:
    started: list[Message] = []

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
            return
        body = change(message.get("body", b""))
        start = started.pop()
        kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
        start["headers"] = [*kept, (b"content-length", b"%d" % len(body))]
        await send(start)
        await send({**message, "body": body})

    return sending
