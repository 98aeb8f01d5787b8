"""Keeps the player's access token: got when needed, renewed in time; knows no API."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import urlencode

from scenarios.tricks import Forgery
from test_suites.deviations.id_tokens import MAKES
from test_suites.deviations.workshop import Workshop
from test_suites.engine.players.issuer import AccessToken, Metadata, discover, published_key
from test_suites.engine.players.model import Address, LabError, Surroundings
from test_suites.engine.players.notice import believed
from test_suites.engine.players.patience import patiently
from test_suites.engine.players.trouble import NothingToBeginWith, SignInFailed
from test_suites.engine.players.wire import Wire

RENEW_BEFORE: Final = timedelta(seconds=30)
HTML: Final = "text/html"
_ERROR: Final = 400
OTHER_API: Final = "/vidalrest/excalibur-service/api"
"""The second registered API, below the base URL: what a token of the wrong audience is for."""

SignIn: TypeAlias = Callable[[Metadata, str], Awaitable[AccessToken]]
"""Signs in once, for one resource."""
Renew: TypeAlias = Callable[[Metadata, str, str], Awaitable[AccessToken]]
"""Gets a new token for a resource with a refresh token, which comes last."""


class Tokens:
    """Owns one player's token for the FHIR API, and what it read of the issuer."""

    def __init__(
        self,
        wire: Wire,
        *,
        address: Address,
        client_id: str,
        sign_in: SignIn,
        renew: Renew,
        surroundings: Surroundings,
    ) -> None:
        self._wire = wire
        self._address = address
        self._client_id = client_id
        self._sign_in = sign_in
        self._renew = renew
        self._now = surroundings.wire_now
        self._metadata: Metadata | None = None
        self._kept: tuple[str, datetime] | None = None
        self._got: AccessToken | None = None
        self._redemption: str | None = None
        self._heard: set[str] = set()

    async def current(self) -> str:
        """Return the token, got anew where it ends within 30 seconds; raises Trouble."""
        if self._kept is not None:
            token, ends = self._kept
            if self._now() < ends - RENEW_BEFORE:
                return token
        return await self.renewed()

    async def renewed(self) -> str:
        """Return a new token, which is kept; raises Trouble."""
        asked_at = self._now()
        got = await self._refreshed() or await self._get(self._address.fhir_base)
        self._kept = (got.token, asked_at + timedelta(seconds=got.seconds))
        self._got = got
        self._redemption = got.redemption or self._redemption
        return got.token

    async def _refreshed(self) -> AccessToken | None:
        """Return a token got with the refresh token, where that is our habit here.

        One that is refused is forgotten: whoever had it signs in anew.
        """
        before, self._got = self._got, None
        if before is None or before.refresh_token is None or self._metadata is None:
            return None
        if "refresh" not in self._address.habits:
            return None
        asked = (self._metadata, self._address.fhir_base, before.refresh_token)
        try:
            got = await patiently(partial(self._renew, *asked))
        except SignInFailed:
            return None
        return replace(
            got,
            refresh_token=got.refresh_token or before.refresh_token,
            id_token=got.id_token or before.id_token,
            cookies=before.cookies,
        )

    async def sign_out(self) -> None:
        """Forget every token and end the session at the provider; raises Trouble."""
        got, self._got, self._kept = self._got, None, None
        if got is None or self._metadata is None or self._metadata.end_session_endpoint is None:
            return
        hint = {} if got.id_token is None else {"id_token_hint": got.id_token}
        query = urlencode({**hint, "client_id": self._client_id})
        url = f"{self._metadata.end_session_endpoint}?{query}"
        page = await self._wire.ask("GET", url, headers={"Accept": HTML}, cookies=got.cookies)
        if page.status_code >= _ERROR:
            raise SignInFailed(f"sign-out-{page.status_code}")

    async def hear(self, logout_token: str) -> bool:
        """Forget every token where a notice tells that the person signed out.

        Return whether it is believed (OpenID Connect Back-Channel Logout 1.0 §2.6), each once.
        """
        if self._metadata is None:
            return False
        now = int(self._now().timestamp())
        claims = await believed(
            self._wire, self._metadata, logout_token, client_id=self._client_id, now=now
        )
        if claims is None or claims["jti"] in self._heard:
            return False
        self._heard.add(str(claims["jti"]))
        self._got, self._kept = None, None
        return True

    def spent(self) -> str:
        """Return the form that redeemed the last code; raises NothingToBeginWith without one."""
        if self._redemption is None:
            raise NothingToBeginWith("redemption-missing")
        return self._redemption

    async def for_other_api(self) -> str:
        """Return a token whose audience is not the FHIR API; it is not kept. Raises Trouble."""
        got = await self._get(f"{self._address.base_url}{OTHER_API}")
        return got.token

    async def forged(self, forgery: Forgery) -> str:
        """Return a token that looks good and was not signed with the issuer's key."""
        good = await self.renewed()
        if self._metadata is None:  # pragma: no cover - `renewed` has read it
            raise LabError("metadata-missing")
        key = await published_key(self._wire, self._metadata, good)
        workshop = Workshop(
            base_url=self._address.base_url,
            issuer=self._metadata.issuer,
            signing=lambda: key,
            now=lambda: int(self._now().timestamp()),
            kind="at+jwt",
        )
        return MAKES[forgery](good, "", workshop)

    async def identity(self) -> str:
        """Return a person's ID token, which opens no API; raises LabError for a system."""
        got = await self._get(self._address.fhir_base)
        if got.id_token is None:
            raise LabError("id-token-missing")
        return got.id_token

    async def made_to_expire(self, expire: Callable[[], None]) -> str:
        """Return a token that was good when it came and has been made to expire since."""
        token = await self.renewed()
        expire()
        self._kept = None
        return token

    async def _get(self, resource: str) -> AccessToken:
        if self._metadata is None:
            self._metadata = await patiently(partial(discover, self._wire, self._address.issuer))
        return await patiently(partial(self._sign_in, self._metadata, resource))
