"""Signing out by a client's wish (OpenID Connect RP-Initiated Logout 1.0): asked, or at once."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from reference_server.kernel.store import Transaction
from reference_server.services.trust import store
from reference_server.services.trust.errors import (
    ClientUnknown,
    SignOutAddressWrong,
    SignOutHintWrong,
)
from reference_server.services.trust.model import Session
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.hint import Hint, read_hint
from reference_server.services.trust.operations.sign_out import end_session
from reference_server.services.trust.rules.protocol import is_registered
from reference_server.world import Call, record

_LONGEST_STATE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """The session is over; the browser may go to `address`, with `state`, or stay on a page."""

    address: str | None
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFirst:
    """The person must be asked; the form brings this back with `proof` (no logout CSRF)."""

    proof: str
    address: str | None
    state: str | None
    client_id: str | None


def sign_out(call: Call, params: Mapping[str, str], *, session_secret: str) -> SignedOut | AskFirst:
    """End the browser's session, or ask first; raises PageRefusals.

    Nobody is asked where an ID token of this very session shows that its own client wants it.
    """
    world = call.world
    hint = _hint(call, params.get("id_token_hint"))
    with world.store.write() as tx:
        client_id = _client_id(tx, params.get("client_id"), hint)
        address = _address(tx, params.get("post_logout_redirect_uri"), client_id)
        state = params.get("state", "")[:_LONGEST_STATE] or None
        session = _session(call, tx, session_secret)
        if session is None:
            return SignedOut(address=address, state=state)
        agreed = params.get("proof")
        is_agreed = agreed is not None and hmac.compare_digest(agreed, proof_of(session_secret))
        if not is_agreed and not _is_of_session(hint, session):
            return AskFirst(
                proof=proof_of(session_secret), address=address, state=state, client_id=client_id
            )
        call.deed.entities.append(f"Practitioner/{session.proven.username}")
        end_session(call.world, tx, sid=session.sid, subject=session.proven.username)
        record(call, tx)
    return SignedOut(address=address, state=state)


def proof_of(session_secret: str) -> str:
    """Return what only a page that was shown to this session's browser can send."""
    return store.fingerprint(f"sign-out {session_secret}")


def _hint(call: Call, token: str | None) -> Hint | None:
    if token is None:
        return None
    hint = read_hint(call.world, token)
    if hint is None:
        raise SignOutHintWrong
    return hint


def _client_id(tx: Transaction, named: str | None, hint: Hint | None) -> str | None:
    """Return which client asks; both ways of saying so must agree (§2)."""
    if hint is not None and named not in {None, hint.client_id}:
        raise SignOutHintWrong
    client_id = named if hint is None else hint.client_id
    if client_id is not None and store.client(tx, client_id) is None:
        raise ClientUnknown
    return client_id


def _address(tx: Transaction, asked: str | None, client_id: str | None) -> str | None:
    """Return where to go; only to an address that is registered (§3), on loopback any port."""
    if asked is None:
        return None
    client = None if client_id is None else store.client(tx, client_id)
    if client is None or not is_registered(asked, client.logout.redirect_uris):
        raise SignOutAddressWrong
    return asked


def _is_of_session(hint: Hint | None, session: Session) -> bool:
    return hint is not None and (hint.sid, hint.subject) == (session.sid, session.proven.username)


def _session(call: Call, tx: Transaction, secret: str) -> Session | None:
    if not secret:
        return None
    idle = call.world.settings.session_idle_seconds
    return store.session(tx, secret, now=seconds_now(call.world), idle=idle)
