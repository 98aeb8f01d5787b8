"""Issuing a certificate of a family to a holder, and changing what it is worth; asks nobody."""

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from reference_server.kernel.store import Transaction
from reference_server.ports import PROVIDERS
from reference_server.services.certificates.model.families import Family
from reference_server.services.certificates.model.life import (
    CertificateAct,
    CertificateState,
    Reason,
)
from reference_server.services.certificates.model.records import Holder, Issued
from reference_server.services.certificates.operations import drafts
from reference_server.services.certificates.operations.authority import Authority, new_serial
from reference_server.services.certificates.rules.life import next_certificate_state
from reference_server.services.certificates.store import issued as store
from reference_server.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be issued, to whom, and for what wish of whom."""

    family: Family
    holder: Holder
    public_key: CertificatePublicKeyTypes
    life: timedelta | None = None
    application: str | None = None
    account: str | None = None


def issue(world: World, authority: Authority, tx: Transaction, order: Order) -> Issued:
    """Sign and keep a certificate, valid for the family's time or the order's."""
    issuer, now = authority.issuing, world.clock.wire_now()
    life = order.life or timedelta(days=world.settings.certificate_days)
    span = drafts.Span.lasting(now, life, issuer=issuer.certificate)
    mould = drafts.mould_for(
        order.holder, order.public_key, serial=new_serial(world.randomness.bytes), now=now
    )
    draft = drafts.end_entity(
        mould,
        issuer.certificate,
        drafts.Addresses.of(world),
        family=order.family,
        holder=order.holder,
        span=span,
    )
    made = recorded(issuer.sign(draft), order)
    keep(world, tx, made)
    return made


def keep(world: World, tx: Transaction, made: Issued) -> None:
    """Keep a certificate that was signed, and show it in the provider directory."""
    store.put(tx, made)
    _show(world, tx, made)


def _show(world: World, tx: Transaction, kept: Issued) -> None:
    """Let the directory have the holder's newest good personal certificate, or none."""
    if kept.family is not Family.PERSONAL or kept.ehealth_id is None:
        return
    now = world.clock.wire_now()
    good = (
        each
        for each in store.of_holder(tx, kept.ehealth_id)
        if each.family is Family.PERSONAL
        and each.state is CertificateState.VALID
        and each.not_before <= now <= each.not_after
    )
    newest = next(good, None)
    der = None if newest is None else ssl.PEM_cert_to_DER_cert(newest.pem)
    world.port(PROVIDERS).put_certificate(tx, kept.ehealth_id, der)


def recorded(certificate: x509.Certificate, order: Order) -> Issued:
    """Return a signed certificate as it is kept."""
    return Issued(
        serial=serial_text(certificate.serial_number),
        family=order.family,
        subject=certificate.subject.rfc4514_string(),
        ehealth_id=order.holder.ehealth_id,
        pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        application=order.application,
        account=order.account,
    )


def change(
    world: World,
    tx: Transaction,
    kept: Issued,
    act: CertificateAct,
    *,
    reason: Reason | None = None,
    at: datetime | None = None,
) -> CertificateState:
    """Suspend, lift or revoke; raises CertificateStateWrong. Lists and OCSP know it at once."""
    now = at or world.clock.wire_now()
    state = next_certificate_state(kept, act)
    if act is CertificateAct.SUSPEND:
        reason = Reason.CERTIFICATE_HOLD
    store.change(tx, kept.serial, act=act, state=state, reason=reason, at=now)
    _show(world, tx, kept)
    return state


def serial_text(number: int) -> str:
    """Return a serial as it is kept and shown: small hex."""
    return f"{number:x}"
