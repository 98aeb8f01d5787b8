"""Applications from the first wish to the approval; knows no HTTP and no page.

Each operation is AUTHORISE · LOAD · CHECK · APPLY · RECORD.
"""

from dataclasses import dataclass, replace
from typing import Final

from reference_server.kernel.access import Caller
from reference_server.kernel.store import Transaction
from reference_server.ports import PROVIDERS
from reference_server.services.certificates.errors import (
    ApplicationFaulty,
    ApplicationUnknown,
    CertificateUnknown,
    HolderUnknown,
    HostNotDeclared,
)
from reference_server.services.certificates.model.families import Family, KeyKind
from reference_server.services.certificates.model.life import (
    ApplicationAct,
    ApplicationState,
    CertificateAct,
)
from reference_server.services.certificates.model.records import Application, Holder, Letter
from reference_server.services.certificates.operations.office import who
from reference_server.services.certificates.rules import life
from reference_server.services.certificates.store import applications as store
from reference_server.services.certificates.store import hosts
from reference_server.services.certificates.store import issued as certificates
from reference_server.world import Call, World, authorise, record

SHOWN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an applicant asks for. `names` are the hosts of a server certificate.

    Without `csr` (PEM) a key of the kind `key` is made at delivery; `renews` is the serial of the
    certificate that the new one stands in for.
    """

    family: str
    key: str = KeyKind.P_256
    csr: str | None = None
    email: str | None = None
    names: tuple[str, ...] = ()
    renews: str | None = None


def apply(call: Call, wish: Wish) -> Application:
    """Put in an application for oneself; raises CertificateRefusals."""
    person, world = authorise(call), call.world
    family, key = who.read_family(wish.family), who.read_key(wish.key)
    with world.store.write() as tx:
        holder = _holder(world, tx, person, family=family, wish=wish)
        csr = who.read_request(wish.csr, holder)
        if wish.renews is not None:
            _check_renewable(tx, person, wish.renews, family)
        application = Application(
            id=world.ids.uuid(),
            applicant=who.own_id(person),
            family=family,
            holder=holder,
            key=key,
            state=ApplicationState.SUBMITTED,
            made_at=world.clock.wire_now(),
            csr=csr,
            renews=wish.renews,
        )
        call.deed.entities.append(f"Application/{application.id}")
        keep(call, tx, application, letter="received")
    return application


def identify(call: Call, application_id: str, *, proof: str) -> Application:
    """Record what proved who the applicant is; an officer's act."""
    officer = who.officer(call)
    seen = who.read_words(proof, "proof")
    with call.world.store.write() as tx:
        found = find(call, tx, application_id)
        state = life.next_application_state(found, ApplicationAct.IDENTIFY)
        life.check_not_own(found, officer)
        changed = replace(found, state=state, proof=seen, identified_by=officer)
        keep(call, tx, changed)
    return changed


def approve(call: Call, application_id: str) -> Application:
    """Approve what another officer has identified."""
    officer = who.officer(call)
    with call.world.store.write() as tx:
        found = find(call, tx, application_id)
        state = life.next_application_state(found, ApplicationAct.APPROVE)
        life.check_four_eyes(found, officer)
        changed = replace(found, state=state, approved_by=officer)
        keep(call, tx, changed, letter="approved")
    return changed


def reject(call: Call, application_id: str, *, reason: str) -> Application:
    """Refuse an application, and say why."""
    officer = who.officer(call)
    why = who.read_words(reason, "reason")
    with call.world.store.write() as tx:
        found = find(call, tx, application_id)
        state = life.next_application_state(found, ApplicationAct.REJECT)
        life.check_not_own(found, officer)
        changed = replace(found, state=state, reason=why)
        keep(call, tx, changed, letter="rejected")
    return changed


def withdraw(call: Call, application_id: str) -> Application:
    """Take back one's own application."""
    person = who.own_id(authorise(call))
    with call.world.store.write() as tx:
        found = find(call, tx, application_id)
        life.check_applicant(found, person)
        state = life.next_application_state(found, ApplicationAct.WITHDRAW)
        changed = replace(found, state=state)
        keep(call, tx, changed)
    return changed


def applications(call: Call) -> tuple[Application, ...]:
    """Return the caller's own applications; to an officer all of them."""
    caller = authorise(call)
    whose = None if who.is_officer(caller) else who.own_id(caller)
    with call.world.store.write() as tx:
        found = store.newest(tx, limit=SHOWN, applicant=whose)
        record(call, tx)
    return found


def application(call: Call, application_id: str) -> Application:
    """Return one's own application; to an officer any."""
    caller = authorise(call)
    with call.world.store.write() as tx:
        found = find(call, tx, application_id)
        if not who.is_officer(caller):
            life.check_applicant(found, who.own_id(caller))
        record(call, tx)
    return found


def letters(call: Call) -> tuple[Letter, ...]:
    """Return what the office wrote to the caller; to an officer everything."""
    caller = authorise(call)
    to = None if who.is_officer(caller) else who.own_id(caller)
    with call.world.store.write() as tx:
        found = store.letters(tx, to=to, limit=SHOWN)
        record(call, tx)
    return found


def find(call: Call, tx: Transaction, application_id: str) -> Application:
    """Return an application; raises ApplicationUnknown."""
    call.deed.entities.append(f"Application/{application_id[:40]}")
    found = store.find(tx, application_id)
    if found is None:
        raise ApplicationUnknown(id=application_id[:40])
    return found


def keep(
    call: Call, tx: Transaction, application: Application, *, letter: str | None = None
) -> None:
    """Keep an application, write the letter and the audit event of what was done to it."""
    store.put(tx, application)
    if letter is not None:
        store.write_letter(
            tx,
            application.applicant,
            f"certificates.letter.{letter}",
            at=call.world.clock.wire_now(),
            id=application.id,
            family=str(application.family),
            reason=application.reason or "",
        )
    record(call, tx)


def _holder(world: World, tx: Transaction, caller: Caller, *, family: Family, wish: Wish) -> Holder:
    """Take the names from the directory, never from the applicant."""
    ehealth_id, email = who.own_id(caller), who.read_email(wish.email)
    person = world.port(PROVIDERS).practitioner(tx, ehealth_id)
    if person is None:
        raise HolderUnknown(ehealth_id=ehealth_id)
    if family is Family.SERVER:
        return _server(world, tx, caller, wish)
    if wish.names:
        raise ApplicationFaulty(field="names")
    return Holder(
        common_name=f"{person.given} {person.family}",
        ehealth_id=ehealth_id,
        profession=person.profession,
        family_name=person.family,
        given_name=person.given,
        email=email,
    )


def _server(world: World, tx: Transaction, caller: Caller, wish: Wish) -> Holder:
    names = tuple(dict.fromkeys(name.strip().lower().rstrip(".") for name in wish.names))
    if not names or len(names) > SHOWN:
        raise ApplicationFaulty(field="names")
    for name in names:
        if not hosts.is_declared(tx, name, organization=caller.organization):
            raise HostNotDeclared(name=name[: who.LONGEST])
    found = world.port(PROVIDERS).organization(tx, caller.organization)
    return Holder(
        common_name=names[0],
        ehealth_id=who.own_id(caller),
        organization=None if found is None else found.name,
        names=names,
    )


def _check_renewable(tx: Transaction, caller: Caller, serial: str, family: Family) -> None:
    found = certificates.find(tx, serial)
    if found is None or found.ehealth_id != who.own_id(caller) or found.family is not family:
        raise CertificateUnknown(serial=serial[:40])
    life.next_certificate_state(found, CertificateAct.RENEW)
