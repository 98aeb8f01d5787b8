"""Everything that is looked for at one server, as plain facts; gives no opinion on them."""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from test_suites.core.message import JsonValue
from test_suites.tls.handshakes import VERSIONS, Offer, Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a server offers. `trusted` is None where nobody said whom to trust."""

    host: str
    port: int
    name: str
    at: str
    versions: tuple[str, ...]
    suites: dict[str, tuple[str, ...]]
    anonymous: bool
    trusted: bool | None
    distrust: str = ""
    handshakes: int = 0
    certificate: dict[str, JsonValue] = field(default_factory=dict)

    def as_json(self) -> dict[str, JsonValue]:
        """Return the facts as one JSON object."""
        return {
            "host": self.host,
            "port": self.port,
            "name": self.name,
            "at": self.at,
            "versions": list(self.versions),
            "suites": {version: list(names) for version, names in self.suites.items()},
            "anonymous": self.anonymous,
            "trusted": self.trusted,
            "distrust": self.distrust,
            "handshakes": self.handshakes,
            "certificate": dict(self.certificate),
        }


def measure(server: Server, *, trusting: ssl.SSLContext | None, now: datetime) -> Measured:
    """Look at a server; raises NobodyThereError.

    `trusting` is how a careful client of this server would take up TLS.
    """
    agreed = {version: server.agrees(Offer(version=version)) for version in VERSIONS}
    suites = {
        version: tuple(one.suite for one in server.suites(version))
        for version in ("TLSv1.2", "TLSv1.3")
        if agreed[version] is not None
    }
    anonymous = server.agrees(Offer(version="TLSv1.2", anonymous=True)) is not None
    trusted, distrust = (None, "") if trusting is None else server.is_trusted(trusting)
    chain = next((one.chain for one in agreed.values() if one is not None and one.chain), ())
    return Measured(
        host=server.host,
        port=server.port,
        name=server.name,
        at=now.astimezone(UTC).isoformat(timespec="seconds"),
        versions=tuple(version for version, one in agreed.items() if one is not None),
        suites=suites,
        anonymous=anonymous,
        trusted=trusted,
        distrust=distrust,
        handshakes=server.handshakes,
        certificate=_certificate(chain, now),
    )


def _certificate(chain: tuple[bytes, ...], now: datetime) -> dict[str, JsonValue]:
    """Return what the first certificate of a chain says; nothing where it cannot be read."""
    try:
        shown = x509.load_der_x509_certificate(chain[0])
        kind, bits = _key(shown)
    except (IndexError, ValueError, TypeError):
        return {}
    hash_algorithm = shown.signature_hash_algorithm
    return {
        "subject": shown.subject.rfc4514_string(),
        "issuer": shown.issuer.rfc4514_string(),
        "not_before": shown.not_valid_before_utc.isoformat(),
        "not_after": shown.not_valid_after_utc.isoformat(),
        "in_force": shown.not_valid_before_utc <= now <= shown.not_valid_after_utc,
        "key": kind,
        "bits": bits,
        "hash": None if hash_algorithm is None else hash_algorithm.name,
        "chain": len(chain),
    }


def _key(shown: x509.Certificate) -> tuple[str, int]:
    public = shown.public_key()
    match public:
        case rsa.RSAPublicKey():
            return "RSA", public.key_size
        case ec.EllipticCurvePublicKey():
            return "EC", public.key_size
        case _:
            return type(public).__name__, 0
