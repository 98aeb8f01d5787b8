"""What is told of one server certificate: its issuer, lists and OCSP; opens no socket.

Every answer is good for a few seconds only, so that a client that keeps it until then knows of a
revocation soon, and never longer than the lab waits for.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from test_suites.deviations.impostors import Checkable

GOOD_FOR: Final = timedelta(seconds=5)
TOLERANCE: Final = timedelta(minutes=1)
"""How far a client's clock may be behind ours."""
LARGEST: Final = 10_000
_DER: Final = serialization.Encoding.DER
_NOTHING: Final = (404, "text/plain", b"")
_DOWN: Final = (503, "text/plain", b"")
Told: TypeAlias = tuple[int, str, bytes]
"""Status, media type and body."""


@dataclass(slots=True, kw_only=True)
class StatusDesk:
    """Owns what is told of one certificate. `good_until`: how long somebody may hold it good."""

    about: Checkable
    now: Callable[[], datetime]
    is_revoked: bool = False
    is_down: bool = False
    good_until: datetime | None = None

    def tell(self, name: str, asked: bytes) -> Told:
        """Return the answer to what is asked below the certificate's address."""
        if self.is_down:
            return _DOWN
        if name == "issuing.cer":
            body = self.about.issuing.certificate.public_bytes(_DER)
            return 200, "application/pkix-cert", body
        if name == "root.crl":
            return 200, "application/pkix-crl", self._list(of_root=True)
        if name == "issuing.crl":
            return 200, "application/pkix-crl", self._list(of_root=False)
        if name == "ocsp":
            return self._ocsp(asked)
        return _NOTHING

    def _window(self) -> tuple[datetime, datetime]:
        """Return since and until when what is told now holds, in whole seconds."""
        now = self.now().replace(microsecond=0)
        until = now + GOOD_FOR
        if not self.is_revoked:
            self.good_until = until
        return now - TOLERANCE, until

    def _list(self, *, of_root: bool) -> bytes:
        signer = self.about.root if of_root else self.about.issuing
        since, until = self._window()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(signer.certificate.subject)
            .last_update(since)
            .next_update(until)
            .add_extension(x509.CRLNumber(int(until.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
                critical=False,
            )
        )
        if self.is_revoked and not of_root:
            revoked = x509.RevokedCertificateBuilder(self.about.leaf.serial_number, since)
            builder = builder.add_revoked_certificate(revoked.build())
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(_DER)

    def _ocsp(self, asked: bytes) -> Told:
        try:
            request = ocsp.load_der_ocsp_request(asked)
        except ValueError:
            request = None
        if request is None or request.serial_number != self.about.leaf.serial_number:
            refused = ocsp.OCSPResponseBuilder.build_unsuccessful
            answer = refused(ocsp.OCSPResponseStatus.UNAUTHORIZED)
            return 200, "application/ocsp-response", answer.public_bytes(_DER)
        since, until = self._window()
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=self.about.leaf,
                issuer=self.about.issuing.certificate,
                algorithm=request.hash_algorithm,
                cert_status=(
                    ocsp.OCSPCertStatus.REVOKED if self.is_revoked else ocsp.OCSPCertStatus.GOOD
                ),
                this_update=since,
                next_update=until,
                revocation_time=since if self.is_revoked else None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.about.issuing.certificate)
        )
        for extension in request.extensions:
            if isinstance(extension.value, x509.OCSPNonce):
                builder = builder.add_extension(extension.value, critical=False)
        answer = builder.sign(self.about.issuing.key, hashes.SHA256())
        return 200, "application/ocsp-response", answer.public_bytes(_DER)


Message: TypeAlias = MutableMapping[str, Any]
App: TypeAlias = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[Message]],
        Callable[[Message], Awaitable[None]],
    ],
    Awaitable[None],
]


def status_app(desks: Mapping[str, StatusDesk]) -> App:
    """Return the application that tells of every desk's certificate, below its name."""

    async def app(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        asked, more = b"", True
        while more:
            message = await receive()
            asked += message.get("body", b"")[:LARGEST]
            more = message.get("more_body", False)
        status, media_type, body = _told(desks, scope, asked[:LARGEST])
        headers = [
            (b"content-type", media_type.encode("ascii")),
            (b"content-length", str(len(body)).encode("ascii")),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _told(desks: Mapping[str, StatusDesk], scope: Mapping[str, Any], asked: bytes) -> Told:
    slug, _, rest = str(scope["path"]).removeprefix("/").partition("/")
    name, _, enclosed = rest.partition("/")
    desk = desks.get(slug)
    if desk is None:
        return _NOTHING
    if enclosed and scope["method"] == "GET":  # RFC 6960 §A.1
        try:
            asked = base64.b64decode(unquote(enclosed), validate=True)
        except (binascii.Error, ValueError):
            return _NOTHING
    return desk.tell(name, asked)


def now() -> datetime:
    """Return the time of the wire."""
    return datetime.now(UTC)
