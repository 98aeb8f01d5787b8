"""How the lab's own client shows its certificate, the newest one at each new request; no case."""

import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from test_suites.engine.environment import client_context
from test_suites.engine.wallet import Card


@dataclass(slots=True, kw_only=True)
class PresentingTransport(httpx.AsyncBaseTransport):
    """Owns the connections of one player; they are made anew where its certificate changed."""

    trust_pem: str
    card: Callable[[], Card]
    _shown: Card | None = None
    _inner: httpx.AsyncHTTPTransport | None = field(default=None, init=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send over a connection that shows the present certificate."""
        card = self.card()
        if self._inner is None or card != self._shown:
            await self.aclose()
            context = presenting(client_context(self.trust_pem), card)
            self._shown = card
            self._inner = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
        try:
            return await self._inner.handle_async_request(request)
        except ssl.SSLError as alert:
            # In TLS 1.3 a server refuses a certificate when the handshake is over for its client,
            # and the library lets this fault of a later read through as it is.
            await self.aclose()
            raise httpx.ReadError(type(alert).__name__, request=request) from alert

    async def aclose(self) -> None:
        """Close the connections that stand."""
        if self._inner is not None:
            await self._inner.aclose()
        self._inner = None


def presenting(context: ssl.SSLContext, card: Card) -> ssl.SSLContext:
    """Return a client's context that shows a certificate; OpenSSL reads it from a file only."""
    with tempfile.NamedTemporaryFile(mode="w", suffix=".pem") as file:
        file.write(card.key + card.chain)
        file.flush()
        context.load_cert_chain(file.name)
    return context
