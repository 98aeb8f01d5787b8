"""One server error planted in front of an honest service, for a search that must find it."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

PATH: Final = "/fhir/Task"
PARAMETER: Final = "_count"
_BELOW_ZERO: Final = re.compile(r"-[0-9]+")
_BODY: Final = (
    b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception",'
    b'"details":{"text":"Erreur interne"}}]}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFault:
    """Answers 500 to a search of Tasks that asks for fewer than none; all else is the app's."""

    app: App

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _strikes(scope):
            await self.app(scope, receive, send)
            return
        while (message := await receive())["type"] == "http.request" and message.get("more_body"):
            pass
        sent = dict(scope["headers"]).get(b"x-request-id", b"-")
        headers = [
            (b"content-type", b"application/fhir+json; charset=utf-8"),
            (b"content-length", str(len(_BODY)).encode("ascii")),
            (b"x-request-id", sent),
        ]
        await send({"type": "http.response.start", "status": 500, "headers": headers})
        await send({"type": "http.response.body", "body": _BODY})


def _strikes(scope: Scope) -> bool:
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), errors="replace")
    asked = [value for name, value in pairs if name == PARAMETER]
    searched = scope["method"] == "GET" and str(scope["path"]).endswith(PATH)
    return searched and any(_BELOW_ZERO.fullmatch(value) for value in asked)
