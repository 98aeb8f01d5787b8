"""Reading a request off the wire within limits; knows neither routes nor services."""

import asyncio
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from reference_server.kernel.errors import BodyTooLarge, RequestTimeout
from reference_server.national.strangers import masked

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# A client that is still sending does not read our 413: what is over the limit is thrown away up
# to this multiple of it, then the connection is closed.
_DRAIN_FACTOR = 8
_LATIN = "latin-1"


class ClientGoneError(Exception):
    """The connection ended before the body did; there is nobody to answer."""


def read_headers(scope: Scope) -> dict[str, str]:
    """Return headers by lower-case name; repeated ones joined as RFC 9110 §5.2 says."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode(_LATIN), raw_value.decode(_LATIN)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def read_query(scope: Scope) -> tuple[tuple[str, str], ...]:
    """Return the query's pairs in order, blank values kept."""
    text = scope["query_string"].decode(_LATIN)
    return tuple(parse_qsl(text, keep_blank_values=True, errors="replace"))


def sane_request_id(value: str | None) -> str | None:
    """Return an inbound X-Request-Id if it is short, plain and no person's number, else None."""
    if value is None or not _SANE_ID.fullmatch(value) or masked(value) != value:
        return None
    return value


async def read_body(
    receive: Receive, headers: Mapping[str, str], *, limit: int, seconds: float
) -> bytes:
    """Return the whole body; raises BodyTooLarge, RequestTimeout, ClientGoneError."""
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, headers, limit)
    except TimeoutError:
        raise RequestTimeout(seconds=round(seconds)) from None


async def _read(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    declared = headers.get("content-length", "")
    over = declared.isascii() and declared.isdigit() and int(declared) > limit
    if over and "expect" in headers:
        raise BodyTooLarge(limit=limit)
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        more = message.get("more_body", False)
        over = over or size > limit
        if over:
            chunks.clear()
            if size > limit * _DRAIN_FACTOR:
                break
        else:
            chunks.append(chunk)
    if over:
        raise BodyTooLarge(limit=limit)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
