"""The tap where the lab is the client: an httpx transport that takes down what passes."""

import time
from collections.abc import Callable

import httpx

from test_suites.capture.raw import ExchangeSink, Moment, RawExchange
from test_suites.core.message import Channel


class RecordingTransport(httpx.AsyncBaseTransport):
    """Owns nothing but the way through: hands each exchange to the sink when it ended.

    `moment` tells session and step of a request when it is sent. An exchange without answer
    is handed over too, before the error goes on to the caller.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        sink: ExchangeSink,
        moment: Callable[[], Moment],
        base_url: str,
        operation: str | None = None,
    ) -> None:
        self._inner = inner
        self._sink = sink
        self._moment = moment
        self._base_url = base_url
        self._operation = operation

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, read the whole answer, and hand both to the sink."""
        moment = self._moment()
        raw = RawExchange(
            base_url=self._base_url,
            began=time.monotonic_ns(),
            method=request.method,
            target=request.url.raw_path,
            headers=list(request.headers.raw),
            session=moment.session,
            step=moment.step,
            body=await request.aread(),
            operation=self._operation,
            sent_by_lab=True,
        )
        try:
            return await self._send(request, raw)
        finally:
            raw.ended = time.monotonic_ns()
            self._sink(raw)

    async def _send(self, request: httpx.Request, raw: RawExchange) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        raw.status = response.status_code
        raw.response_headers = list(response.headers.raw)
        raw.channel = _channel(response)
        chunks: list[bytes] = []
        try:
            if isinstance(response.stream, httpx.AsyncByteStream):
                chunks.extend([chunk async for chunk in response.stream])
        finally:
            raw.response_body = b"".join(chunks)
            await response.aclose()
        return httpx.Response(
            status_code=response.status_code,
            headers=response.headers.raw,
            stream=httpx.ByteStream(raw.response_body),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


def _channel(response: httpx.Response) -> Channel:
    stream = response.extensions.get("network_stream")
    tls = None if stream is None else stream.get_extra_info("ssl_object")
    if tls is None:
        return Channel()
    cipher = tls.cipher()
    return Channel(tls_version=tls.version(), cipher=cipher[0] if cipher else None)
