"""From an authorisation request to a code: which page comes next, and what is given at the end."""

from dataclasses import dataclass, replace
from enum import StrEnum

from reference_server.kernel.access import Caller
from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import (
    LoginRequired,
    OAuthRefusal,
    SentBack,
    SignInOver,
    UnmetAuthenticationRequirements,
)
from reference_server.services.trust.model import (
    OFFLINE,
    Account,
    AuthorizationRequest,
    Client,
    Grant,
    Proven,
    Session,
)
from reference_server.services.trust.model.issuer import TEST_TOKEN
from reference_server.services.trust.operations.context import issuer_of, seconds_now
from reference_server.services.trust.operations.secret import new_secret
from reference_server.services.trust.operations.sign_out import end_session
from reference_server.services.trust.store import SignIn
from reference_server.world import Call, record

_MARGIN_SECONDS = 60


class Step(StrEnum):
    """What a person is asked next."""

    PASSWORD = "password"  # noqa: S105 - the name of a page
    TOKEN = "token"  # noqa: S105 - as above
    CONSENT = "consent"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page to show; `browser_secret` is empty where the browser has it already."""

    step: Step
    transaction: str
    browser_secret: str = ""
    client: Client
    request: AuthorizationRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Where the browser goes next, and with which code; `session_secret` empty: as it is."""

    request: AuthorizationRequest
    code: str
    session_secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sign-in stands: its transaction (empty: none yet), and the browser's session."""

    client: Client
    sign_in: SignIn
    transaction: str = ""
    session: Session | None = None


def sent_back(call: Call, request: AuthorizationRequest, refusal: OAuthRefusal) -> SentBack:
    """Return a refusal as the browser carries it to the client."""
    return SentBack(
        refusal,
        redirect_uri=request.redirect_uri,
        state=request.state,
        issuer=issuer_of(call).url,
        mode=request.response_mode,
    )


def next_step(tx: Transaction, place: Place) -> Step:
    """Return what the person is asked next; raises UnmetAuthenticationRequirements."""
    sign_in = place.sign_in
    account = _account(tx, sign_in.proven)
    if sign_in.proven is None or account is None:
        return Step.PASSWORD
    wishes, methods = sign_in.request.wishes, sign_in.proven.methods
    if not rules.is_reached(methods, wishes.levels):
        if account.token_secret and rules.is_reachable(wishes.levels):
            return Step.PASSWORD if TEST_TOKEN in methods else Step.TOKEN
        if wishes.essential:
            raise UnmetAuthenticationRequirements("level-not-reached")
    return Step.CONSENT if _must_consent(tx, place, account) else Step.DONE


def _must_consent(tx: Transaction, place: Place, account: Account) -> bool:
    request = place.sign_in.request
    if place.sign_in.is_consented:
        return False
    if "consent" in request.wishes.prompt:
        return True
    if not place.client.asks_consent:
        return False
    given = store.consented(tx, username=account.username, client_id=request.client_id)
    return not request.scopes <= given


def go_on(call: Call, tx: Transaction, place: Place) -> Page | Finished:
    """Keep what a sign-in has come to and return what follows; raises SentBack."""
    sign_in = place.sign_in
    try:
        step = next_step(tx, place)
        if step is not Step.PASSWORD:
            _check_person(sign_in)
    except OAuthRefusal as refusal:
        raise sent_back(call, sign_in.request, refusal) from None
    if step is Step.DONE:
        return finish(call, tx, place)
    store.change_sign_in(tx, place.transaction, sign_in)
    return Page(
        step=step,
        transaction=place.transaction,
        client=place.client,
        request=sign_in.request,
    )


def _check_person(sign_in: SignIn) -> None:
    """OpenID Connect Core §3.1.2.2: nobody answers for another."""
    wanted, proven = sign_in.request.wishes.subject, sign_in.proven
    if wanted is not None and (proven is None or proven.username != wanted):
        raise LoginRequired("another-person")


def finish(call: Call, tx: Transaction, place: Place) -> Finished:
    """Open or go on with the session, and issue a code (RFC 6749 §4.1.2)."""
    sign_in, world = place.sign_in, call.world
    account = _account(tx, sign_in.proven)
    if account is None or sign_in.proven is None:
        raise SignInOver
    if place.transaction and not store.end_sign_in(tx, place.transaction):
        raise SignInOver
    if sign_in.pushed and not store.use_pushed(tx, sign_in.pushed):
        raise SignInOver
    sid, secret = _session(call, tx, place, sign_in.proven)
    code, now = new_secret(world), seconds_now(world)
    grant = Grant(
        grant_id=world.ids.uuid(), request=sign_in.request, proven=sign_in.proven, sid=sid
    )
    expires = now + world.settings.code_seconds
    longer = world.settings.access_token_seconds + _MARGIN_SECONDS
    offline = OFFLINE in sign_in.request.scopes
    store.put_grant(tx, grant, offline=offline, expires_at=expires + longer)
    store.put_code(tx, code, grant, expires_at=expires)
    call.deed.caller = _caller(call, account, sign_in.request)
    record(call, tx)
    return Finished(request=sign_in.request, code=code, session_secret=secret)


def _session(call: Call, tx: Transaction, place: Place, proven: Proven) -> tuple[str, str]:
    """Return the session's id, and its new secret where the person has just signed in."""
    world, now, held = call.world, seconds_now(call.world), place.session
    if held is not None and not place.sign_in.is_fresh:
        store.see_session(tx, held.sid, now=now)
        return held.sid, ""
    if held is not None and held.proven.username != proven.username:
        end_session(call.world, tx, sid=held.sid, subject=held.proven.username)
        held = None
    sid = world.ids.uuid() if held is None else held.sid
    expires = now + world.settings.session_seconds
    secret = new_secret(world)
    session = Session(sid=sid, proven=proven, expires_at=expires)
    store.put_session(tx, secret, session, now=now)
    return sid, secret


def proved(sign_in: SignIn, *, username: str, method: str, now: int) -> SignIn:
    """Return a sign-in after a person proved who they are in one more way."""
    before = sign_in.proven
    others = before.methods if before is not None and before.username == username else ()
    methods = tuple(sorted({*others, method}))
    proven = Proven(username=username, at=now, methods=methods)
    return replace(sign_in, username=username, proven=proven, is_fresh=True)


def _account(tx: Transaction, proven: Proven | None) -> Account | None:
    known = None if proven is None else store.credentials(tx, proven.username)
    return None if known is None else known.account


def _caller(call: Call, account: Account, request: AuthorizationRequest) -> Caller:
    return Caller(
        subject=account.username,
        client_id=request.client_id,
        role=account.role,
        organization=account.organization,
        ehealth_id=account.ehealth_id,
        profession=account.profession,
        scopes=request.scopes,
        token_id="",
        correlation=call.request_id,
    )
