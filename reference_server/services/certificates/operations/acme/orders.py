"""ACME orders from the wish to the certificate, and its end (RFC 8555 §7.4 to §7.6)."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reference_server.kernel.store import Transaction
from reference_server.ports import PROVIDERS
from reference_server.services.certificates.errors import (
    AcmeAlreadyRevoked,
    AcmeNotFound,
    AcmeOrderNotReady,
    AcmeRejectedIdentifier,
    AcmeUnauthorized,
)
from reference_server.services.certificates.model.acme import (
    Account,
    AcmeOrder,
    Authorization,
    AuthorizationStatus,
    OrderStatus,
)
from reference_server.services.certificates.model.families import Family
from reference_server.services.certificates.model.life import CertificateAct, CertificateState
from reference_server.services.certificates.model.records import Holder, Issued
from reference_server.services.certificates.operations.acme.requests import (
    Signed,
    key_of,
    signed_by_account,
    signed_request,
)
from reference_server.services.certificates.operations.issue import (
    Order,
    change,
    issue,
    serial_text,
)
from reference_server.services.certificates.operations.provided import authority_of
from reference_server.services.certificates.rules import acme as rules
from reference_server.services.certificates.rules import jws
from reference_server.services.certificates.store import acme as store
from reference_server.services.certificates.store import hosts
from reference_server.services.certificates.store import issued as certificates
from reference_server.world import Call, record

_LIFE: Final = timedelta(days=1)
_TOKEN_BYTES: Final = 32
SHOWN: Final = 100


def new_order(call: Call) -> AcmeOrder:
    """Take an order for names that the account's organisation may have."""
    signed, account = signed_by_account(call)
    names, world = rules.names(signed.payload), call.world
    expires = world.clock.wire_now() + _LIFE
    with world.store.write() as tx:
        for name in names:
            if not hosts.is_declared(tx, name, organization=account.organization):
                raise AcmeRejectedIdentifier(name=name[:80])
        order_id = world.ids.uuid()
        proofs = tuple(
            Authorization(
                id=world.ids.uuid(),
                account=account.id,
                order=order_id,
                name=name,
                status=AuthorizationStatus.PENDING,
                token=jws.encode(world.randomness.bytes(_TOKEN_BYTES)),
                expires_at=expires,
            )
            for name in names
        )
        order = AcmeOrder(
            id=order_id,
            account=account.id,
            status=OrderStatus.PENDING,
            expires_at=expires,
            names=names,
            authorizations=tuple(each.id for each in proofs),
        )
        for each in proofs:
            store.put_authorization(tx, each)
        store.put_order(tx, order)
        call.deed.entities.append(f"AcmeOrder/{order.id}")
        record(call, tx)
    return order


def order(call: Call, order_id: str) -> AcmeOrder:
    """Return one's own order as it is now."""
    _, account = signed_by_account(call)
    with call.world.store.read() as tx:
        return _own_order(call, tx, order_id, account)


def orders(call: Call, account_id: str) -> tuple[AcmeOrder, ...]:
    """Return one's own latest orders."""
    _, account = signed_by_account(call)
    if account.id != account_id:
        raise AcmeUnauthorized
    with call.world.store.read() as tx:
        return store.orders_of(tx, account.id, limit=SHOWN)


def authorization(call: Call, authorization_id: str) -> Authorization:
    """Return one's own authorization, or give it up (RFC 8555 §7.5.2)."""
    signed, account = signed_by_account(call)
    with call.world.store.read() as tx:
        found = own_authorization(tx, authorization_id, account)
    if not signed.raw or signed.payload.get("status") != AuthorizationStatus.DEACTIVATED:
        return found
    changed = replace(found, status=AuthorizationStatus.DEACTIVATED)
    with call.world.store.write() as tx:
        store.put_authorization(tx, changed)
        settle(tx, changed)
        record(call, tx)
    return changed


def settle(tx: Transaction, changed: Authorization) -> None:
    """Bring an order to where its authorizations have brought it (RFC 8555 §7.1.6)."""
    found = store.order(tx, changed.order)
    if found is None or found.status not in {OrderStatus.PENDING, OrderStatus.READY}:
        return
    proofs = [store.authorization(tx, each) for each in found.authorizations]
    states = {each.status for each in proofs if each is not None}
    if states <= {AuthorizationStatus.VALID}:
        store.put_order(tx, replace(found, status=OrderStatus.READY))
    elif states & {AuthorizationStatus.INVALID, AuthorizationStatus.DEACTIVATED}:
        store.put_order(tx, replace(found, status=OrderStatus.INVALID))


def finalize(call: Call, order_id: str) -> AcmeOrder:
    """Issue the certificate of an order whose names are proven."""
    signed, account = signed_by_account(call)
    world = call.world
    authority = authority_of(world)
    _ = authority.issuing
    with world.store.write() as tx:
        found = _own_order(call, tx, order_id, account)
        if found.status is not OrderStatus.READY:
            raise AcmeOrderNotReady(status=str(found.status))
        request = rules.request_of(
            signed.payload, names_ordered=found.names, account=key_of(account)
        )
        company = world.port(PROVIDERS).organization(tx, account.organization)
        holder = Holder(
            common_name=found.names[0],
            organization=None if company is None else company.name,
            names=found.names,
        )
        wanted = Order(
            family=Family.SERVER,
            holder=holder,
            public_key=request.public_key(),
            life=timedelta(days=world.settings.acme_days),
            account=account.id,
        )
        made = issue(world, authority, tx, wanted)
        done = replace(found, status=OrderStatus.VALID, serial=made.serial)
        store.put_order(tx, done)
        call.deed.entities.append(f"Certificate/{made.serial}")
        record(call, tx)
    return done


def certificate(call: Call, serial: str) -> bytes:
    """Return one's own certificate with its issuer (PEM)."""
    _, account = signed_by_account(call)
    with call.world.store.read() as tx:
        found = certificates.find(tx, serial)
    if found is None or found.account != account.id:
        raise AcmeNotFound
    issuer = authority_of(call.world).issuing.certificate
    return found.pem.encode() + issuer.public_bytes(Encoding.PEM)


def revoke(call: Call) -> None:
    """Revoke a certificate: its account may, and whoever has its key (RFC 8555 §7.6)."""
    signed = signed_request(call)
    shown, reason = rules.revoked(signed.payload)
    with call.world.store.write() as tx:
        found = certificates.find(tx, serial_text(shown.serial_number))
        if found is None or found.pem.encode() != shown.public_bytes(Encoding.PEM):
            raise AcmeNotFound
        call.deed.entities.append(f"Certificate/{found.serial}")
        if not _may_revoke(signed, found, shown.public_key().public_bytes(*_FORM)):
            raise AcmeUnauthorized
        if found.state is CertificateState.REVOKED:
            raise AcmeAlreadyRevoked
        change(call.world, tx, found, CertificateAct.REVOKE, reason=reason)
        record(call, tx)


_FORM: Final = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _may_revoke(signed: Signed, found: Issued, key: bytes) -> bool:
    if signed.account is not None:
        return found.account == signed.account.id
    return signed.key.raw_value.public_bytes(*_FORM) == key  # type: ignore[union-attr]  # a public key, as it came in a JWK


def own_authorization(tx: Transaction, authorization_id: str, account: Account) -> Authorization:
    """Return an authorization of this account; raises AcmeNotFound."""
    found = store.authorization(tx, authorization_id)
    if found is None or found.account != account.id:
        raise AcmeNotFound
    return found


def _own_order(call: Call, tx: Transaction, order_id: str, account: Account) -> AcmeOrder:
    found = store.order(tx, order_id)
    if found is None or found.account != account.id:
        raise AcmeNotFound
    is_over = found.expires_at <= call.world.clock.wire_now()
    if is_over and found.status in {OrderStatus.PENDING, OrderStatus.READY}:
        return replace(found, status=OrderStatus.INVALID)
    return found
