"""Reads a request's cookies and names ours safely; knows nobody's."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie


def cookie(headers: Mapping[str, str], name: str) -> str:
    """Return the value of a cookie, empty where there is none (or the header is no good)."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return "" if morsel is None else morsel.value


def own_name(name: str, *, is_https: bool) -> str:
    """Return the name under which a browser keeps it for this host alone (RFC 6265bis §4.1.3.2)."""
    return f"__Host-{name}" if is_https else name
