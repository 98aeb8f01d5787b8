"""Telling clients that a person signed out (OpenID Connect Back-Channel Logout 1.0 §2.5).

Notices lie in the store until a client has answered or an hour has passed: a restart loses none.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from reference_server.kernel.port import Port
from reference_server.kernel.store import StoreUnavailableError
from reference_server.services.trust import store
from reference_server.services.trust.operations.context import seconds_now
from reference_server.services.trust.operations.issue import logout_token
from reference_server.services.trust.store import DueNotice, Notice
from reference_server.world import World

_log = logging.getLogger("reference_server")
_TIMEOUT_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 2
_LONGEST_PAUSE_SECONDS = 300
_CLAIMED_SECONDS = 30
_AT_ONCE = 8
_ACCEPTED = frozenset({200, 204})
_REFUSED = 400


class Courier:
    """Delivers one World's notices while there are any."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.transport: Callable[[], httpx.AsyncBaseTransport] | None = None
        """Makes the way to clients; None: the network."""
        self._task: asyncio.Task[None] | None = None
        self._is_resumed = False
        self._is_closed = False

    def resume(self) -> None:
        """Go on with what an earlier process left behind; does nothing the second time."""
        if not self._is_resumed:
            self.wake()

    def wake(self) -> None:
        """Deliver what is due, and later what will be; called in the server's event loop."""
        self._is_resumed = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._deliver_all())

    def close(self) -> None:
        """Stop; what is not delivered stays in the store."""
        self._is_closed = True
        if self._task is None or self._task.done():
            return
        with contextlib.suppress(RuntimeError):  # the event loop was faster
            self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    async def _deliver_all(self) -> None:
        try:
            await self._deliver_due()
        except StoreUnavailableError:
            if not self._is_closed:  # else the World was closed before this began
                raise

    async def _deliver_due(self) -> None:
        if self._pause() is None:
            return  # as for most Worlds: what it takes to call a client need not be made
        async with httpx.AsyncClient(
            timeout=_TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
            transport=None if self.transport is None else self.transport(),
        ) as client:
            while (pause := self._pause()) is not None:
                if pause > 0:
                    await asyncio.sleep(pause)
                    continue
                due = self._claim()
                await asyncio.gather(*(self._deliver(client, each) for each in due))

    def _pause(self) -> int | None:
        """Return seconds until the next notice is due, None when there is none."""
        now = seconds_now(self._world)
        with self._world.store.read() as tx:
            due_at = store.next_due(tx, now=now)
        return None if due_at is None else max(0, due_at - now)

    def _claim(self) -> tuple[DueNotice, ...]:
        """Take what is due, a few at once: one slow client keeps nobody waiting for long."""
        now = seconds_now(self._world)
        with self._world.store.write() as tx:
            claimed = (
                store.claim_notice(tx, now=now, again_at=now + _CLAIMED_SECONDS)
                for _ in range(_AT_ONCE)
            )
            return tuple(due for due in claimed if due is not None)

    async def _deliver(self, client: httpx.AsyncClient, due: DueNotice) -> None:
        notice = due.notice
        if not self._may_call(notice.uri):
            self._drop(notice, "its host is not among the declared ones")
            return
        answered = await self._post(client, notice)
        if answered in _ACCEPTED:
            self._drop(notice, None)
        elif answered == _REFUSED:
            self._drop(notice, "the client refused it")
        else:
            pause = min(_FIRST_PAUSE_SECONDS * 2**due.attempts, _LONGEST_PAUSE_SECONDS)
            with self._world.store.write() as tx:
                due_at = seconds_now(self._world) + pause
                store.postpone_notice(tx, notice.notice_id, due_at=due_at)

    async def _post(self, client: httpx.AsyncClient, notice: Notice) -> int:
        """Return the client's status, 0 where it did not answer."""
        with self._world.store.read() as tx:
            known = store.client(tx, notice.client_id)
        alg = "ES256" if known is None else known.id_token_alg
        form = {"logout_token": logout_token(self._world, notice, alg=alg)}
        try:
            async with client.stream("POST", notice.uri, data=form) as answer:
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0

    def _may_call(self, uri: str) -> bool:
        parts = urlsplit(uri)
        return parts.hostname in self._world.settings.logout_hosts

    def _drop(self, notice: Notice, why: str | None) -> None:
        if why is not None:
            _log.warning("sign-out notice to %s given up: %s", notice.client_id, why)
        with self._world.store.write() as tx:
            store.drop_notice(tx, notice.notice_id)


COURIER: Port[Courier] = Port("sign-out-courier")
