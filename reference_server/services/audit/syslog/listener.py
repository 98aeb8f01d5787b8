"""The socket of the feed: who may send, and what becomes of each message; knows no HTTP.

IHE ITI-19 asks both sides for a certificate: the handshake requires one of this World's own
authority, and it is looked up again for each message, so that one that is revoked while the
connection stands writes nothing more. Syslog has no answers: what cannot be read is told in the
trail itself, as a refusal of whoever sent it.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509

from reference_server.kernel.access import Caller
from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.ports import (
    AUDIT,
    CERTIFICATES,
    AuditEntry,
    AuditOutcome,
    CertificateStanding,
)
from reference_server.services.audit.errors import AuditEventIncomplete
from reference_server.services.audit.fhir.foreign import events_of
from reference_server.services.audit.syslog.dicom import AuditMessageError, read_audit_message
from reference_server.services.audit.syslog.frames import (
    FrameError,
    MessageError,
    frames,
    read_message,
)
from reference_server.world import World

_ACTION: Final = "record-audit-event"
_UNREADABLE: Final = "audit-message-unreadable"
_REVOKED: Final = "client-certificate-revoked"
_log = logging.getLogger("reference_server")


@dataclass(slots=True, kw_only=True)
class FeedListener:
    """The feed of one World on one bound socket. `seconds`: how long a frame may take to arrive.

    `most` connections are served at once; one more is closed at once.
    """

    world: World
    bound: socket.socket
    context: ssl.SSLContext
    seconds: float = 30.0
    most: int = 100
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Listen while the block runs; gives the port."""
        server = await asyncio.start_server(self._serve, sock=self.bound, ssl=self.context)
        try:
            yield int(self.bound.getsockname()[1])
        finally:
            server.close()
            for writer in tuple(self._open):
                writer.transport.abort()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = _shown(writer)
        if len(self._open) >= self.most or shown is None:
            writer.transport.abort()
            return
        self._open.add(writer)
        address = str(writer.get_extra_info("peername")[0])
        try:
            async for frame in frames(reader, seconds=self.seconds):
                if not await asyncio.to_thread(self._take, frame, shown, address):
                    break
        except FrameError as error:
            await asyncio.to_thread(self._refuse, shown, address, f"{_UNREADABLE}", str(error))
        except (ConnectionError, ssl.SSLError):
            _log.info("a feed of audit events ended early")
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    def _take(self, frame: bytes, shown: ClientCertificate, address: str) -> bool:
        """Keep what a frame tells; return whether the connection may go on."""
        if self.world.port(CERTIFICATES).standing(shown) is not CertificateStanding.GOOD:
            self._refuse(shown, address, _REVOKED, "")
            return False
        try:
            event = read_audit_message(read_message(frame).content)
            (whole,) = events_of(event)
        except (MessageError, AuditMessageError) as error:
            self._refuse(shown, address, _UNREADABLE, str(error))
            return True
        except AuditEventIncomplete as refusal:
            self._refuse(shown, address, refusal.code, str(refusal.params.get("name", "")))
            return True
        self._record(
            AuditEntry(
                action=_ACTION,
                outcome=AuditOutcome.SUCCESS,
                request_id=self.world.ids.uuid(),
                caller=_caller(shown),
                address=address,
                resource=whole,
            )
        )
        return True

    def _refuse(self, shown: ClientCertificate, address: str, code: str, what: str) -> None:
        _log.info("an audit message was refused: %s %s", code, what[:80])
        self._record(
            AuditEntry(
                action=_ACTION,
                outcome=AuditOutcome.REFUSED,
                request_id=self.world.ids.uuid(),
                caller=_caller(shown),
                refusal=code,
                address=address,
            )
        )

    def _record(self, entry: AuditEntry) -> None:
        with self.world.store.write() as tx:
            self.world.port(AUDIT).record(tx, entry)


def _shown(writer: asyncio.StreamWriter) -> ClientCertificate | None:
    tls = writer.get_extra_info("ssl_object")
    der = None if tls is None else tls.getpeercert(binary_form=True)
    return None if not der else ClientCertificate.of(x509.load_der_x509_certificate(der))


def _caller(shown: ClientCertificate) -> Caller:
    """Return whom the trail names: the system that the certificate is for."""
    return Caller(
        subject=shown.common_name or shown.subject,
        client_id=shown.common_name or shown.subject,
        role="system",
        organization="",
        ehealth_id=shown.ehealth_id,
        profession=shown.profession,
        scopes=frozenset(),
        token_id="",
        correlation="",
    )
