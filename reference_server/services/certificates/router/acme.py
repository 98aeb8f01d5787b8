"""ACME on the wire (RFC 8555): directory, nonces, and one JWS for everything else."""

from dataclasses import replace
from typing import Final

import msgspec
from starlette.responses import Response

from reference_server.kernel.route import Handler, Route, Router
from reference_server.kernel.terms import JSON_MEDIA_TYPE, Terms
from reference_server.services.certificates.errors import (
    AcmeMalformed,
    AcmeRefusal,
    AcmeUnauthorized,
)
from reference_server.services.certificates.model.acme import (
    Account,
    AcmeOrder,
    Authorization,
    AuthorizationStatus,
    OrderStatus,
)
from reference_server.services.certificates.operations.acme import accounts, challenge, orders
from reference_server.services.certificates.operations.acme.requests import (
    ROOT,
    address,
    new_nonce,
)
from reference_server.services.certificates.router.problem import PROBLEM, URN, problem
from reference_server.services.certificates.router.public import ready
from reference_server.services.certificates.rules.acme import identifier
from reference_server.services.certificates.rules.jws import MEDIA_TYPE
from reference_server.world import Call, World

_CHAIN: Final = "application/pem-certificate-chain"
_BODY_LIMIT: Final = 64 * 1024
_WAIT: Final = "1"


async def directory(call: Call) -> Response:
    """Tell where everything is (RFC 8555 §7.1.1)."""
    at = {
        "newNonce": "new-nonce",
        "newAccount": "new-account",
        "newOrder": "new-order",
        "revokeCert": "revoke-cert",
        "keyChange": "key-change",
    }
    told: dict[str, object] = {name: address(call.world, path) for name, path in at.items()}
    told["meta"] = {"externalAccountRequired": True, "website": call.world.base_url}
    return Response(msgspec.json.encode(told), media_type=JSON_MEDIA_TYPE)


async def nonce(call: Call) -> Response:
    """Give a nonce (RFC 8555 §7.2)."""
    status = 200 if call.method == "HEAD" else 204
    return _dressed(call, Response(status_code=status))


async def open_account(call: Call) -> Response:
    """Open an account (RFC 8555 §7.3)."""
    account, is_new = accounts.open_account(call)
    answer = _json(_account(call, account), status=201 if is_new else 200)
    answer.headers["Location"] = address(call.world, "account", account.id)
    return answer


async def account(call: Call) -> Response:
    """Read, change or close an account (RFC 8555 §7.3.2)."""
    return _json(_account(call, accounts.update(call, call.path_values["id"])))


async def account_orders(call: Call) -> Response:
    """Tell an account's orders (RFC 8555 §7.1.2.1)."""
    found = orders.orders(call, call.path_values["id"])
    return _json({"orders": [address(call.world, "order", each.id) for each in found]})


async def change_key(call: Call) -> Response:
    """Give an account another key (RFC 8555 §7.3.5)."""
    return _json(_account(call, accounts.change_key(call)))


async def new_order(call: Call) -> Response:
    """Take an order (RFC 8555 §7.4)."""
    made = orders.new_order(call)
    answer = _json(_order(call, made), status=201)
    answer.headers["Location"] = address(call.world, "order", made.id)
    return answer


async def order(call: Call) -> Response:
    """Tell how an order stands (RFC 8555 §7.4)."""
    return _json(_order(call, orders.order(call, call.path_values["id"])))


async def finalize(call: Call) -> Response:
    """Issue an order's certificate (RFC 8555 §7.4)."""
    await ready(call)
    made = orders.finalize(call, call.path_values["id"])
    answer = _json(_order(call, made))
    answer.headers["Location"] = address(call.world, "order", made.id)
    return answer


async def authorization(call: Call) -> Response:
    """Tell how a proof stands (RFC 8555 §7.5)."""
    found = orders.authorization(call, call.path_values["id"])
    answer = _json(_authorization(call, found))
    if found.status is AuthorizationStatus.PENDING:
        answer.headers["Retry-After"] = _WAIT
    return answer


async def prove(call: Call) -> Response:
    """Ask the host for its proof (RFC 8555 §7.5.1)."""
    found = await challenge.prove(call, call.path_values["id"])
    answer = _json(_challenge(call, found))
    above = address(call.world, "authorization", found.id)
    answer.headers.append("Link", f'<{above}>;rel="up"')
    return answer


async def certificate(call: Call) -> Response:
    """Return a certificate with its issuer (RFC 8555 §7.4.2)."""
    chain = orders.certificate(call, call.path_values["serial"])
    return Response(chain, media_type=_CHAIN)


async def revoke(call: Call) -> Response:
    """Revoke a certificate (RFC 8555 §7.6)."""
    orders.revoke(call)
    return Response(status_code=200)


def _signed(handler: Handler[World]) -> Handler[World]:
    """Return a handler whose every answer carries a new nonce and the way to the directory."""

    async def answered(call: Call) -> Response:
        try:
            answer = await handler(call)
        except AcmeRefusal as refusal:
            refusal.nonce = new_nonce(call.world)
            raise
        return _dressed(call, answer)

    answered.__doc__, answered.__name__ = handler.__doc__, handler.__name__
    return answered


def _dressed(call: Call, answer: Response) -> Response:
    answer.headers["Replay-Nonce"] = new_nonce(call.world)
    answer.headers.append("Link", f'<{address(call.world, "directory")}>;rel="index"')
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _json(told: dict[str, object], *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(told), status_code=status, media_type=JSON_MEDIA_TYPE)


def _account(call: Call, kept: Account) -> dict[str, object]:
    return {
        "status": kept.status,
        "contact": list(kept.contact),
        "orders": address(call.world, "account", kept.id, "orders"),
    }


def _order(call: Call, kept: AcmeOrder) -> dict[str, object]:
    told: dict[str, object] = {
        "status": kept.status,
        "expires": _time(kept.expires_at.isoformat()),
        "identifiers": [identifier(name) for name in kept.names],
        "authorizations": [
            address(call.world, "authorization", each) for each in kept.authorizations
        ],
        "finalize": address(call.world, "order", kept.id, "finalize"),
    }
    if kept.status is OrderStatus.VALID and kept.serial is not None:
        told["certificate"] = address(call.world, "certificate", kept.serial)
    return told


def _authorization(call: Call, kept: Authorization) -> dict[str, object]:
    return {
        "status": kept.status,
        "expires": _time(kept.expires_at.isoformat()),
        "identifier": identifier(kept.name),
        "challenges": [_challenge(call, kept)],
    }


def _challenge(call: Call, kept: Authorization) -> dict[str, object]:
    states = {AuthorizationStatus.DEACTIVATED: "invalid"}
    told: dict[str, object] = {
        "type": "http-01",
        "url": address(call.world, "challenge", kept.id),
        "status": states.get(kept.status, str(kept.status)),
        "token": kept.token,
    }
    if kept.validated_at is not None and kept.status is AuthorizationStatus.VALID:
        told["validated"] = _time(kept.validated_at.isoformat())
    if kept.error is not None:
        detail = call.voice.text(f"certificates.acme.{kept.error}")
        told["error"] = {"type": f"{URN}{kept.error}", "detail": detail}
    return told


def _time(text: str) -> str:
    return text.partition(".")[0].removesuffix("+00:00") + "Z"


_PUBLIC: Final = Terms(writes=(JSON_MEDIA_TYPE,), says_no=(PROBLEM,))
_SIGNED: Final = replace(_PUBLIC, reads=(MEDIA_TYPE,)).refusing(AcmeMalformed, AcmeUnauthorized)


def _post(
    path: str, handler: Handler[World], action: str | None = None, terms: Terms = _SIGNED
) -> Route[World]:
    return Route(
        method="POST",
        path=path,
        handler=_signed(handler),
        action=action,
        body_limit=_BODY_LIMIT,
        terms=terms,
        to_all=True,
    )


ACME: Router[World] = Router(
    prefix=ROOT,
    render=problem,
    terms=_PUBLIC,
    routes=(
        Route(method="GET", path="/directory", handler=directory, to_all=True),
        Route(
            method="GET",
            path="/new-nonce",
            handler=nonce,
            terms=replace(_PUBLIC, writes=(), success=204),
            to_all=True,
        ),
        _post("/new-account", open_account, "acme-account", replace(_SIGNED, success=201)),
        _post("/account/{id}", account, "acme-update"),
        _post("/account/{id}/orders", account_orders),
        _post("/key-change", change_key, "acme-key-change"),
        _post("/new-order", new_order, "acme-order", replace(_SIGNED, success=201)),
        _post("/order/{id}", order),
        _post("/order/{id}/finalize", finalize, "acme-finalize"),
        _post("/authorization/{id}", authorization),
        _post("/challenge/{id}", prove, "acme-prove"),
        _post("/certificate/{serial}", certificate, None, replace(_SIGNED, writes=(_CHAIN,))),
        _post("/revoke-cert", revoke, "acme-revoke", replace(_SIGNED, writes=())),
    ),
)
