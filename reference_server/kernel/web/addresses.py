"""Addresses of pages, put together and taken apart; knows no page."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

_SAFE: Final = "/$:@!~*',;()&=+"


def path_of(decoded: str) -> str:
    """Return a path as it stands in an address, from one that a request had."""
    return quote(decoded, safe=_SAFE)


def with_query(address: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Return an address with a query, behind the one that it may have, before its fragment."""
    if not pairs:
        return address
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode(tuple(pairs)))))
    return parts._replace(query=query).geturl()


def origin_of(address: str) -> str:
    """Return scheme, host and port of an absolute address, empty where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
