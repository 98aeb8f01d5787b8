"""One Redactor per session; knows which numbers are declared people's."""

import threading
from dataclasses import dataclass, field

from test_suites.capture.redaction import Redactor, Verify

EVERY_SESSION = "*"
"""For what no single session can be named for: it is searched for the secrets of all."""


@dataclass(slots=True, kw_only=True)
class Redactors:
    """Owns the Redactors of a run; sessions are opened in one thread and read in another."""

    personas: frozenset[bytes]
    _by_session: dict[str, Redactor] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, session: str, *, secrets: tuple[tuple[str, bytes], ...] = ()) -> None:
        """Know a session, and the secrets that the lab itself hands out in it."""
        with self._lock:
            redactor = self._by_session.setdefault(session, Redactor(personas=self.personas))
        for kind, secret in secrets:
            redactor.secrets.learn(kind, secret)

    def verify(self, session: str, verify: Verify) -> None:
        """Know how the tokens of a session are verified."""
        self._by_session[session].verify = verify

    def find(self, session: str | None) -> Redactor:
        """Return a session's Redactor; for no session, one that knows all secrets so far."""
        known = self._by_session.get(session or "")
        if known is not None:
            return known
        with self._lock:
            all_known = tuple(self._by_session.values())
        fallback = Redactor(personas=self.personas)
        for redactor in all_known:
            for secret, kind in redactor.secrets.known():
                fallback.secrets.learn(kind, secret)
        return fallback
