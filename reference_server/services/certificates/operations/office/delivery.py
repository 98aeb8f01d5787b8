"""A certificate in its holder's hand, and its life from there; knows no HTTP and no page."""

from dataclasses import dataclass, replace
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from reference_server.kernel.store import Transaction
from reference_server.services.certificates.errors import CertificateUnknown
from reference_server.services.certificates.model.families import KeyKind
from reference_server.services.certificates.model.life import (
    ApplicationAct,
    CertificateAct,
    CertificateState,
    Reason,
)
from reference_server.services.certificates.model.records import Issued
from reference_server.services.certificates.operations.authority import Authority, Key, make_key
from reference_server.services.certificates.operations.issue import Order, change, issue
from reference_server.services.certificates.operations.office import who
from reference_server.services.certificates.operations.office.applications import (
    SHOWN,
    find,
    keep,
)
from reference_server.services.certificates.operations.provided import authority_of
from reference_server.services.certificates.rules import life, requests
from reference_server.services.certificates.store import applications as store
from reference_server.services.certificates.store import issued as certificates
from reference_server.world import Call, World, authorise, record

# 32 signs that nobody takes for another: no l, no o, no 0, no 1.
_SIGNS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_PASSWORD_BYTES, _PASSWORD_SIGNS, _GROUP = 15, 24, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A certificate handed over. `pkcs12` and its password exist this once and nowhere else."""

    issued: Issued
    chain: bytes
    pkcs12: bytes | None = None
    password: str | None = None


def needs_key(call: Call, application_id: str) -> KeyKind | None:
    """Return which key must be made before a delivery; None where the applicant has it."""
    person = who.own_id(authorise(call))
    with call.world.store.read() as tx:
        found = find(call, tx, application_id)
    life.check_applicant(found, person)
    life.next_application_state(found, ApplicationAct.DELIVER)
    return None if found.csr else found.key


def deliver(call: Call, application_id: str, *, key: Key | None = None) -> Delivery:
    """Hand the certificate over to the applicant, once.

    `key` is one made for this delivery, where the application brought no request of its own: RSA
    takes seconds, which no transaction waits for.
    """
    person, world = who.own_id(authorise(call)), call.world
    authority = authority_of(world)
    _ = authority.issuing
    with world.store.write() as tx:
        found = find(call, tx, application_id)
        life.check_applicant(found, person)
        state = life.next_application_state(found, ApplicationAct.DELIVER)
        own = None if found.csr else key or make_key(found.key)
        holder_key = requests.read_request(found.csr).public_key() if found.csr else None
        wanted = Order(
            family=found.family,
            holder=found.holder,
            public_key=holder_key or (own or make_key(found.key)).public_key(),
            application=found.id,
        )
        made = issue(world, authority, tx, wanted)
        _supersede(world, tx, found.renews)
        call.deed.entities.append(f"Certificate/{made.serial}")
        keep(call, tx, replace(found, state=state, serial=made.serial), letter="delivered")
    return _delivery(world, authority, made, own)


def change_state(
    call: Call, serial: str, act: CertificateAct, *, reason: str | None = None
) -> Issued:
    """Suspend, lift or revoke; the holder may suspend and revoke her own."""
    caller = authorise(call)
    why = who.read_reason(reason) if act is CertificateAct.REVOKE else None
    with call.world.store.write() as tx:
        call.deed.entities.append(f"Certificate/{serial[:40]}")
        found = certificates.find(tx, serial)
        if found is None or not who.may_change(caller, found, act):
            raise CertificateUnknown(serial=serial[:40])
        state = change(call.world, tx, found, act, reason=why)
        if found.ehealth_id is not None:
            store.write_letter(
                tx,
                found.ehealth_id,
                f"certificates.letter.{act}",
                at=call.world.clock.wire_now(),
                serial=serial,
            )
        record(call, tx)
        changed = certificates.find(tx, serial)
    return changed or replace(found, state=state)


def held(call: Call) -> tuple[Issued, ...]:
    """Return the caller's own certificates; to an officer the latest of all."""
    caller = authorise(call)
    with call.world.store.write() as tx:
        if who.is_officer(caller):
            found = certificates.newest(tx, limit=SHOWN)
        else:
            found = certificates.of_holder(tx, who.own_id(caller))
        record(call, tx)
    return found


def certificate(call: Call, serial: str) -> Issued:
    """Return one's own certificate; to an officer any."""
    caller = authorise(call)
    with call.world.store.write() as tx:
        call.deed.entities.append(f"Certificate/{serial[:40]}")
        found = certificates.find(tx, serial)
        is_own = found is not None and found.ehealth_id == who.own_id(caller)
        if found is None or not (is_own or who.is_officer(caller)):
            raise CertificateUnknown(serial=serial[:40])
        record(call, tx)
    return found


def _supersede(world: World, tx: Transaction, serial: str | None) -> None:
    """Revoke what was renewed, unless it came to an end in between."""
    found = None if serial is None else certificates.find(tx, serial)
    if found is not None and found.state is not CertificateState.REVOKED:
        change(world, tx, found, CertificateAct.REVOKE, reason=Reason.SUPERSEDED)


def _delivery(world: World, authority: Authority, made: Issued, key: Key | None) -> Delivery:
    issuer = authority.issuing.certificate
    chain = made.pem.encode() + issuer.public_bytes(serialization.Encoding.PEM)
    if key is None:
        return Delivery(issued=made, chain=chain)
    password = _password(world)
    packed = pkcs12.serialize_key_and_certificates(
        b"eHealth " + made.serial.encode(),
        key,
        x509.load_pem_x509_certificate(made.pem.encode("ascii")),
        [issuer, authority.root.certificate],
        serialization.BestAvailableEncryption(password.encode()),
    )
    return Delivery(issued=made, chain=chain, pkcs12=packed, password=password)


def _password(world: World) -> str:
    """Return 120 random bits in four groups that a person can read out."""
    raw = int.from_bytes(world.randomness.bytes(_PASSWORD_BYTES), "big")
    signs = [_SIGNS[raw >> 5 * place & 31] for place in range(_PASSWORD_SIGNS)]
    groups = (signs[start : start + _GROUP] for start in range(0, _PASSWORD_SIGNS, _GROUP))
    return "-".join("".join(group) for group in groups)
