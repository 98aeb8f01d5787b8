"""The World's own authority: root, issuing and OCSP keys, made once and sealed at rest.

Knows neither applications nor HTTP. Private keys leave this module only as signatures.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from reference_server.kernel.store import Transaction
from reference_server.services.certificates.model.families import KeyKind
from reference_server.services.certificates.operations import drafts
from reference_server.services.certificates.operations.names import authority_name
from reference_server.services.certificates.store import authority as store
from reference_server.world import World

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
ROOT, ISSUING, RESPONDER = "root", "issuing", "ocsp"
_RENEW_RESPONDER = timedelta(days=14)
_RSA_BITS, _EXPONENT = 4096, 65537
# [C] AeS-I-CA-Test1 is known; the others follow its pattern [G].
_SHORT_NAMES: Mapping[str, str] = MappingProxyType(
    {"integration": "Test1", "qualification": "Test2", "preproduction": "Test3", "production": "1"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A certificate of the authority and its key."""

    certificate: x509.Certificate
    key: Key

    def sign(self, draft: x509.CertificateBuilder) -> x509.Certificate:
        """Sign a certificate with SHA-256."""
        return draft.sign(self.key, hashes.SHA256())


class Authority:
    """Owns the three signers of one World; the first use makes them, a restart finds them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._signers: dict[str, Signer] = {}
        self._lock = threading.Lock()

    @property
    def root(self) -> Signer:
        """What clients trust."""
        return self._signer(ROOT)

    @property
    def issuing(self) -> Signer:
        """What signs certificates and their list of revoked ones."""
        return self._signer(ISSUING)

    @property
    def responder(self) -> Signer:
        """What signs OCSP answers (RFC 6960 §4.2.2.2); renewed before it ends."""
        now = self._world.clock.wire_now()
        signer = self._signer(RESPONDER)
        if signer.certificate.not_valid_after_utc - _RENEW_RESPONDER > now:
            return signer
        return self._renew_responder(signer)

    @property
    def is_made(self) -> bool:
        """Whether it has its keys already: making them on RSA takes seconds."""
        if ISSUING in self._signers:
            return True
        with self._world.store.read() as tx:
            return store.find(tx, ISSUING) is not None

    @property
    def bundle(self) -> bytes:
        """The root and the issuing certificate in PEM."""
        return b"".join(
            signer.certificate.public_bytes(serialization.Encoding.PEM)
            for signer in (self.root, self.issuing)
        )

    def _signer(self, name: str) -> Signer:
        if name not in self._signers:
            with self._lock:
                if name not in self._signers and not self._load():
                    self._make()
        return self._signers[name]

    def _load(self) -> bool:
        with self._world.store.read() as tx:
            found = {name: self._opened(tx, name) for name in (ROOT, ISSUING, RESPONDER)}
        known = {name: signer for name, signer in found.items() if signer is not None}
        self._signers.update(known)
        return len(known) == len(found)

    def _opened(self, tx: Transaction, name: str) -> Signer | None:
        kept = store.find(tx, name)
        if kept is None:
            return None
        raw = self._world.vault.open(kept.sealed_key, about=_about(name))
        key = serialization.load_der_private_key(raw, password=None)
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)  # noqa: S101 - our own key
        certificate = x509.load_pem_x509_certificate(kept.certificate.encode("ascii"))
        return Signer(certificate=certificate, key=key)

    def _make(self) -> None:
        """Make all three, outside of any transaction; whoever was faster is right."""
        kind = KeyKind(self._world.settings.authority_key)
        now, short = self._world.clock.wire_now(), self._short_name
        root_key, issuing_key = make_key(kind), make_key(kind)
        addresses = drafts.Addresses.of(self._world)
        root_name = authority_name(f"AeS-R-CA-{short}")
        root = Signer(
            certificate=drafts.root(self._mould(root_name, root_key, now)).sign(
                root_key, hashes.SHA256()
            ),
            key=root_key,
        )
        issuing_mould = self._mould(authority_name(f"AeS-I-CA-{short}"), issuing_key, now)
        issuing = Signer(
            certificate=root.sign(drafts.issuing(issuing_mould, root.certificate, addresses)),
            key=issuing_key,
        )
        made = {ROOT: root, ISSUING: issuing, RESPONDER: self._new_responder(issuing, now)}
        with self._world.store.write() as tx:
            if store.find(tx, ROOT) is None:
                for name, signer in made.items():
                    self._keep(tx, name, signer)
        self._load()

    def _new_responder(self, issuing: Signer, now: datetime) -> Signer:
        key = make_key(KeyKind.P_256)
        name = authority_name(f"AeS-OCSP-{self._short_name}")
        draft = drafts.responder(self._mould(name, key, now), issuing.certificate)
        return Signer(certificate=issuing.sign(draft), key=key)

    def _renew_responder(self, old: Signer) -> Signer:
        fresh = self._new_responder(self.issuing, self._world.clock.wire_now())
        with self._world.store.write() as tx:
            kept = store.find(tx, RESPONDER)
            if kept is not None and kept.certificate.encode() == _pem(old.certificate):
                self._keep(tx, RESPONDER, fresh)
        self._load()
        return self._signers[RESPONDER]

    def _keep(self, tx: Transaction, name: str, signer: Signer) -> None:
        raw = signer.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        sealed = self._world.vault.seal(raw, about=_about(name))
        store.keep(tx, name, certificate=_pem(signer.certificate).decode(), sealed_key=sealed)

    def _mould(self, subject: x509.Name, key: Key, now: datetime) -> drafts.Mould:
        return drafts.Mould(
            subject=subject,
            public_key=key.public_key(),
            serial=new_serial(self._world.randomness.bytes),
            now=now,
        )

    @property
    def _short_name(self) -> str:
        return _SHORT_NAMES.get(self._world.name, self._world.name)


def make_key(kind: KeyKind) -> Key:
    """Make a private key; RSA takes up to seconds."""
    if kind is KeyKind.P_256:
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_RSA_BITS)


def new_serial(bytes_of: Callable[[int], bytes]) -> int:
    """Return a positive serial of 126 random bits that is never short (RFC 5280 §4.1.2.2)."""
    return int.from_bytes(bytes_of(16), "big") >> 2 | 1 << 125


def _about(name: str) -> str:
    return f"certificates-authority/{name}"


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
