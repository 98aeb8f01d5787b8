"""The authorisation request (RFC 6749 §4.1.1, RFC 9126, OpenID Connect Core §3.1.2): begins."""

from collections.abc import Mapping
from dataclasses import dataclass

from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import (
    ClientUnknown,
    ConsentRequired,
    InvalidRequest,
    LoginRequired,
    OAuthRefusal,
    PushedRequestOver,
    RedirectUriWrong,
    SentBack,
)
from reference_server.services.trust.model import AuthorizationRequest, Client, Session
from reference_server.services.trust.model.issuer import PUSHED_REQUESTS
from reference_server.services.trust.operations.client_authentication import Presenting, prove
from reference_server.services.trust.operations.context import issuer_of, seconds_now
from reference_server.services.trust.operations.flow import (
    Finished,
    Page,
    Place,
    Step,
    finish,
    next_step,
    sent_back,
)
from reference_server.services.trust.operations.proof import Proof, check_proof, use_up
from reference_server.services.trust.operations.request import PUSHED_PREFIX, check_request
from reference_server.services.trust.operations.secret import new_secret
from reference_server.services.trust.store import SignIn
from reference_server.world import Call, World, record

_SWEEP = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What the client gets for a pushed request: its address, and for how many seconds."""

    request_uri: str
    seconds: int


def push(call: Call, params: Mapping[str, str], presenting: Presenting) -> Pushed:
    """Check a request that a client sends by itself and keep it (RFC 9126); raises OAuthRefusal."""
    world = call.world
    if "request_uri" in params:
        raise InvalidRequest("request-uri-pushed")
    proof = _proof(call, presenting)
    with world.store.write() as tx:
        client = prove(call, tx, params, presenting)
        wanted = {name: text for name, text in params.items() if not name.startswith("client_a")}
        if proof is not None:
            use_up(tx, proof)
            wanted = _with_key(wanted, proof)
        try:
            uri = rules.check_redirect_uri(wanted.get("redirect_uri"), client)
        except RedirectUriWrong:
            # There is no person to show a page to: the client itself asked.
            raise InvalidRequest("redirect-uri") from None
        check_request(call, wanted, client, redirect_uri=uri, is_pushed=True)
        pushed = Pushed(
            request_uri=PUSHED_PREFIX + new_secret(world), seconds=world.settings.pushed_seconds
        )
        store.push(
            tx,
            pushed.request_uri,
            wanted,
            client_id=client.client_id,
            expires_at=seconds_now(world) + pushed.seconds,
        )
        record(call, tx)
    return pushed


def _proof(call: Call, presenting: Presenting) -> Proof | None:
    if presenting.proof is None:
        return None
    request = rules.Request(method=call.method, url=issuer_of(call).endpoint(PUSHED_REQUESTS))
    return check_proof(call.world, presenting.proof, request)


def _with_key(wanted: dict[str, str], proof: Proof) -> dict[str, str]:
    """RFC 9449 §10.1: a proof that comes with a pushed request binds the code to its key."""
    if wanted.get("dpop_jkt", proof.key) != proof.key:
        raise InvalidRequest("dpop-key")
    return {**wanted, "dpop_jkt": proof.key}


async def begin(
    call: Call, params: Mapping[str, str], *, repeated: bool, session_secret: str
) -> Page | Finished:
    """Check the request; go on by the session, or keep it until the person has signed in.

    `repeated`: a parameter came twice. Raises ClientUnknown and RedirectUriWrong for the person,
    SentBack for the client.
    """
    world, now = call.world, seconds_now(call.world)

    def act(tx: Transaction) -> Page | Finished:
        _sweep(world, tx, now=now)
        client = _client(tx, params.get("client_id"))
        call.deed.entities.append(f"Client/{client.client_id}")
        pushed, wanted = _pushed(tx, params, client, now=now)
        redirect_uri = rules.check_redirect_uri(wanted.get("redirect_uri"), client)
        try:
            if repeated:
                raise InvalidRequest("parameter-repeated")
            request = check_request(
                call, wanted, client, redirect_uri=redirect_uri, is_pushed=bool(pushed)
            )
        except OAuthRefusal as refusal:
            raise _early(call, refusal, wanted, redirect_uri, repeated=repeated) from None
        session = _session(world, tx, session_secret, now=now)
        usable = session is not None and _is_usable(session, request, now=now)
        sign_in = SignIn(
            request=request,
            browser_hash="",
            username="" if session is None else session.proven.username,
            proven=session.proven if usable and session is not None else None,
            pushed=pushed,
        )
        return _go(call, tx, Place(client=client, sign_in=sign_in, session=session))

    return await world.together.write(act)


def _session(world: World, tx: Transaction, secret: str, *, now: int) -> Session | None:
    idle = world.settings.session_idle_seconds
    return store.session(tx, secret, now=now, idle=idle) if secret else None


def _go(call: Call, tx: Transaction, place: Place) -> Page | Finished:
    request = place.sign_in.request
    try:
        step = next_step(tx, place)
        if "none" in request.wishes.prompt and step is Step.CONSENT:
            raise ConsentRequired("consent-required")
        if "none" in request.wishes.prompt and step is not Step.DONE:
            raise LoginRequired("login-required")
    except OAuthRefusal as refusal:
        raise sent_back(call, request, refusal) from None
    return finish(call, tx, place) if step is Step.DONE else _keep(call, tx, place, step)


def _keep(call: Call, tx: Transaction, place: Place, step: Step) -> Page:
    world, sign_in = call.world, place.sign_in
    transaction, browser_secret = new_secret(world), new_secret(world)
    begun = SignIn(
        request=sign_in.request,
        browser_hash=store.fingerprint(browser_secret),
        username=sign_in.username,
        proven=sign_in.proven,
        pushed=sign_in.pushed,
    )
    expires_at = seconds_now(world) + world.settings.login_seconds
    store.put_sign_in(tx, transaction, begun, expires_at=expires_at)
    return Page(
        step=step,
        transaction=transaction,
        browser_secret=browser_secret,
        client=place.client,
        request=sign_in.request,
    )


def _is_usable(session: Session, request: AuthorizationRequest, *, now: int) -> bool:
    """OpenID Connect Core §3.1.2.3: whether the person need not sign in anew."""
    wishes = request.wishes
    if wishes.prompt & {"login", "select_account"}:
        return False
    if wishes.subject not in {None, session.proven.username}:
        return False
    if wishes.max_age is None:
        return True
    return 0 < wishes.max_age >= now - session.proven.at


def _client(tx: Transaction, client_id: str | None) -> Client:
    client = None if client_id is None else store.client(tx, client_id)
    if client is None:
        raise ClientUnknown
    return client


def _pushed(
    tx: Transaction, params: Mapping[str, str], client: Client, *, now: int
) -> tuple[str, Mapping[str, str]]:
    """Return the address of a pushed request and what it says; else nothing and what came."""
    uri = params.get("request_uri", "")
    if not uri.startswith(PUSHED_PREFIX):
        return "", params
    kept = store.pushed(tx, uri, client_id=client.client_id, now=now)
    if kept is None:
        raise PushedRequestOver
    return uri, kept


def _early(
    call: Call,
    refusal: OAuthRefusal,
    params: Mapping[str, str],
    redirect_uri: str,
    *,
    repeated: bool,
) -> SentBack:
    mode = params.get("response_mode", "")
    return SentBack(
        refusal,
        redirect_uri=redirect_uri,
        state=None if repeated else params.get("state"),
        issuer=issuer_of(call).url,
        mode=mode if mode in rules.RESPONSE_MODES else rules.RESPONSE_MODES[0],
    )


def _sweep(world: World, tx: Transaction, *, now: int) -> None:
    """Now and then, forget what is over."""
    if world.randomness.bytes(1)[0] % _SWEEP == 0:
        store.forget_expired(tx, now=now, keep_codes=world.settings.access_token_seconds)
