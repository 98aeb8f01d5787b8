"""Makes answers false while a step asks for it, between the recording tap and the service.

The service has done its work when its answer is changed. The tap above sees what is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from scenarios.tricks import Forgery
from test_suites.deviations.answer import Answer, App, Message, Receive, Scope, Send, whole
from test_suites.deviations.forgeries import FORGERIES, Forged, Said
from test_suites.deviations.workshop import Workshop


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgingMiddleware:
    """Wraps the service. `due` finds by path what is to be forged, and with which keys."""

    app: App
    due: Callable[[str], tuple[Forgery, Workshop] | None]
    classify: Callable[[str, str], str]
    mark: Callable[[Scope, str], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        due = self.due(scope["path"]) if scope["type"] == "http" else None
        if due is None:
            await self.app(scope, receive, send)
            return
        forgery, workshop = due
        answer, asked = Answer(), bytearray()

        async def heard() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        await self.app(scope, heard, answer.take)
        said = Said(
            operation=self.classify(scope["method"], scope["path"]),
            path=scope["path"],
            asked=_pairs(scope["query_string"]) | _pairs(bytes(asked)),
            answer=answer,
        )
        forged = _forged(forgery, said, workshop)
        if forged is None:
            await whole(answer, answer.headers, answer.body, send)
            return
        self.mark(scope, forgery.value)
        await whole(forged, forged.headers, forged.body, send)


def _forged(forgery: Forgery, said: Said, workshop: Workshop) -> Answer | None:
    """Return the answer made false; None where this one is not concerned."""
    forge: Forged | None = FORGERIES[forgery].get(said.operation) or FORGERIES[forgery].get("*")
    return None if forge is None else forge(said, workshop)


def _pairs(text: bytes) -> dict[str, str]:
    """Return the parameters of a query or a form; none for any other body."""
    try:
        return dict(parse_qsl(text.decode("ascii"), max_num_fields=100))
    except ValueError:
        return {}
