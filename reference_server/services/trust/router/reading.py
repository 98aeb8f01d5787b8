"""What a request brings to the identity provider: forms, cookies, proofs; decides nothing."""

import hashlib
from typing import TypeAlias
from urllib.parse import parse_qsl

from reference_server.kernel.cookies import cookie, own_name
from reference_server.services.trust.errors import InvalidRequest
from reference_server.services.trust.operations.client_authentication import Presenting
from reference_server.world import Call

FORM = "application/x-www-form-urlencoded"
Pairs: TypeAlias = tuple[tuple[str, str], ...]


def form(call: Call) -> Pairs:
    """Return the pairs of a form; raises InvalidRequest."""
    if media_type(call) != FORM:
        raise InvalidRequest("form-expected")
    return tuple(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))


def parameters(call: Call) -> dict[str, str]:
    """Return a client's parameters, each there once; an empty one is none (RFC 6749 §3.2)."""
    pairs = form(call)
    if is_repeated(pairs):
        raise InvalidRequest("parameter-repeated")
    return {name: value for name, value in pairs if value}


def media_type(call: Call) -> str:
    """Return what the body is declared as."""
    return call.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_repeated(pairs: Pairs) -> bool:
    """Tell whether a parameter came twice."""
    return len({name for name, _ in pairs}) != len(pairs)


def presenting(call: Call) -> Presenting:
    """Return what a client shows besides its parameters."""
    return Presenting(
        authorization=call.headers.get("authorization"),
        proof=call.headers.get("dpop"),
        certificate=call.certificate,
    )


def is_https(call: Call) -> bool:
    """Tell whether browsers reach this World by https."""
    return call.world.base_url.startswith("https:")


def sign_in_cookie(call: Call, transaction: str) -> str:
    """Return the name of a sign-in's cookie: each has its own, so that two tabs do not meet."""
    mark = hashlib.sha256(transaction.encode()).hexdigest()[:12]
    return own_name(f"sign-in-{mark}", is_https=is_https(call))


def session_cookie(call: Call) -> str:
    """Return the name of the session's cookie; Worlds share a host and no session."""
    return own_name(f"session-{call.world.name}", is_https=is_https(call))


def session_secret(call: Call) -> str:
    """Return the secret of the browser's session, empty without one."""
    return cookie(call.headers, session_cookie(call))
