"""What clients ask for by themselves: metadata, tokens, and what a token is worth."""

from dataclasses import replace

from starlette.responses import Response

from reference_server.services.trust import operations as do
from reference_server.services.trust.errors import InvalidRequest
from reference_server.services.trust.operations.courier import COURIER
from reference_server.services.trust.operations.proof import Nonces
from reference_server.services.trust.router.answers import json_answer, preflight, public_json
from reference_server.services.trust.router.reading import (
    FORM,
    form,
    media_type,
    parameters,
    presenting,
)
from reference_server.world import Call, presented

_CREATED = 201


async def allow(_call: Call) -> Response:
    """Tell a browser what a page of another site may send."""
    return preflight()


async def discover(call: Call) -> Response:
    """Tell what the issuer offers."""
    call.world.port(COURIER).resume()
    return public_json(do.discovery(call))


async def smart(call: Call) -> Response:
    """Tell a SMART app where to have it authorised."""
    return public_json(do.smart_configuration(call))


async def certificates(call: Call) -> Response:
    """Tell the issuer's public keys."""
    return public_json(do.keys(call))


async def push(call: Call) -> Response:
    """Keep an authorisation request that a client sends by itself (RFC 9126)."""
    pushed = do.push(call, parameters(call), presenting(call))
    told = {"request_uri": pushed.request_uri, "expires_in": pushed.seconds}
    return _with_nonce(call, json_answer(told, status=_CREATED))


async def token(call: Call) -> Response:
    """Issue tokens (RFC 6749 §5.1)."""
    call.world.port(COURIER).resume()
    issued = await do.token(call, parameters(call), presenting(call))
    answer: dict[str, object] = {
        "access_token": issued.access.token,
        "token_type": issued.access.kind,
        "expires_in": issued.access.seconds,
        "scope": " ".join(sorted(issued.access.scopes)),
    }
    others = {
        "id_token": issued.id_token,
        "refresh_token": issued.refresh_token,
        "issued_token_type": issued.kind,
    }
    answer |= {name: value for name, value in others.items() if value is not None}
    return _with_nonce(call, json_answer(answer))


async def introspect(call: Call) -> Response:
    """Tell what a token is worth (RFC 7662)."""
    return json_answer(do.introspect(call, parameters(call), presenting(call)))


async def revoke(call: Call) -> Response:
    """Revoke a token (RFC 7009)."""
    do.revoke(call, parameters(call), presenting(call))
    return Response(status_code=200, headers={"Access-Control-Allow-Origin": "*"})


async def userinfo(call: Call) -> Response:
    """Tell who is signed in."""
    told = do.userinfo(call, replace(presented(call), authorization=_authorization(call)))
    if told.signed is None:
        return json_answer(told.claims)
    headers = {"Access-Control-Allow-Origin": "*"}
    return Response(told.signed, media_type="application/jwt", headers=headers)


def _authorization(call: Call) -> str | None:
    """RFC 6750 §2: the token comes in the header, or in a form; never in both."""
    header = call.headers.get("authorization")
    if call.method != "POST" or media_type(call) != FORM:
        return header
    sent = dict(form(call)).get("access_token")
    if sent is None:
        return header
    if header is not None:
        raise InvalidRequest("two-tokens")
    return f"Bearer {sent}"


def _with_nonce(call: Call, answer: Response) -> Response:
    """RFC 9449 §8.2: who proves possession hears the nonce of next time."""
    if "dpop" in call.headers and call.world.settings.proof_nonces:
        answer.headers["DPoP-Nonce"] = Nonces(call.world).current()
    return answer
