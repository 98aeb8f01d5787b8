"""The VISITORS port: our own pages as a relying party of this provider, without a shortcut.

The browser goes through the same authorisation endpoint as for any other client; only the code
is redeemed within the process. What the pages keep is the name of the grant, which opens nothing.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from reference_server.kernel.access import Caller
from reference_server.kernel.call import Call as AnyCall
from reference_server.kernel.call import Deed
from reference_server.kernel.errors import TokenAudienceWrong, TokenExpired
from reference_server.kernel.store import Transaction
from reference_server.ports.sign_in import RelyingPages, Visitor
from reference_server.services.trust import store
from reference_server.services.trust.errors import InvalidGrant
from reference_server.services.trust.model import OPENID, Account, Client, Grant, Issuer
from reference_server.services.trust.operations.client_authentication import Presenting
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.courier import COURIER
from reference_server.services.trust.operations.jose import peek_header, verify
from reference_server.services.trust.operations.sign_out import end_session
from reference_server.services.trust.operations.token import token_at_once
from reference_server.world import Call, World, record

_CODE: Final = "authorization_code"


class PageVisitors:
    """Knows who is signed in on pages of ours, for as long as the provider's session lives."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._issuer = Issuer(base_url=world.base_url)

    def address(
        self, pages: RelyingPages, *, state: str, nonce: str, challenge: str, language: str
    ) -> str:
        """Return the authorisation endpoint with the whole request (RFC 7636 §4.3)."""
        client = _client_of(pages)
        with self._world.store.write() as tx:
            if store.client(tx, client.client_id) != client:
                store.put_client(tx, client)
        asked = {
            "response_type": "code",
            "client_id": pages.client_id,
            "redirect_uri": pages.redirect_uri,
            "scope": " ".join(sorted(client.scopes)),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return f"{self._issuer.endpoint('auth')}?{urlencode(asked)}"

    def redeem(
        self, call: AnyCall[Any], pages: RelyingPages, *, code: str, verifier: str, nonce: str
    ) -> Visitor:
        """Redeem a code; the ID token must be for these pages and this very sign-in."""
        params = {
            "grant_type": _CODE,
            "code": code,
            "redirect_uri": pages.redirect_uri,
            "client_id": pages.client_id,
            "code_verifier": verifier,
        }
        issued = token_at_once(self._act(call, "token"), params, Presenting())
        if issued.id_token is None:
            raise InvalidGrant("code-unknown")
        told = self._verified(issued.id_token)
        meant = {"iss": self._issuer.url, "aud": pages.client_id, "nonce": nonce}
        if {name: told.get(name) for name in meant} != meant:
            raise InvalidGrant("code-unknown")
        with self._world.store.write() as tx:
            kept = store.code(tx, code)
            if kept is None:
                raise InvalidGrant("code-unknown")
            until = seconds_now(self._world) + self._world.settings.session_seconds
            store.prolong_grant(tx, kept.grant.grant_id, until=until)
            account = self._account(tx, kept.grant)
        return Visitor(grant=kept.grant.grant_id, name=f"{account.given} {account.family}")

    def is_issuer(self, told: str) -> bool:
        """Compare letter for letter (RFC 9207 §2.4)."""
        return told == self._issuer.url

    def caller(self, grant: str, *, audience: str, correlation: str) -> Caller:
        """Return who a visitor is; a session that ended or was revoked lets nobody in."""
        with self._world.store.read() as tx:
            found = store.grant(tx, grant)
            if found is None or not self._is_live(tx, found):
                raise TokenExpired
            account = self._account(tx, found)
        if found.request.resource != audience:
            raise TokenAudienceWrong(audience=audience)
        return Caller(
            subject=account.username,
            client_id=found.request.client_id,
            role=account.role,
            organization=account.organization,
            ehealth_id=account.ehealth_id,
            profession=account.profession if account.ehealth_id else None,
            scopes=found.request.scopes,
            token_id=found.grant_id,
            correlation=correlation,
        )

    def leave(self, call: AnyCall[Any], grant: str) -> None:
        """End the session; other clients of it are told by their back channel."""
        act = self._act(call, "logout")
        with self._world.store.write() as tx:
            found = store.grant(tx, grant)
            if found is None:
                return
            username = found.proven.username
            act.deed.entities.append(f"Practitioner/{username}")
            if end_session(act.world, tx, sid=found.sid, subject=username):
                record(act, tx)
        self._world.port(COURIER).wake()

    def _verified(self, id_token: str) -> Mapping[str, object]:
        signer = self._world.keys.verifying(str(peek_header(id_token).get("kid")))
        return verify(id_token, () if signer is None else (signer,))

    def _is_live(self, tx: Transaction, grant: Grant) -> bool:
        now = seconds_now(self._world)
        if store.is_revoked(tx, grant.grant_id, None):
            return False
        return store.is_open(tx, grant.sid, now=now)

    def _account(self, tx: Transaction, grant: Grant) -> Account:
        known = store.credentials(tx, grant.proven.username)
        if known is None:
            raise TokenExpired
        return known.account

    def _act(self, call: AnyCall[Any], action: str) -> Call:
        return AnyCall(
            world=self._world,
            method=call.method,
            path=call.path,
            path_values=call.path_values,
            query=(),
            headers=call.headers,
            body=b"",
            voice=call.voice,
            request_id=call.request_id,
            deed=Deed(action),
            address=call.address,
        )


def _client_of(pages: RelyingPages) -> Client:
    return Client(
        client_id=pages.client_id,
        name=pages.title,
        scopes=pages.scopes | {OPENID},
        redirect_uris=(pages.redirect_uri,),
    )
