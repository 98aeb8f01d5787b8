"""The secrets of one session: what stands in their place, and where they are known to return.

A secret becomes `redacted.<kind>.<16 hex of its salted sha256>`: plain ASCII, the same for
equal secrets of one session, and fit for a header, a form, a query, JSON and a log line. The
salt is never written, so a short secret cannot be guessed from its digest.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

from test_suites.core.message import Redaction

# Shorter ones are replaced where they are known to stand, but not looked for elsewhere:
# a three-letter password would eat the text it happens to occur in.
SHORTEST_SOUGHT = 8
MOST_SOUGHT = 2000

# Every JWT holds it: where it does not stand, no JWT does.
JWT_MARK = b".eyJ"
MANY_DOTS = 2000
JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]*")


@dataclass(slots=True)
class SessionSecrets:
    """Owns a session's salt and the secrets seen so far; they live in memory only."""

    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    _kinds: dict[bytes, str] = field(default_factory=dict)
    _by_mark: dict[bytes, dict[bytes, str]] = field(default_factory=dict)
    _digests: dict[bytes, str] = field(default_factory=dict)

    def digest(self, secret: bytes) -> str:
        """Return the salted sha256 of a secret, in hex."""
        known = self._digests.get(secret)
        if known is None:
            known = hashlib.sha256(self.salt + secret).hexdigest()
            if len(self._digests) >= MOST_SOUGHT:
                self._digests.clear()
            self._digests[secret] = known
        return known

    def placeholder(self, kind: str, secret: bytes) -> bytes:
        """Return what stands in the secret's place, and remember the secret."""
        self.learn(kind, secret)
        return f"redacted.{kind}.{self.digest(secret)[:16]}".encode("ascii")

    def learn(self, kind: str, secret: bytes) -> None:
        """Remember a secret, to find it again in bodies and exhibits of this session."""
        if len(secret) >= SHORTEST_SOUGHT and secret not in self._kinds:
            if len(self._kinds) >= MOST_SOUGHT:
                oldest = next(iter(self._kinds))
                self._kinds.pop(oldest)
                self._by_mark[_mark_of(oldest)].pop(oldest, None)
            self._kinds[secret] = kind
            self._by_mark.setdefault(_mark_of(secret), {})[secret] = kind

    def known(self) -> tuple[tuple[bytes, str], ...]:
        """Return the remembered secrets and their kinds."""
        return tuple(self._kinds.items())

    def redaction(self, where: str, kind: str, secret: bytes) -> Redaction:
        """Return what may still be known of a secret that stood at `where`."""
        return Redaction(where=where, kind=kind, sha256=self.digest(secret), length=len(secret))

    def scrub(self, content: bytes, where: str) -> tuple[bytes, tuple[Redaction, ...]]:
        """Replace every remembered secret, and whatever looks like a JWT, in the content."""
        found: list[Redaction] = []
        marked = _is_marked(content)
        for secret, kind in self._possible(content, jwt=marked):
            if secret in content:
                content = content.replace(secret, self.placeholder(kind, secret))
                found.append(self.redaction(where, kind, secret))
        if marked:
            for match in dict.fromkeys(JWT.findall(content)):
                content = content.replace(match, self.placeholder("jwt", match))
                found.append(self.redaction(where, "jwt", match))
        return content, tuple(found)

    def _possible(self, content: bytes, *, jwt: bool) -> list[tuple[bytes, str]]:
        """Return the secrets that may stand in the content: those whose mark does."""
        return [
            each
            for mark, secrets in tuple(self._by_mark.items())
            if (jwt if mark == JWT_MARK else mark in content)
            for each in tuple(secrets.items())
        ]


def _mark_of(secret: bytes) -> bytes:
    """Return something short that a secret holds and most contents do not; b"" for none."""
    return next((mark for mark in (JWT_MARK, b"_") if mark in secret), b"")


def _is_marked(content: bytes) -> bool:
    """Tell whether the mark of a JWT stands in the content.

    From dot to dot: in a page in base64 there is none, and looking for one byte costs a tenth
    of looking for four.
    """
    at = -1
    for _ in range(MANY_DOTS):
        at = content.find(b".", at + 1)
        if at < 0:
            return False
        if content.startswith(JWT_MARK, at):
            return True
    return JWT_MARK in content
