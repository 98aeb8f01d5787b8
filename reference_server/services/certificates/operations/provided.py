"""The port `CERTIFICATES`: standing, trust, and orders that no office is asked about."""

from datetime import timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.ports import (
    CERTIFICATES,
    CertificateOrder,
    CertificateStanding,
    KeyedCertificate,
)
from reference_server.services.certificates.model.families import PURPOSES, Family, KeyKind
from reference_server.services.certificates.model.life import (
    CertificateAct,
    CertificateState,
    Reason,
)
from reference_server.services.certificates.model.records import Holder
from reference_server.services.certificates.operations import drafts
from reference_server.services.certificates.operations.authority import (
    Authority,
    Key,
    Signer,
    make_key,
    new_serial,
)
from reference_server.services.certificates.operations.issue import (
    Order,
    change,
    keep,
    recorded,
    serial_text,
)
from reference_server.services.certificates.store import issued as store
from reference_server.world import World

LISTS_OUT: Final = "certificates-lists-out"
ANSWERS_OUT: Final = "certificates-answers-out"
_STANDINGS: Final = {
    CertificateState.VALID: CertificateStanding.GOOD,
    CertificateState.SUSPENDED: CertificateStanding.SUSPENDED,
    CertificateState.REVOKED: CertificateStanding.REVOKED,
}


class ProvidedCertificates:
    """Owns the World's one Authority; the service's own routes ask for it here, too."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.authority = Authority(world)

    def trust_bundle(self) -> bytes:
        return self.authority.bundle

    def standing(self, shown: ClientCertificate) -> CertificateStanding:
        if not self.authority.is_made or shown.issuer_key != self._issuer_key():
            return CertificateStanding.FOREIGN
        with self._world.store.read() as tx:
            kept = store.find(tx, serial_text(shown.serial))
        if kept is None:
            return CertificateStanding.UNKNOWN
        standing = _STANDINGS[kept.state]
        now = self._world.clock.wire_now()
        if standing is CertificateStanding.GOOD and not kept.not_before <= now <= kept.not_after:
            return CertificateStanding.EXPIRED
        return standing

    def family(self, shown: ClientCertificate) -> str | None:
        if not self.authority.is_made or shown.issuer_key != self._issuer_key():
            return None
        return next((each for each, one in PURPOSES.items() if one.policy in shown.policies), None)

    def of_person(self, ehealth_id: str) -> tuple[bytes, ...]:
        now = self._world.clock.wire_now()
        with self._world.store.read() as tx:
            found = store.of_holder(tx, ehealth_id)
        good = (
            each
            for each in found
            if each.state is CertificateState.VALID and each.not_before <= now <= each.not_after
        )
        return tuple(_der(each.pem) for each in good)

    def issue_as_ordered(self, order: CertificateOrder) -> KeyedCertificate:
        key, holder = make_key(KeyKind.P_256), _holder(order)
        signer = self.authority.issuing
        draft = self._draft(order, holder, key, signer.certificate)
        if order.self_signed:
            return _keyed(draft.sign(key, hashes.SHA256()), key, issuer=None)
        certificate = signer.sign(draft)
        wanted = Order(family=Family(order.family), holder=holder, public_key=key.public_key())
        with self._world.store.write() as tx:
            keep(self._world, tx, recorded(certificate, wanted))
        return _keyed(certificate, key, issuer=signer)

    def revoke(self, serial: str, *, reason: str) -> None:
        why = Reason(reason)
        act = CertificateAct.SUSPEND if why is Reason.CERTIFICATE_HOLD else CertificateAct.REVOKE
        with self._world.store.write() as tx:
            kept = store.find(tx, serial)
            if kept is None:
                raise LookupError(serial)
            change(self._world, tx, kept, act, reason=why)

    def interrupt(self, *, lists: bool, answers: bool) -> None:
        state = self._world.state
        with self._world.store.write() as tx:
            for name, is_out in ((LISTS_OUT, lists), (ANSWERS_OUT, answers)):
                state.add(name, int(is_out) - state.get(name), within=tx)

    def _issuer_key(self) -> str:
        issuer = self.authority.issuing.certificate
        own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return own.digest.hex()

    def _draft(
        self, order: CertificateOrder, holder: Holder, key: Key, issuer: x509.Certificate
    ) -> x509.CertificateBuilder:
        now = self._world.clock.wire_now()
        days = timedelta(days=self._world.settings.certificate_days)
        own = drafts.Span.lasting(now, days, issuer=issuer)
        span = drafts.Span(
            since=order.not_before or min(own.since, order.not_after or own.since),
            until=order.not_after or own.until,
        )
        serial = new_serial(self._world.randomness.bytes)
        return drafts.end_entity(
            drafts.mould_for(holder, key.public_key(), serial=serial, now=now),
            None if order.self_signed else issuer,
            drafts.Addresses.of(self._world),
            family=Family(order.family),
            holder=holder,
            span=span,
            purposes=order.purposes,
        )


def authority_of(world: World) -> Authority:
    """Return the one authority of a World."""
    provided = world.port(CERTIFICATES)
    assert isinstance(provided, ProvidedCertificates)  # noqa: S101 - this service provides the port
    return provided.authority


def _holder(order: CertificateOrder) -> Holder:
    return Holder(
        common_name=order.common_name or next(iter(order.names), "nobody"),
        ehealth_id=order.ehealth_id,
        profession=order.profession,
        organization=order.organization,
        names=order.names,
    )


def _keyed(certificate: x509.Certificate, key: Key, *, issuer: Signer | None) -> KeyedCertificate:
    pem = serialization.Encoding.PEM
    chain = certificate.public_bytes(pem)
    if issuer is not None:
        chain += issuer.certificate.public_bytes(pem)
    return KeyedCertificate(
        serial=serial_text(certificate.serial_number),
        chain=chain,
        key=key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _der(pem: str) -> bytes:
    return x509.load_pem_x509_certificate(pem.encode("ascii")).public_bytes(
        serialization.Encoding.DER
    )
