"""One handshake at a time with a server, each offering little; judges nothing.

tlslite-ng speaks what OpenSSL refuses at any level of security: that is what is looked for.
Nothing is sent over a connection but the handshake.
"""

import ipaddress
import socket
import ssl
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

with warnings.catch_warnings():
    # It offers asyncore, which nobody here uses, and which warns that it will go.
    warnings.simplefilter("ignore", DeprecationWarning)
    from tlslite.api import HandshakeSettings, TLSConnection
    from tlslite.constants import CipherSuite
    from tlslite.errors import TLSError

SECONDS: Final = 5.0
VERSIONS: Final = {
    "SSLv3": (3, 0),
    "TLSv1.0": (3, 1),
    "TLSv1.1": (3, 2),
    "TLSv1.2": (3, 3),
    "TLSv1.3": (3, 4),
}
SIGNED_EXCHANGES: Final = ("ecdhe_ecdsa", "ecdhe_rsa", "dhe_rsa", "rsa")
AEAD_CIPHERS: Final = (
    "aes256gcm",
    "aes128gcm",
    "chacha20-poly1305",
    "aes256ccm",
    "aes128ccm",
    "aes256ccm_8",
    "aes128ccm_8",
)
OTHER_CIPHERS: Final = ("aes256", "aes128", "3des", "rc4", "null")
MACS: Final = ("sha384", "sha256", "sha", "md5")
MODERN_CIPHERS: Final = ("aes256gcm", "aes128gcm", "chacha20-poly1305", "aes128ccm", "aes128ccm_8")
_SMALLEST_KEY: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one handshake offers: a version, and the parts that suites are made of."""

    version: str
    exchanges: tuple[str, ...] = SIGNED_EXCHANGES
    ciphers: tuple[str, ...] = (*AEAD_CIPHERS, *OTHER_CIPHERS)
    macs: tuple[str, ...] = (*MACS, "aead")
    anonymous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a server agreed to: the suite's IANA name, and its chain in DER."""

    suite: str
    chain: tuple[bytes, ...] = ()


class NobodyThereError(Exception):
    """No connection to the server can be made; `detail` is a short code."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(slots=True, kw_only=True)
class Server:
    """Owns the address of one server, and how often it was asked."""

    host: str
    port: int
    name: str
    handshakes: int = field(default=0, init=False)

    def agrees(self, offer: Offer) -> Agreed | None:
        """Return what the server makes of an offer, None where it refuses.

        Raises NobodyThereError where there is no server.
        """
        self.handshakes += 1
        try:
            plain = socket.create_connection((self.host, self.port), timeout=SECONDS)
        except OSError as error:
            raise NobodyThereError(type(error).__name__) from error
        with plain:
            connection = TLSConnection(plain)
            try:
                _shake(connection, offer, _indicated(self.name))
            except (TLSError, OSError):
                return None
            return _agreed(connection)

    def is_trusted(self, context: ssl.SSLContext) -> tuple[bool, str]:
        """Tell whether a careful client takes the server for what it says, and why not."""
        self.handshakes += 1
        try:
            with (
                socket.create_connection((self.host, self.port), timeout=SECONDS) as plain,
                context.wrap_socket(plain, server_hostname=self.name),
            ):
                return True, ""
        except ssl.SSLCertVerificationError as error:
            return False, error.verify_message
        except OSError as error:
            return False, type(error).__name__

    def suites(self, version: str) -> Iterator[Agreed]:
        """Yield every suite that the server agrees to in a version."""
        offers: list[Offer] = []
        if version == "TLSv1.3":
            offers = [Offer(version=version, ciphers=(cipher,)) for cipher in MODERN_CIPHERS]
        else:
            for exchange in SIGNED_EXCHANGES:
                if self.agrees(Offer(version=version, exchanges=(exchange,))) is not None:
                    offers.extend(_offers(version, exchange))
        for offer in offers:
            agreed = self.agrees(offer)
            if agreed is not None:
                yield agreed


def _offers(version: str, exchange: str) -> Iterator[Offer]:
    """Yield one offer for each suite that an exchange can be part of."""
    one = (exchange,)
    for cipher in AEAD_CIPHERS:
        yield Offer(version=version, exchanges=one, ciphers=(cipher,), macs=("aead",))
    for cipher in OTHER_CIPHERS:
        for mac in MACS:
            yield Offer(version=version, exchanges=one, ciphers=(cipher,), macs=(mac,))


def _indicated(name: str) -> str | None:
    """Return the name as it is indicated to a server: an address is not (RFC 6066 §3)."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    return None


def _shake(connection: Any, offer: Offer, name: str | None) -> None:  # noqa: ANN401  an untyped library
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = VERSIONS[offer.version]
    settings.cipherNames = list(offer.ciphers)
    settings.macNames = list(offer.macs)
    settings.minKeySize = _SMALLEST_KEY
    settings.useEncryptThenMAC = True
    if offer.anonymous:
        connection.handshakeClientAnonymous(settings=settings, serverName=name)
        return
    settings.keyExchangeNames = list(offer.exchanges)
    connection.handshakeClientCert(settings=settings, serverName=name)


def _agreed(connection: Any) -> Agreed:  # noqa: ANN401  as above
    session = connection.session
    chain: Iterable[Any] = getattr(session.serverCertChain, "x509List", ())
    return Agreed(
        suite=str(CipherSuite.ietfNames.get(session.cipherSuite, hex(session.cipherSuite))),
        chain=tuple(bytes(each.bytes) for each in chain),
    )
