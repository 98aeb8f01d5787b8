"""Stands between a server and its app and hands requests and answers to a fault; knows no FHIR."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from test_suites.deviations.answer import Answer, App, Message, Receive, Scope, Send, whole

SPOILT: Final = "/fhir/Patient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as a fault sees it."""

    method: str
    path: str
    query: str
    body: bytes


def _as_asked(request: Asked) -> Asked:
    return request


def _as_told(_request: Asked, answer: Answer) -> Answer:
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is made of each request before it is answered, and of each answer before it leaves."""

    asked: Callable[[Asked], Asked] = _as_asked
    told: Callable[[Asked, Answer], Answer] = _as_told


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Wraps an app; whatever is not about patients passes untouched."""

    app: App
    fault: Fault

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or SPOILT not in scope["path"]:
            await self.app(scope, receive, send)
            return
        asked = self.fault.asked(await _read(scope, receive))
        answer, inner = Answer(), _scope(scope, asked)
        await self.app(inner, _giving(asked.body, receive), answer.take)
        told = self.fault.told(asked, answer)
        await whole(told, told.headers, told.body, send)


async def _read(scope: Scope, receive: Receive) -> Asked:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return Asked(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        body=body,
    )


def _scope(scope: Scope, asked: Asked) -> Scope:
    kept = [pair for pair in scope["headers"] if pair[0].lower() != b"content-length"]
    length = (b"content-length", str(len(asked.body)).encode("ascii"))
    headers = [*kept, length] if asked.body else kept
    query = asked.query.encode("latin-1")
    return {**scope, "method": asked.method, "query_string": query, "headers": headers}


def _giving(body: bytes, receive: Receive) -> Receive:
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return left.pop() if left else await receive()

    return give
