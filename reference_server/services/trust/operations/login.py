"""A person proves who they are, step by step: password, test token, consent."""

import asyncio
import hmac
from dataclasses import dataclass, replace
from typing import TypeVar

from reference_server.kernel.store import Transaction
from reference_server.services.trust import rules, store
from reference_server.services.trust.errors import (
    AccessDenied,
    ClientUnknown,
    CredentialsWrong,
    FormRefusal,
    SignInBlocked,
    SignInOver,
    TokenCodeWrong,
)
from reference_server.services.trust.model import Session
from reference_server.services.trust.model.issuer import PASSWORD, TEST_TOKEN
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.flow import (
    Finished,
    Page,
    Place,
    Step,
    go_on,
    proved,
    sent_back,
)
from reference_server.services.trust.operations.one_time_code import step_of
from reference_server.services.trust.operations.passwords import NOBODY, is_password
from reference_server.services.trust.store import Credentials
from reference_server.world import Call

R = TypeVar("R", bound=FormRefusal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """What a browser brings to a page of a sign-in: the form's hidden value and its cookies."""

    transaction: str
    secret: str
    session_secret: str = ""


async def sign_in(call: Call, browser: Browser, *, username: str, password: str) -> Page | Finished:
    """Check the password; without one, ask for the test token instead.

    Raises SignInOver, SignInBlocked, CredentialsWrong and SentBack. A guess counts before it is
    looked at, so that a hundred at once are no way round.
    """
    now = seconds_now(call.world)

    def look(tx: Transaction) -> Page | tuple[Place, Credentials | None]:
        place = _place(call, tx, browser, now=now)
        _check_blocked(tx, username, now=now)
        if not password:
            return _ask_for_token(tx, place, username)
        known = store.credentials(tx, username)
        store.note_wrong(tx, username, at=now)
        return place, known

    looked = await call.world.together.write(look)
    if isinstance(looked, Page):
        return looked
    place, known = looked
    hashed = NOBODY if known is None else known.password_hash or NOBODY
    right = await asyncio.to_thread(is_password, password, hashed)
    if known is None or not right:
        raise _again(CredentialsWrong, place)

    def let_in(tx: Transaction) -> Page | Finished:
        place = _place(call, tx, browser, now=now)
        store.note_right(tx, username)
        begun = proved(place.sign_in, username=username, method=PASSWORD, now=now)
        return go_on(call, tx, replace(place, sign_in=begun))

    return await call.world.together.write(let_in)


async def give_code(call: Call, browser: Browser, *, code: str) -> Page | Finished:
    """Check what the person's test token shows; raises like `sign_in`, TokenCodeWrong.

    A code works once: the time step it belongs to is used up with it.
    """
    now = seconds_now(call.world)

    def look(tx: Transaction) -> Page | Finished | TokenCodeWrong:
        place = _place(call, tx, browser, now=now)
        username = place.sign_in.username
        _check_blocked(tx, username, now=now)
        known = store.credentials(tx, username)
        step = None if known is None else step_of(known.account.token_secret, code, now=now)
        if step is not None and store.use_token_step(tx, username, step):
            store.note_right(tx, username)
            begun = proved(place.sign_in, username=username, method=TEST_TOKEN, now=now)
            return go_on(call, tx, replace(place, sign_in=begun))
        # Returned, not raised: a wrong guess must be committed to count.
        store.note_wrong(tx, username, at=now)
        return _again(TokenCodeWrong, place)

    outcome = await call.world.together.write(look)
    if isinstance(outcome, TokenCodeWrong):
        raise outcome
    return outcome


def decide(call: Call, browser: Browser, *, agreed: bool) -> Page | Finished:
    """Take the person's yes or no to what the client asks for; raises SignInOver and SentBack."""
    now = seconds_now(call.world)
    with call.world.store.write() as tx:
        place = _place(call, tx, browser, now=now)
        begun = place.sign_in
        if begun.proven is None:
            raise SignInOver
        if not agreed:
            raise sent_back(call, begun.request, AccessDenied("consent-refused"))
        store.remember_consent(
            tx,
            username=begun.proven.username,
            client_id=begun.request.client_id,
            scopes=begun.request.scopes,
        )
        return go_on(call, tx, replace(place, sign_in=replace(begun, is_consented=True)))


def _again(refusal: type[R], place: Place) -> R:
    request = place.sign_in.request
    return refusal(
        transaction=place.transaction,
        redirect_uri=request.redirect_uri,
        language=request.wishes.language,
    )


def _ask_for_token(tx: Transaction, place: Place, username: str) -> Page:
    """Go on to the test token, whoever it is: who has none is told there."""
    begun = replace(place.sign_in, username=username)
    store.change_sign_in(tx, place.transaction, begun)
    return Page(
        step=Step.TOKEN,
        transaction=place.transaction,
        client=place.client,
        request=begun.request,
    )


def _place(call: Call, tx: Transaction, browser: Browser, *, now: int) -> Place:
    """Only the browser that began a sign-in may go on with it (no login CSRF)."""
    begun = store.sign_in(tx, browser.transaction, now=now)
    held = store.fingerprint(browser.secret)
    if begun is None or not hmac.compare_digest(held, begun.browser_hash):
        raise SignInOver
    client = store.client(tx, begun.request.client_id)
    if client is None:
        raise ClientUnknown
    return Place(
        client=client,
        sign_in=begun,
        transaction=browser.transaction,
        session=_session(call, tx, browser, now=now),
    )


def _session(call: Call, tx: Transaction, browser: Browser, *, now: int) -> Session | None:
    if not browser.session_secret:
        return None
    idle = call.world.settings.session_idle_seconds
    return store.session(tx, browser.session_secret, now=now, idle=idle)


def _check_blocked(tx: Transaction, username: str, *, now: int) -> None:
    tried = store.guesses(tx, username)
    seconds = rules.seconds_blocked(failures=tried.failures, since=now - tried.failed_at)
    if seconds:
        raise SignInBlocked(seconds=seconds)
