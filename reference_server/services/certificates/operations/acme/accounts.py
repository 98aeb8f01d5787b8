"""ACME accounts: opened with a key of the office, changed, closed (RFC 8555 §7.3)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from reference_server.kernel.store import Transaction
from reference_server.services.certificates.errors import (
    AcmeAccountDoesNotExist,
    AcmeAccountRequired,
    AcmeKeyTaken,
    AcmeMalformed,
    AcmeUnauthorized,
)
from reference_server.services.certificates.model.acme import Account, AccountStatus, Binding
from reference_server.services.certificates.operations.acme.requests import (
    Signed,
    address,
    signed_by_account,
    signed_request,
)
from reference_server.services.certificates.rules import acme as rules
from reference_server.services.certificates.rules import jws
from reference_server.services.certificates.store import acme as store
from reference_server.world import Call, World, record

_KEY_BYTES: Final = 32
_MEMBERS: Final = frozenset({"kty", "crv", "x", "y", "n", "e"})


def new_binding(world: World, tx: Transaction, organization: str) -> tuple[str, str]:
    """Give out a key for one account of an organisation: its id, and the key in base64url."""
    kid, key = world.ids.uuid(), world.randomness.bytes(_KEY_BYTES)
    sealed = world.vault.seal(key, about=_about(kid))
    store.put_binding(tx, Binding(kid=kid, organization=organization, sealed_key=sealed))
    return kid, jws.encode(key)


def open_account(call: Call) -> tuple[Account, bool]:
    """Open an account, or find the one of this key; tells whether it is new."""
    signed = signed_request(call)
    if signed.account is not None:
        raise AcmeMalformed(what="jwk")
    payload = signed.payload
    with call.world.store.write() as tx:
        known = store.account_of_key(tx, signed.thumbprint)
        if known is not None:
            if known.status is not AccountStatus.VALID:
                raise AcmeUnauthorized
            return known, False
        if payload.get("onlyReturnExisting") is True:
            raise AcmeAccountDoesNotExist
        made = _opened(call, tx, signed, payload)
        call.deed.entities.append(f"AcmeAccount/{made.id}")
        record(call, tx)
    return made, True


def _opened(call: Call, tx: Transaction, signed: Signed, payload: Mapping[str, Any]) -> Account:
    contact = rules.contacts(payload)
    public = _public(signed.key)
    binding = _bound(call.world, tx, payload.get("externalAccountBinding"), signed.thumbprint)
    account = Account(
        id=call.world.ids.uuid(),
        thumbprint=signed.thumbprint,
        jwk=json.dumps(public),
        status=AccountStatus.VALID,
        organization=binding.organization,
        contact=contact,
    )
    store.put_account(tx, account)
    store.put_binding(tx, replace(binding, account=account.id))
    return account


def _bound(world: World, tx: Transaction, given: object, thumbprint: str) -> Binding:
    if given is None:
        raise AcmeAccountRequired
    request = jws.read_jws(given)
    found = None if request.kid is None else store.binding(tx, request.kid)
    if found is None or found.account is not None:
        raise AcmeAccountRequired
    key = world.vault.open(found.sealed_key, about=_about(found.kid))
    jws.verify_binding(request, key, url=address(world, "new-account"), thumbprint=thumbprint)
    return found


def update(call: Call, account_id: str) -> Account:
    """Read, change or close one's account (RFC 8555 §7.3.2, §7.3.6)."""
    signed, account = signed_by_account(call)
    if account.id != account_id:
        raise AcmeUnauthorized
    if not signed.raw:
        return account
    payload, changed = signed.payload, account
    if payload.get("status") == AccountStatus.DEACTIVATED:
        changed = replace(account, status=AccountStatus.DEACTIVATED)
    elif "contact" in payload:
        changed = replace(account, contact=rules.contacts(payload))
    with call.world.store.write() as tx:
        store.put_account(tx, changed)
        record(call, tx)
    return changed


def change_key(call: Call) -> Account:
    """Give an account another key, which both keys ask for (RFC 8555 §7.3.5)."""
    signed, account = signed_by_account(call)
    inner = jws.read_jws(signed.payload)
    if inner.jwk is None or inner.nonce is not None:
        raise AcmeMalformed(what="jwk")
    jws.check_url(inner, call.world.base_url + call.path)
    key = jws.read_key(inner.jwk)
    wish = jws.read_object(jws.verify(inner, key), what="payload")
    if wish.get("account") != address(call.world, "account", account.id):
        raise AcmeMalformed(what="account")
    old = wish.get("oldKey")
    if not isinstance(old, dict) or jws.read_key(old).thumbprint() != account.thumbprint:
        raise AcmeMalformed(what="oldKey")
    public = _public(key)
    with call.world.store.write() as tx:
        if store.account_of_key(tx, key.thumbprint()) is not None:
            raise AcmeKeyTaken
        changed = replace(account, thumbprint=key.thumbprint(), jwk=json.dumps(public))
        store.put_account(tx, changed)
        record(call, tx)
    return changed


def _public(key: jws.AccountKey) -> dict[str, str]:
    """Return a key's JWK with what makes it this key, and nothing else (RFC 7638 §3.2)."""
    told = key.as_dict(private=False)
    return {str(name): str(value) for name, value in told.items() if name in _MEMBERS}


def _about(kid: str) -> str:
    return f"certificates-binding/{kid}"
