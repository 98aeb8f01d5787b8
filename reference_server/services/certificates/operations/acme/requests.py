"""Who asks, and for what: nonces, signatures and accounts (RFC 8555 §6.2 to §6.5)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from reference_server.fhir.json_reader import JsonFault, read_json
from reference_server.kernel.store import Transaction
from reference_server.services.certificates.errors import (
    AcmeAccountDoesNotExist,
    AcmeBadNonce,
    AcmeMalformed,
    AcmeUnauthorized,
)
from reference_server.services.certificates.model.acme import Account, AccountStatus
from reference_server.services.certificates.rules import jws
from reference_server.services.certificates.store import acme as store
from reference_server.world import Call, World

ROOT: Final = "/acme"
_NONCE_BYTES: Final = 24
_NONCE_LIFE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A request whose signature holds. `account` is None where a new key signed for itself."""

    key: jws.AccountKey
    raw: bytes
    account: Account | None

    @property
    def payload(self) -> Mapping[str, Any]:
        """The payload as an object; raises AcmeMalformed."""
        return jws.read_object(self.raw, what="payload")

    @property
    def thumbprint(self) -> str:
        """The key's thumbprint (RFC 7638)."""
        return self.key.thumbprint()


def address(world: World, *parts: str) -> str:
    """Return the URL of an ACME resource."""
    return "/".join((world.base_url + ROOT, *parts))


def new_nonce(world: World) -> str:
    """Return a nonce that is good once, within an hour."""
    nonce = jws.encode(world.randomness.bytes(_NONCE_BYTES))
    now = world.clock.wire_now()
    with world.store.write() as tx:
        expires = int((now + _NONCE_LIFE).timestamp())
        store.put_nonce(tx, nonce, expires_at=expires, now=int(now.timestamp()))
    return nonce


def signed_by_account(call: Call) -> tuple[Signed, Account]:
    """Return a request that a valid account signed; raises AcmeRefusals."""
    signed = signed_request(call)
    if signed.account is None:
        raise AcmeMalformed(what="kid")
    return signed, signed.account


def signed_request(call: Call) -> Signed:
    """Return a request that an account, or a key of its own, signed; raises AcmeRefusals."""
    declared = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != jws.MEDIA_TYPE:
        raise AcmeMalformed(what=jws.MEDIA_TYPE)
    request = jws.read_jws(_body(call.body))
    with call.world.store.write() as tx:
        now = int(call.world.clock.wire_now().timestamp())
        if request.nonce is None or not store.use_nonce(tx, request.nonce, now=now):
            raise AcmeBadNonce
    with call.world.store.read() as tx:
        account = None if request.kid is None else _account(call, tx, request.kid)
    key = jws.read_key(request.jwk or {}) if account is None else key_of(account)
    jws.check_url(request, call.world.base_url + call.path)
    raw = jws.verify(request, key)
    if account is not None:
        call.deed.entities.append(f"AcmeAccount/{account.id}")
        if account.status is not AccountStatus.VALID:
            raise AcmeUnauthorized
    return Signed(key=key, raw=raw, account=account)


def key_of(account: Account) -> jws.AccountKey:
    """Return an account's public key."""
    return jws.read_key(json.loads(account.jwk))


def _account(call: Call, tx: Transaction, kid: str) -> Account:
    prefix = address(call.world, "account") + "/"
    found = store.account(tx, kid.removeprefix(prefix)) if kid.startswith(prefix) else None
    if found is None:
        raise AcmeAccountDoesNotExist
    return found


def _body(body: bytes) -> object:
    try:
        return read_json(body)
    except JsonFault:
        raise AcmeMalformed(what="json") from None
