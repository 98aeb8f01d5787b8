"""How the lab reaches somebody else's server: the proxies and authorities around it.

What the environment says counts: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (never for
loopback); SSL_CERT_FILE and EQUALIS_EXTRA_CA name further authorities (PEM). Knows no case.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from test_suites.engine.environment import client_context
from test_suites.engine.players import LabError
from test_suites.subjects.reader import host_of, is_loopback

EXTRA_CA: Final = ("SSL_CERT_FILE", "EQUALIS_EXTRA_CA")
_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}


class AuthorityError(LabError):
    """A file of authorities cannot be used: the variable that names it, and the file."""

    def __init__(self, variable: str, file: str) -> None:
        super().__init__(f"authorities-unusable:{variable}")
        self.variable = variable
        self.file = file


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """Return the proxy to ask for an address; None where it is reached directly."""
    host, scheme = host_of(url), urlsplit(url).scheme
    if host is None or is_loopback(host) or _is_exempt(url, host, _variable(environ, "no_proxy")):
        return None
    named = _variable(environ, f"{scheme}_proxy") or _variable(environ, "all_proxy")
    if not named:
        return None
    return named if "://" in named else f"http://{named}"


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _is_exempt(url: str, host: str, exempt: str) -> bool:
    """Tell whether NO_PROXY names a host: itself, a domain around it, `host:port`, or `*`."""
    parts = urlsplit(url)
    port = str(parts.port or _DEFAULT_PORTS.get(parts.scheme, ""))
    for entry in exempt.split(","):
        name, colon, only = entry.strip().lower().rpartition(":")
        if not colon or not only.isdigit():
            name, only = entry.strip().lower(), port
        name = name.removeprefix("*.").lstrip(".")
        if name == "*" or (name and only == port and f".{host}".endswith(f".{name}")):
            return True
    return False


def extra_authorities(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return variable and file of every authority that the environment adds."""
    return tuple((name, environ[name]) for name in EXTRA_CA if environ.get(name))


def foreign_context(trust_pem: str, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return the TLS context for a server under test; raises AuthorityError.

    It trusts the authorities of the subject file, or the system's where that names none, and
    besides them those of the environment.
    """
    context = client_context(trust_pem)
    if not trust_pem:
        # SSL_CERT_FILE would stand in for the system's own file; here it stands beside it.
        own = ssl.get_default_verify_paths().openssl_cafile
        if own and Path(own).is_file():
            context.load_verify_locations(cafile=own)
    for variable, file in extra_authorities(environ):
        try:
            context.load_verify_locations(cafile=file)
        except (OSError, ssl.SSLError) as error:
            raise AuthorityError(variable, file) from error
    return context


@dataclass(slots=True, kw_only=True)
class Route(httpx.AsyncBaseTransport):
    """Owns the connections to a server under test: each address by the way that leads to it."""

    trust_pem: str
    environ: Mapping[str, str]
    _ways: dict[tuple[str, str | None], httpx.AsyncBaseTransport] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request directly or through the proxy that the environment names."""
        way = request.url.scheme, proxy_for(str(request.url), self.environ)
        if way not in self._ways:
            self._ways[way] = self._opened(*way)
        try:
            return await self._ways[way].handle_async_request(request)
        except ssl.SSLError as error:
            # What TLS 1.3 says only after the handshake, as that a client certificate is missing.
            raise httpx.ReadError(str(error.reason), request=request) from error

    def _opened(self, scheme: str, proxy: str | None) -> httpx.AsyncBaseTransport:
        """Return connections; reading the system's authorities takes time, plain ones need none."""
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if scheme == "https":
            trusting = foreign_context(self.trust_pem, self.environ)
        through = None if proxy is None else httpx.Proxy(proxy)
        return httpx.AsyncHTTPTransport(verify=trusting, proxy=through, trust_env=False)

    async def aclose(self) -> None:
        """Close every connection."""
        for way in self._ways.values():
            await way.aclose()
