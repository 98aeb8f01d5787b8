"""The identity provider on the wire: parse, operate, serialise; knows no rule."""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.responses import Response

from reference_server.kernel.cookies import cookie, own_name
from reference_server.kernel.errors import AccessRefusal, Busy, Internal, Refusal, TokenMissing
from reference_server.kernel.language import Voice
from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import JSON_MEDIA_TYPE, Terms
from reference_server.services.trust import operations as do
from reference_server.services.trust import pages
from reference_server.services.trust.errors import (
    ClientUnknown,
    CredentialsWrong,
    InsufficientScope,
    InvalidClient,
    InvalidRequest,
    OAuthRefusal,
    PageRefusal,
    SentBack,
    SignInBlocked,
    SignInOver,
)
from reference_server.services.trust.model import REALM, Issuer
from reference_server.world import Call, World

_FORM = "application/x-www-form-urlencoded"
_HTML = "text/html"
_FORM_LIMIT = 64 * 1024
_PUBLIC_SECONDS = 300
_Pairs = tuple[tuple[str, str], ...]


async def discover(call: Call) -> Response:
    """Tell what the issuer offers."""
    return _public_json(do.discovery(call))


async def certificates(call: Call) -> Response:
    """Tell the issuer's public keys."""
    return _public_json(do.keys(call))


async def authorize(call: Call) -> Response:
    """Begin a sign-in and show the form."""
    pairs = call.query if call.method == "GET" else _form(call)
    begun = do.begin(call, dict(pairs), repeated=_is_repeated(pairs))
    form = pages.Form(
        action=f"{Issuer(base_url=call.world.base_url).url}/login",
        transaction=begun.transaction,
        client_name=begun.client_name,
        redirect_uri=begun.redirect_uri,
    )
    answer = pages.login_page(form, call.voice)
    answer.set_cookie(
        _cookie_name(call, begun.transaction),
        begun.browser_secret,
        max_age=call.world.settings.login_seconds,
        secure=_is_https(call),
        httponly=True,
        samesite="strict",
    )
    return answer


async def login(call: Call) -> Response:
    """Sign the person in and send the browser back to the client with a code."""
    fields = dict(_form(call))
    transaction = fields.get("transaction", "")
    name = _cookie_name(call, transaction)
    signed_in = await do.sign_in(
        call,
        transaction=transaction,
        browser_secret=cookie(call.headers, name),
        username=fields.get("username", "").strip(),
        password=fields.get("password", ""),
    )
    request = signed_in.request
    answer = _redirect(call, request.redirect_uri, {"code": signed_in.code, "state": request.state})
    answer.delete_cookie(name, secure=_is_https(call), httponly=True, samesite="strict")
    return answer


async def token(call: Call) -> Response:
    """Issue tokens (RFC 6749 §5.1)."""
    pairs = _form(call)
    if _is_repeated(pairs):
        raise InvalidRequest("parameter-repeated")
    issued = do.token(call, {name: value for name, value in pairs if value})
    answer: dict[str, object] = {
        "access_token": issued.access.token,
        "token_type": "Bearer",
        "expires_in": issued.access.seconds,
        "scope": " ".join(sorted(issued.access.scopes)),
    }
    if issued.id_token is not None:
        answer["id_token"] = issued.id_token
    return _json(answer)


async def userinfo(call: Call) -> Response:
    """Tell who is signed in."""
    return _json(do.userinfo(call))


def render(refusal: Refusal, voice: Voice) -> Response:
    """Say no as OAuth does (RFC 6749 §5.2), or on a page where a person looks."""
    if isinstance(refusal, SentBack):
        return _sent_back(refusal, voice)
    if isinstance(refusal, PageRefusal):
        answer = pages.refusal_page(refusal, voice, action="login")
    else:
        described = {
            "error": _error(refusal),
            "error_description": _ascii(voice.refusal(refusal)),
            "request_id": voice.request_id,
        }
        answer = _json(described, status=refusal.status)
    answer.headers.update(refusal.headers)
    return answer


def _sent_back(refusal: SentBack, voice: Voice) -> Response:
    described = {
        "error": refusal.cause.code,
        "error_description": _ascii(voice.refusal(refusal.cause)),
        "request_id": voice.request_id,
        "state": refusal.state,
        "iss": refusal.issuer,
    }
    return _to(refusal.redirect_uri, described)


def _redirect(call: Call, uri: str, params: Mapping[str, str | None]) -> Response:
    issuer = Issuer(base_url=call.world.base_url).url
    return _to(uri, {**params, "iss": issuer})


def _to(uri: str, params: Mapping[str, str | None]) -> Response:
    query = urlencode({name: value for name, value in params.items() if value is not None})
    joint = "&" if "?" in uri else "?"
    return Response(status_code=303, headers={"Location": f"{uri}{joint}{query}"})


def _error(refusal: Refusal) -> str:
    match refusal:
        case OAuthRefusal():
            return refusal.code
        case AccessRefusal():
            return refusal.bearer_error or "invalid_request"
        case Busy():
            return "temporarily_unavailable"
        case Internal():
            return "server_error"
        case _:
            return "invalid_request"


def _ascii(sentence: str) -> str:
    """RFC 6749 §5.2 lets error_description hold printable ASCII only, without quote and slash."""
    plain = sentence.translate({0x2019: "'", 0xDF: "ss", 0x22: "'", 0x5C: "/"})
    folded = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return " ".join(folded.split())


def _form(call: Call) -> _Pairs:
    declared = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != _FORM:
        raise InvalidRequest("form-expected")
    return tuple(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))


def _is_repeated(pairs: _Pairs) -> bool:
    return len({name for name, _ in pairs}) != len(pairs)


def _is_https(call: Call) -> bool:
    return call.world.base_url.startswith("https:")


def _cookie_name(call: Call, transaction: str) -> str:
    """One cookie a sign-in, so that two tabs do not disturb each other."""
    mark = hashlib.sha256(transaction.encode()).hexdigest()[:12]
    return own_name(f"sign-in-{mark}", is_https=_is_https(call))


def _json(answer: Mapping[str, object], *, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    body = msgspec.json.encode(answer)
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def _public_json(answer: Mapping[str, object]) -> Response:
    headers = {"Cache-Control": f"public, max-age={_PUBLIC_SECONDS}"}
    return Response(msgspec.json.encode(answer), media_type="application/json", headers=headers)


_AUTHORIZE = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "prompt",
)
_PUBLIC = Terms(writes=(JSON_MEDIA_TYPE,), says_no=(JSON_MEDIA_TYPE,))
_PAGE = replace(_PUBLIC, reads=(_FORM,), writes=(_HTML,), says_no=(_HTML, JSON_MEDIA_TYPE))
_LOGIN = replace(_PAGE, writes=(), success=303)
_TOKEN = replace(_PUBLIC, reads=(_FORM,)).refusing(InvalidRequest, InvalidClient)
_PERSON = replace(_PUBLIC, needs_token=True).refusing(TokenMissing, InsufficientScope)

_CONNECT = "/protocol/openid-connect"
ROUTER: Router[World] = Router(
    prefix=REALM,
    render=render,
    terms=_PUBLIC,
    routes=(
        Route(method="GET", path="/.well-known/openid-configuration", handler=discover),
        Route(method="GET", path=f"{_CONNECT}/certs", handler=certificates),
        Route(
            method="GET",
            path=f"{_CONNECT}/auth",
            handler=authorize,
            action="authorize",
            terms=replace(_PAGE, query=_AUTHORIZE).refusing(ClientUnknown, SentBack),
        ),
        Route(
            method="POST",
            path=f"{_CONNECT}/auth",
            handler=authorize,
            action="authorize",
            body_limit=_FORM_LIMIT,
            terms=_PAGE.refusing(ClientUnknown, SentBack),
        ),
        Route(
            method="POST",
            path="/login",
            handler=login,
            action="login",
            body_limit=_FORM_LIMIT,
            terms=_LOGIN.refusing(SignInOver, CredentialsWrong, SignInBlocked),
        ),
        Route(
            method="POST",
            path=f"{_CONNECT}/token",
            handler=token,
            action="token",
            body_limit=_FORM_LIMIT,
            terms=_TOKEN,
        ),
        Route(
            method="GET",
            path=f"{_CONNECT}/userinfo",
            handler=userinfo,
            action="userinfo",
            terms=_PERSON,
        ),
        Route(
            method="POST",
            path=f"{_CONNECT}/userinfo",
            handler=userinfo,
            action="userinfo",
            body_limit=_FORM_LIMIT,
            terms=_PERSON,
        ),
    ),
)
