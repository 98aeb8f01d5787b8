"""Reaches a host as far as TLS, by itself or through a proxy; every wait has its limit.

Blocking, made for threads. It sends nothing but a bare request line where a port does not speak
what it should.
"""

import contextlib
import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote, urlsplit

import httpx

from scenarios.document import Place
from test_suites.doctor.certificates import certificate_faults, read_certificate
from test_suites.doctor.notebook import Fault, Faults, fault

SECONDS: Final = 4.0
OBJECTION_SECONDS: Final = 0.4
HERE: Final[Place] = ("server", "base_url")
_TOO_OLD: Final = frozenset(
    {"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_SSL_VERSION"}
)
_OK: Final = 200


class ProxyRefusedError(OSError):
    """The proxy answered, and not by opening the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A host and port, and the proxy on the way to it."""

    host: str
    port: int
    proxy: str | None = None

    @property
    def name(self) -> str:
        """Return `host:port`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def target_of(url: str, proxy: str | None) -> Target:
    """Return whom an address means."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443}.get(parts.scheme, 80)
    return Target(host=parts.hostname or "", port=port, proxy=proxy)


def resolve(host: str) -> Faults:
    """Find out whether a name has an address; the system may take its time over that."""
    with contextlib.suppress(OSError, UnicodeError):
        socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return ()
    return (fault("name-unresolvable", HERE, host=host),)


def reach_proxy(proxy: str) -> Faults:
    """Find out whether a proxy is there."""
    shown = shown_proxy(proxy)
    try:
        httpx.Proxy(proxy)
        parts = urlsplit(proxy)
        whom = Target(host=parts.hostname or "", port=parts.port or 80)
    except (ValueError, httpx.InvalidURL):
        return (fault("proxy-malformed", proxy=shown),)
    if not whom.host:
        return (fault("proxy-malformed", proxy=shown),)
    try:
        _connect(whom).close()
    except (OSError, UnicodeError):
        return (fault("proxy-unreachable", proxy=shown),)
    return ()


def shown_proxy(proxy: str) -> str:
    """Return a proxy's address without the name and password that may stand in it."""
    before, at, after = proxy.rpartition("@")
    return after if at and before else proxy


def reach(target: Target) -> Faults:
    """Find out whether a port can be connected to."""
    try:
        open_socket(target).close()
    except OSError as error:
        return (_unreached(error, target),)
    return ()


def _unreached(error: OSError, target: Target) -> Fault:
    if isinstance(error, ProxyRefusedError):
        shown = shown_proxy(target.proxy or "")
        return fault("proxy-refuses", HERE, proxy=shown, target=target.name, status=error)
    if isinstance(error, TimeoutError):
        return fault("port-silent", HERE, target=target.name, seconds=int(SECONDS))
    if error.errno in {errno.ECONNREFUSED, errno.ECONNRESET}:
        return fault("port-closed", HERE, target=target.name)
    return fault("network-unreachable", HERE, target=target.name)


def open_socket(target: Target) -> socket.socket:
    """Return a connection to a target; raises OSError, of which ProxyRefusedError is one."""
    if target.proxy is None:
        return _connect(target)
    parts = urlsplit(target.proxy)
    opened = _connect(Target(host=parts.hostname or "", port=parts.port or 80))
    try:
        opened.sendall(_connect_request(target, parts.username, parts.password))
        _check_opened(_head(opened))
    except BaseException:
        opened.close()
        raise
    return opened


def _check_opened(head: bytes) -> None:
    status = _status(head)
    if status != _OK:
        raise ProxyRefusedError(status or "?")


def _connect(target: Target) -> socket.socket:
    return socket.create_connection((target.host, target.port), timeout=SECONDS)


def _connect_request(target: Target, username: str | None, password: str | None) -> bytes:
    lines = [f"CONNECT {target.name} HTTP/1.1", f"Host: {target.name}"]
    if username is not None:
        known = httpx.BasicAuth(unquote(username), unquote(password or ""))
        request = next(known.auth_flow(httpx.Request("GET", "http://proxy")))
        lines.append(f"Proxy-Authorization: {request.headers['authorization']}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _head(opened: socket.socket) -> bytes:
    """Return the head of an answer, up to a few kilobytes."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < 8192:  # noqa: PLR2004  more is no answer
        part = opened.recv(1)
        if not part:
            break
        head += part
    return head


def _status(head: bytes) -> int | None:
    words = head.split(b" ", 2)
    return (
        int(words[1]) if head.startswith(b"HTTP/") and words[1:2] and words[1].isdigit() else None
    )


@contextlib.contextmanager
def _tls(target: Target, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    with (
        open_socket(target) as plain,
        context.wrap_socket(plain, server_hostname=target.host) as secured,
    ):
        yield secured


def secure(target: Target, context: ssl.SSLContext, *, now: datetime, trust: Place) -> Faults:
    """Find out whether a TLS connection can be made, and whether its certificate is right."""
    code = None
    try:
        with _tls(target, context) as secured:
            der = secured.getpeercert(binary_form=True)
            _await_objection(secured)
    except ssl.SSLCertVerificationError as error:
        code, der = error.verify_code, _certificate(target)
    except ssl.SSLError as error:
        return (_no_tls(error, target),)
    except OSError as error:
        if isinstance(error, TimeoutError | ProxyRefusedError):
            return (_unreached(error, target),)
        return (_broken(target),)
    if not der:
        return (fault("tls-broken", HERE, target=target.name),)
    found = certificate_faults(
        read_certificate(der), host=target.host, now=now, code=code, trust=trust
    )
    return tuple(found)


def _await_objection(secured: ssl.SSLSocket) -> None:
    """Wait a moment for what TLS 1.3 says only after the handshake; raises ssl.SSLError."""
    secured.settimeout(OBJECTION_SECONDS)
    with contextlib.suppress(TimeoutError, ConnectionError):
        secured.recv(1)


def _certificate(target: Target) -> bytes | None:
    """Return the certificate of a server that is not trusted, only to say what is wrong with it."""
    with contextlib.suppress(OSError), _tls(target, _unverified()) as secured:
        return secured.getpeercert(binary_form=True)
    return None


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _no_tls(error: ssl.SSLError, target: Target) -> Fault:
    if error.reason in _TOO_OLD:
        return fault("tls-too-old", HERE, target=target.name)
    if "CERTIFICATE_REQUIRED" in (error.reason or ""):
        return fault("client-certificate-wanted", HERE, target=target.name)
    return _broken(target)


def _broken(target: Target) -> Fault:
    """Tell a port that speaks plain HTTP from one that speaks nothing we know."""
    cause = "http-where-https" if _speaks_http(target) else "tls-broken"
    return fault(cause, HERE, target=target.name)


def _speaks_http(target: Target) -> bool:
    try:
        with open_socket(target) as plain:
            plain.sendall(f"HEAD / HTTP/1.1\r\nHost: {target.name}\r\n\r\n".encode("ascii"))
            return plain.recv(5) == b"HTTP/"
    except OSError:
        return False


def speaks_tls(target: Target) -> bool:
    """Tell whether a port speaks TLS, whoever its certificate is from."""
    try:
        with _tls(target, _unverified()):
            return True
    except OSError:
        return False
