"""Who stands before the registration office, and what a form's words mean; changes nothing."""

import re
from typing import Final

from cryptography.hazmat.primitives import serialization

from reference_server.kernel.access import Caller, Role
from reference_server.kernel.errors import RoleNotAllowed
from reference_server.services.certificates.errors import ApplicationFaulty
from reference_server.services.certificates.model.families import Family, KeyKind
from reference_server.services.certificates.model.life import CertificateAct, Reason
from reference_server.services.certificates.model.records import Holder, Issued
from reference_server.services.certificates.rules import requests
from reference_server.world import Call, authorise

LONGEST: Final = 200
_EMAIL: Final = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def officer(call: Call) -> str:
    """Return an officer's eHealthID; raises AccessRefusals."""
    return own_id(authorise(call))


def is_officer(caller: Caller) -> bool:
    """Tell whether a caller acts for the office."""
    return caller.role == Role.REGISTRAR


def own_id(caller: Caller) -> str:
    """Return the eHealthID of a person; a system has none and owns no application."""
    if caller.ehealth_id is None:
        raise RoleNotAllowed(role="system")
    return caller.ehealth_id


def may_change(caller: Caller, found: Issued, act: CertificateAct) -> bool:
    """The holder suspends and revokes her own; an officer does all, but lifts not her own."""
    is_own = found.ehealth_id == own_id(caller)
    if act is CertificateAct.LIFT:
        return is_officer(caller) and not is_own
    return is_officer(caller) or is_own


def read_family(text: str) -> Family:
    """Return the family that a form names; raises ApplicationFaulty."""
    if text not in set(Family):
        raise ApplicationFaulty(field="family")
    return Family(text)


def read_key(text: str) -> KeyKind:
    """Return the kind of key that a form names; raises ApplicationFaulty."""
    if text not in set(KeyKind):
        raise ApplicationFaulty(field="key")
    return KeyKind(text)


def read_reason(text: str | None) -> Reason:
    """Return why a certificate is revoked for ever; raises ApplicationFaulty."""
    if text not in set(Reason) or text == Reason.CERTIFICATE_HOLD:
        raise ApplicationFaulty(field="reason")
    return Reason(str(text))


def read_words(text: str, field: str) -> str:
    """Return what an officer wrote; raises ApplicationFaulty where that is nothing, or a novel."""
    if not text.strip() or len(text) > LONGEST:
        raise ApplicationFaulty(field=field)
    return text.strip()


def read_email(text: str | None) -> str | None:
    """Return an e-mail address; raises ApplicationFaulty."""
    if text is not None and not _EMAIL.fullmatch(text):
        raise ApplicationFaulty(field="email")
    return text


def read_request(csr: str | None, holder: Holder) -> str | None:
    """Return a signing request that fits a holder; raises CertificateRefusals."""
    if csr is None:
        return None
    request = requests.read_request(csr)
    requests.check_key(request)
    requests.check_subject(request, holder)
    return request.public_bytes(serialization.Encoding.PEM).decode()
