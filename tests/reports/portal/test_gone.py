"""A client that leaves while it sends is nobody's fault: the portal logs nothing."""

import asyncio

from starlette.types import Message, Scope

from reports.portal.app import build_app
from reports.portal.desk import Desk
from tests.reports.portal.visitors import Clock

HALF = b"code=0000"


def leaving(path: str) -> tuple[list[Message], bool]:
    """Send half of a form and go; return what was answered, and whether all of it was heard."""
    heard: list[Message] = [
        {"type": "http.request", "body": HALF, "more_body": True},
        {"type": "http.disconnect"},
    ]
    said: list[Message] = []

    async def receive() -> Message:
        return heard.pop(0)

    async def send(message: Message) -> None:
        said.append(message)

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ],
    }
    desk = Desk.open(database=":memory:", queue=":memory:", now=Clock())
    try:
        app = build_app(desk, hosts={"127.0.0.1"})
        asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # an ASGI call is a coroutine
    finally:
        desk.close()
    return said, not heard


def test_a_client_that_goes_in_the_midst_of_a_form_gets_nothing_and_fails_nothing() -> None:
    said, is_heard = leaving("/cesar/resume")
    assert is_heard
    assert [each for each in said if each["type"] == "http.response.body" and each["body"]] == []
