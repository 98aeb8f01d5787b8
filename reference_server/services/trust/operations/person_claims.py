"""Which claims about a person go where (OpenID Connect Core §5); knows no token."""

from collections.abc import Collection, Mapping

from reference_server.services.trust.model import Account, Issuer
from reference_server.services.trust.model.issuer import FHIR_USER, OPENID

_BY_SCOPE: Mapping[str, tuple[str, ...]] = {
    OPENID: ("name", "given_name", "family_name", "ehealth_id", "profession", "organization"),
    "profile": ("preferred_username",),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
    FHIR_USER: (FHIR_USER,),
}
SUPPORTED = tuple(name for names in _BY_SCOPE.values() for name in names)


def claims_of(
    account: Account, issuer: Issuer, *, scopes: Collection[str], names: Collection[str] = ()
) -> dict[str, object]:
    """Return what scopes and single names ask for, as far as the account has it."""
    wanted = {name for scope in scopes for name in _BY_SCOPE.get(scope, ())} | set(names)
    known = _known(account, issuer)
    return {name: value for name, value in known.items() if name in wanted}


def _known(account: Account, issuer: Issuer) -> dict[str, object]:
    known: dict[str, object] = {
        "name": f"{account.given} {account.family}",
        "given_name": account.given,
        "family_name": account.family,
        "preferred_username": account.username,
        FHIR_USER: f"{issuer.fhir_base}/{_kind(account)}/{account.username}",
    }
    if account.ehealth_id is not None:
        known |= {
            "ehealth_id": account.ehealth_id,
            "profession": account.profession,
            "organization": account.organization,
        }
    if account.email:
        known |= {"email": account.email, "email_verified": True}
    if account.phone_number:
        known |= {"phone_number": account.phone_number, "phone_number_verified": True}
    if account.address:
        known["address"] = {"formatted": account.address}
    return known


def _kind(account: Account) -> str:
    return "Patient" if account.ehealth_id is None else "Practitioner"
