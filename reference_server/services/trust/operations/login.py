"""A person signs in: password checked, code issued (RFC 6749 §4.1.2)."""

import asyncio
import hmac
from dataclasses import dataclass

from reference_server.kernel.access import Caller
from reference_server.services.trust import store
from reference_server.services.trust.errors import CredentialsWrong, SignInBlocked, SignInOver
from reference_server.services.trust.model import Account, AuthorizationRequest, Grant
from reference_server.services.trust.operations.passwords import NOBODY, is_password
from reference_server.services.trust.operations.secret import new_secret
from reference_server.services.trust.store import Credentials, SignIn
from reference_server.world import Call, record

WRONG_GUESSES = 10
BLOCKED_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Where the browser goes next, and with which code."""

    request: AuthorizationRequest
    code: str


async def sign_in(
    call: Call, *, transaction: str, browser_secret: str, username: str, password: str
) -> SignedIn:
    """Check the password and issue a code bound to the request.

    Raises SignInOver, SignInBlocked and CredentialsWrong.
    """
    now = int(call.world.clock.wire_now().timestamp())
    with call.world.store.read() as tx:
        begun = store.sign_in(tx, transaction, now=now)
        known = store.credentials(tx, username)
    request = _check_browser(begun, browser_secret)
    if known is not None:
        _check_guesses(known, now=now)
    hashed = NOBODY if known is None else known.password_hash
    right = await asyncio.to_thread(is_password, password, hashed)
    if known is None or not right:
        _note_wrong(call, known, now=now)
        raise CredentialsWrong(transaction=transaction, redirect_uri=request.redirect_uri)
    return _issue_code(call, transaction, known.account, now=now)


def _check_browser(begun: SignIn | None, browser_secret: str) -> AuthorizationRequest:
    """Only the browser that began a sign-in may end it (no login CSRF)."""
    held = store.fingerprint(browser_secret)
    if begun is None or not hmac.compare_digest(held, begun.browser_hash):
        raise SignInOver
    return begun.request


def _check_guesses(known: Credentials, *, now: int) -> None:
    """After ten wrong passwords in a row an account rests for a minute."""
    rested = now - known.failed_at
    if known.failures >= WRONG_GUESSES and rested < BLOCKED_SECONDS:
        raise SignInBlocked(seconds=BLOCKED_SECONDS - rested)


def _note_wrong(call: Call, known: Credentials | None, *, now: int) -> None:
    if known is None:
        return
    username = known.account.username
    with call.world.store.write() as tx:
        latest = store.credentials(tx, username) or known
        store.note_guess(tx, username, failures=latest.failures + 1, at=now)


def _issue_code(call: Call, transaction: str, account: Account, *, now: int) -> SignedIn:
    world = call.world
    code = new_secret(world)
    with world.store.write() as tx:
        begun = store.sign_in(tx, transaction, now=now)
        if begun is None or not store.end_sign_in(tx, transaction):
            raise SignInOver
        grant = Grant(request=begun.request, username=account.username, signed_in_at=now)
        store.put_code(tx, code, grant, expires_at=now + world.settings.code_seconds)
        store.note_guess(tx, account.username, failures=0, at=0)
        call.deed.caller = _caller(call, account, begun.request)
        record(call, tx)
    return SignedIn(request=begun.request, code=code)


def _caller(call: Call, account: Account, request: AuthorizationRequest) -> Caller:
    return Caller(
        subject=account.username,
        client_id=request.client_id,
        role=account.role,
        organization=account.organization,
        ehealth_id=account.username,
        profession=account.profession,
        scopes=request.scopes,
        token_id="",
        correlation=call.request_id,
    )
