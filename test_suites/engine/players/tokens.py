"""Keeps the player's access token: got when needed, renewed in time; knows no API."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeAlias

from scenarios.tricks import Forgery
from test_suites.deviations.id_tokens import MAKES
from test_suites.deviations.workshop import Workshop
from test_suites.engine.players.issuer import AccessToken, Metadata, discover, published_key
from test_suites.engine.players.model import Address, LabError, Surroundings
from test_suites.engine.players.patience import patiently
from test_suites.engine.players.trouble import NothingToBeginWith
from test_suites.engine.players.wire import Wire

RENEW_BEFORE: Final = timedelta(seconds=30)
OTHER_API: Final = "/vidalrest/excalibur-service/api"
"""The second registered API, below the base URL: what a token of the wrong audience is for."""

SignIn: TypeAlias = Callable[[Metadata, str], Awaitable[AccessToken]]
"""Signs in once, for one resource."""


class Tokens:
    """Owns one player's token for the FHIR API, and what it read of the issuer."""

    def __init__(
        self, wire: Wire, *, address: Address, sign_in: SignIn, surroundings: Surroundings
    ) -> None:
        self._wire = wire
        self._address = address
        self._sign_in = sign_in
        self._now = surroundings.wire_now
        self._metadata: Metadata | None = None
        self._kept: tuple[str, datetime] | None = None
        self._redemption: str | None = None

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
        got = await self._get(self._address.fhir_base)
        self._kept = (got.token, asked_at + timedelta(seconds=got.seconds))
        self._redemption = got.redemption
        return got.token

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
