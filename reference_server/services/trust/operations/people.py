"""The SIGN_IN port: a person known by name and password, for pages of other services."""

import asyncio

from reference_server.ports.sign_in import SignedPerson
from reference_server.services.trust import rules, store
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.passwords import NOBODY, is_password
from reference_server.world import World


class PeopleSignIn:
    """Checks passwords of this World's accounts, and counts the wrong ones."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def check(self, username: str, password: str) -> SignedPerson | None:
        """Return who it is; a guess counts before it is looked at, as in a sign-in."""
        now = seconds_now(self._world)
        with self._world.store.write() as tx:
            tried = store.guesses(tx, username)
            if rules.seconds_blocked(failures=tried.failures, since=now - tried.failed_at):
                return None
            known = store.credentials(tx, username)
            store.note_wrong(tx, username, at=now)
        hashed = NOBODY if known is None else known.password_hash or NOBODY
        right = await asyncio.to_thread(is_password, password, hashed)
        if known is None or not right:
            return None
        with self._world.store.write() as tx:
            store.note_right(tx, username)
        account = known.account
        return SignedPerson(
            username=account.username,
            name=f"{account.given} {account.family}",
            role=account.role,
            organization=account.organization,
        )
