"""Which path does what, and what is told of it beforehand."""

from dataclasses import replace

from reference_server.kernel.errors import TokenMissing
from reference_server.kernel.route import Handler, Route, Router
from reference_server.kernel.terms import JSON_MEDIA_TYPE, Terms
from reference_server.services.trust.errors import (
    ClientUnknown,
    CredentialsWrong,
    InsufficientScope,
    InvalidClient,
    InvalidRequest,
    SentBack,
    SignInBlocked,
    SignInOver,
    SignOutHintWrong,
    TokenCodeWrong,
)
from reference_server.services.trust.model import REALM
from reference_server.services.trust.model.issuer import INTROSPECTION, PUSHED_REQUESTS
from reference_server.services.trust.router import sign_in, tokens
from reference_server.services.trust.router.answers import render
from reference_server.services.trust.router.reading import FORM
from reference_server.world import World

_HTML = "text/html"
_FORM_LIMIT = 64 * 1024
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
    "max_age",
    "acr_values",
    "login_hint",
    "id_token_hint",
    "ui_locales",
    "claims",
    "response_mode",
    "request_uri",
    "dpop_jkt",
)
_LOGOUT = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales")
_CONNECT = "/protocol/openid-connect"

_PUBLIC = Terms(writes=(JSON_MEDIA_TYPE,), says_no=(JSON_MEDIA_TYPE,))
_PAGE = replace(_PUBLIC, reads=(FORM,), writes=(_HTML,), says_no=(_HTML, JSON_MEDIA_TYPE))
_BEGIN = _PAGE.refusing(ClientUnknown, SentBack)
_STEP = replace(_PAGE, writes=(), success=303).refusing(
    SignInOver, CredentialsWrong, TokenCodeWrong, SignInBlocked
)
_LEAVE = _PAGE.refusing(SignOutHintWrong)
_CLIENT = replace(_PUBLIC, reads=(FORM,)).refusing(InvalidRequest, InvalidClient)
_PUSH = replace(_CLIENT, success=201)
_REVOKE = replace(_CLIENT, writes=())
_PERSON = replace(_PUBLIC, needs_token=True).refusing(TokenMissing, InsufficientScope)


_FOR_HOLDERS = frozenset({"introspect", "revoke", "userinfo"})
"""What needs a certificate where a World requires one. The rest lets a person in who has none yet:
she signs in at the registration office, whose pages and API are open to her. A token alone opens
nothing else there."""


def _get(
    path: str, handler: Handler[World], *, action: str | None = None, terms: Terms | None = None
) -> Route[World]:
    return Route(
        method="GET",
        path=path,
        handler=handler,
        action=action,
        terms=terms,
        to_all=action not in _FOR_HOLDERS,
    )


def _post(path: str, handler: Handler[World], *, action: str, terms: Terms) -> Route[World]:
    return Route(
        method="POST",
        path=path,
        handler=handler,
        action=action,
        body_limit=_FORM_LIMIT,
        terms=terms,
        to_all=action not in _FOR_HOLDERS,
    )


def _options(path: str) -> Route[World]:
    # A browser shows no certificate when it asks beforehand (Fetch §3.3.5).
    terms = replace(_PUBLIC, writes=(), success=204)
    return Route(method="OPTIONS", path=path, handler=tokens.allow, terms=terms, to_all=True)


def _connect(name: str) -> str:
    return f"{_CONNECT}/{name}"


ROUTER: Router[World] = Router(
    prefix=REALM,
    render=render,
    terms=_PUBLIC,
    routes=(
        _get("/.well-known/openid-configuration", tokens.discover),
        _get("/.well-known/oauth-authorization-server", tokens.discover),
        _get(_connect("certs"), tokens.certificates),
        _get(
            _connect("auth"),
            sign_in.authorize,
            action="authorize",
            terms=replace(_BEGIN, query=_AUTHORIZE),
        ),
        _post(_connect("auth"), sign_in.authorize, action="authorize", terms=_BEGIN),
        _post("/login", sign_in.login, action="login", terms=_STEP),
        _post("/login/token", sign_in.second_factor, action="second-factor", terms=_STEP),
        _post("/login/consent", sign_in.consent, action="consent", terms=_STEP),
        _get(
            _connect("logout"),
            sign_in.logout,
            action="logout",
            terms=replace(_LEAVE, query=_LOGOUT),
        ),
        _post(_connect("logout"), sign_in.logout, action="logout", terms=_LEAVE),
        _post(_connect(PUSHED_REQUESTS), tokens.push, action="push-authorization", terms=_PUSH),
        _post(_connect("token"), tokens.token, action="token", terms=_CLIENT),
        _post(_connect(INTROSPECTION), tokens.introspect, action="introspect", terms=_CLIENT),
        _post(_connect("revoke"), tokens.revoke, action="revoke", terms=_REVOKE),
        _get(_connect("userinfo"), tokens.userinfo, action="userinfo", terms=_PERSON),
        _post(_connect("userinfo"), tokens.userinfo, action="userinfo", terms=_PERSON),
        _options(_connect("token")),
        _options(_connect("userinfo")),
        _options(_connect("revoke")),
    ),
)
AT_FHIR: Router[World] = Router(
    prefix="/fhir/.well-known",
    render=render,
    terms=_PUBLIC,
    routes=(_get("/smart-configuration", tokens.smart),),
)
"""What SMART App Launch wants to be found below the FHIR base."""
