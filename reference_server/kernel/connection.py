"""What a TLS connection tells the application: ASGI's `tls` extension, which uvicorn lacks.

The client certificate is there only if the handshake verified it. Knows neither routes nor Worlds.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reference_server.kernel.client_certificate import ClientCertificate, read_certificate

TLS_EXTENSION: Final = "tls"
"""ASGI's name for it (https://asgi.readthedocs.io/en/latest/specs/tls.html)."""
_VERSIONS: Final = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


class CertifiedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which hands on what the handshake of its connection found out."""

    tls: Mapping[str, object] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # uvicorn narrows the parameter too: only stream transports reach an HTTP protocol.
        super().connection_made(transport)
        self.tls = _told(transport.get_extra_info("ssl_object"))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]  # a TypedDict without ours
        scope["extensions"] = {} if self.tls is None else {TLS_EXTENSION: self.tls}


class AlertingObject(ssl.SSLObject):
    """A TLS object whose peer learns why a handshake failed.

    asyncio and uvloop drop a connection at the error, before its alert was sent. Here the error
    comes one step later: first "give me more", for which they send what is ready, then the error
    itself with whatever the peer does next. Set it as a context's `sslobject_class`.
    """

    failure: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        if self.failure is not None:
            raise self.failure
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLSyscallError):
            raise
        except ssl.SSLError as failure:
            self.failure = failure
            raise ssl.SSLWantReadError from failure


def certificate_of(scope: Scope) -> ClientCertificate | None:
    """Return the verified client certificate of a request's connection."""
    tls = scope.get("extensions", {}).get(TLS_EXTENSION)
    chain = () if tls is None else tls["client_cert_chain"]
    return read_certificate(chain[0]) if chain else None


def _told(wire: ssl.SSLObject | None) -> Mapping[str, object] | None:
    if wire is None:
        return None
    # OpenSSL gives a peer's certificate only where the context verified it.
    der = wire.getpeercert(binary_form=True)
    pem = None if der is None else ssl.DER_cert_to_PEM_cert(der)
    return {
        "server_cert": None,
        "client_cert_chain": () if pem is None else (pem,),
        "client_cert_name": None if pem is None else read_certificate(pem).subject,
        "client_cert_error": None,
        "tls_version": _VERSIONS.get(str(wire.version())),
        "cipher_suite": None,
    }
