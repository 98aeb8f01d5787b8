"""An answer of the service held back, to be changed before it is sent; knows no deviation."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """An answer of the service, held back."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """Take what the service sends."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def header(self, name: bytes) -> bytes:
        """Return the first value of a header by its lower-case name, b"" where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), b"")

    def with_header(self, name: bytes, value: bytes) -> Headers:
        """Return the headers with one of them replaced."""
        kept = [pair for pair in self.headers if pair[0].lower() != name]
        return [*kept, (name, value)]


async def whole(
    answer: Answer, headers: Iterable[tuple[bytes, bytes]], body: bytes, send: Send
) -> None:
    """Send an answer's status with headers and a body, its length told rightly."""
    kept = [pair for pair in headers if pair[0].lower() != b"content-length"]
    kept.append((b"content-length", str(len(body)).encode("ascii")))
    await send({"type": "http.response.start", "status": answer.status, "headers": kept})
    await send({"type": "http.response.body", "body": body})
