"""The authorisation request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2): begins a sign-in."""

from collections.abc import Mapping
from dataclasses import dataclass

from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import (
    ClientUnknown,
    InvalidRequest,
    LoginRequired,
    OAuthRefusal,
    SentBack,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from reference_server.services.trust.model import AuthorizationRequest, Client, Issuer
from reference_server.services.trust.operations.secret import new_secret
from reference_server.world import Call

_LONGEST_VALUE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInBegun:
    """What the browser gets: the form's hidden value, and the secret that binds it to it."""

    transaction: str
    browser_secret: str
    client_name: str
    redirect_uri: str


def begin(call: Call, params: Mapping[str, str], *, repeated: bool) -> SignInBegun:
    """Check the request and keep it until the person has signed in.

    `repeated`: a parameter came twice. Raises ClientUnknown and RedirectUriWrong for the person,
    SentBack for the client.
    """
    with call.world.store.read() as tx:
        client = _client(tx, params.get("client_id"))
    redirect_uri = rules.check_redirect_uri(params.get("redirect_uri"), client)
    try:
        if repeated:
            raise InvalidRequest("parameter-repeated")
        request = _checked(params, client, redirect_uri, issuer=_issuer(call))
    except OAuthRefusal as refusal:
        state = None if repeated else params.get("state")
        raise SentBack(
            refusal, redirect_uri=redirect_uri, state=state, issuer=_issuer(call).url
        ) from None
    return _keep(call, request, client)


def _client(tx: Transaction, client_id: str | None) -> Client:
    client = None if client_id is None else store.client(tx, client_id)
    if client is None:
        raise ClientUnknown
    return client


def _issuer(call: Call) -> Issuer:
    return Issuer(base_url=call.world.base_url)


def _checked(
    params: Mapping[str, str], client: Client, redirect_uri: str, *, issuer: Issuer
) -> AuthorizationRequest:
    if any(len(value) > _LONGEST_VALUE for value in params.values()):
        raise InvalidRequest("parameter-too-long")
    if params.get("response_type") is None:
        raise InvalidRequest("response-type-missing")
    if params["response_type"] != "code":
        raise UnsupportedResponseType("response-type")
    if client.systems_only:
        raise UnauthorizedClient("systems-only")
    if params.get("response_mode", "query") != "query":
        raise InvalidRequest("response-mode")
    if "request" in params or "request_uri" in params:
        raise InvalidRequest("request-object")
    challenge = rules.check_code_challenge(
        params.get("code_challenge"), params.get("code_challenge_method")
    )
    scopes = rules.check_scope(params.get("scope"), client.scopes)
    resource = rules.check_resource(params.get("resource"), issuer.resources)
    if "none" in params.get("prompt", "").split():
        raise LoginRequired("login-required")
    return AuthorizationRequest(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        code_challenge=challenge,
        scopes=scopes,
        resource=resource,
        state=params.get("state"),
        nonce=params.get("nonce"),
    )


def _keep(call: Call, request: AuthorizationRequest, client: Client) -> SignInBegun:
    world = call.world
    transaction, browser_secret = new_secret(world), new_secret(world)
    now = int(world.clock.wire_now().timestamp())
    begun = store.SignIn(request=request, browser_hash=store.fingerprint(browser_secret))
    with world.store.write() as tx:
        store.forget_expired(tx, now=now, keep_codes=world.settings.access_token_seconds)
        store.put_sign_in(tx, transaction, begun, expires_at=now + world.settings.login_seconds)
    return SignInBegun(
        transaction=transaction,
        browser_secret=browser_secret,
        client_name=client.name,
        redirect_uri=request.redirect_uri,
    )
