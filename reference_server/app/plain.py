"""What is told without TLS too: where lists, OCSP and issuers of certificates are fetched.

A certificate cannot say that its own state is behind TLS: whoever checks that would ask again, and
again (RFC 5280 §8). Nothing else is answered here.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

_OPEN = "pki"


class PlainApp:
    """The app, for the paths of the certificate authority alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _attend(receive, send)
            return
        parts = scope["path"].split("/")
        if parts[2:3] != [_OPEN]:
            scope = {**scope, "path": "/", "raw_path": b"/"}
        await self._app(scope, receive, send)


async def _attend(receive: Receive, send: Send) -> None:
    """Begin and end when told to: the app itself lives on the socket with TLS."""
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
