"""The http-01 challenge (RFC 8555 §8.3): asks the host itself, and only one that is declared."""

from dataclasses import replace
from typing import Final

import httpx

from reference_server.services.certificates.errors import AcmeMalformed, AcmeRejectedIdentifier
from reference_server.services.certificates.model.acme import (
    Account,
    Authorization,
    AuthorizationStatus,
)
from reference_server.services.certificates.operations.acme.orders import own_authorization, settle
from reference_server.services.certificates.operations.acme.requests import signed_by_account
from reference_server.services.certificates.store import acme as store
from reference_server.services.certificates.store import hosts
from reference_server.world import Call, record

_SECONDS: Final = 5.0
_LONGEST: Final = 1024
_OK: Final = 200


async def prove(call: Call, authorization_id: str) -> Authorization:
    """Ask the host for the challenge's answer, once; a second time nothing more is asked."""
    signed, account = signed_by_account(call)
    with call.world.store.read() as tx:
        found = own_authorization(tx, authorization_id, account)
        host = hosts.find(tx, found.name)
    if not signed.raw or found.status is not AuthorizationStatus.PENDING:
        return found
    if signed.payload.get("status") is not None:
        raise AcmeMalformed(what="payload")
    if host is None:
        if not hosts.is_local(found.name):
            raise AcmeRejectedIdentifier(name=found.name)
        host = hosts.Host(
            name=found.name,
            organization=account.organization,
            address="::1" if found.name == "::1" else hosts.LOOPBACK,
            port=call.world.settings.acme_http_port,
        )
    fault = await _fault_of(host, found.token, _expected(found, account))
    return _settled(call, found, fault)


def _settled(call: Call, found: Authorization, fault: str | None) -> Authorization:
    status = AuthorizationStatus.VALID if fault is None else AuthorizationStatus.INVALID
    now = call.world.clock.wire_now()
    with call.world.store.write() as tx:
        latest = store.authorization(tx, found.id)
        if latest is None or latest.status is not AuthorizationStatus.PENDING:
            return latest or found
        changed = replace(latest, status=status, error=fault, validated_at=now)
        store.put_authorization(tx, changed)
        settle(tx, changed)
        call.deed.entities.append(f"AcmeAuthorization/{changed.id}")
        record(call, tx)
    return changed


def _expected(found: Authorization, account: Account) -> str:
    """Return the key authorization (RFC 8555 §8.1)."""
    return f"{found.token}.{account.thumbprint}"


async def _fault_of(host: hosts.Host, token: str, expected: str) -> str | None:
    """Return why the proof failed, as the last part of ACME's error type; None when it holds.

    No name is resolved and no redirect followed: the address is the declared one.
    """
    where = f"[{host.address}]" if ":" in host.address else host.address
    url = f"http://{where}:{host.port}/.well-known/acme-challenge/{token}"
    try:
        async with (
            httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as http,
            http.stream("GET", url, headers={"Host": host.name}) as answer,
        ):
            if answer.status_code != _OK:
                return "unauthorized"
            told = b""
            async for chunk in answer.aiter_bytes():
                told += chunk
                if len(told) > _LONGEST:
                    break
    except (httpx.HTTPError, OSError):
        return "connection"
    return None if told.strip() == expected.encode() else "unauthorized"
