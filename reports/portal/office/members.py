"""Who is signed in on the vendors' pages: a function of an organisation; a name is never kept."""

import hashlib
from dataclasses import dataclass, replace
from typing import Final, Self

from reference_server.kernel.web import Session

_MARK: Final = 12
_NAMES: Final = ("person", "function", "organisation", "called")
_REVIEWER: Final = "reviewer"
STATE: Final = "state"
"""What a sign-in under way is known by."""
SID: Final = "sid"
"""A fingerprint of the session at the identity provider, by which that one's end is told."""
HINT: Final = "hint"
"""The ID token, sealed: it shows the provider that this very session wants to end."""
ENDED_BY: Final = (f"vendor-{SID}", "vendor-person")
"""The values of a session by which the provider may have it ended: its own, or its person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person: `organisation` is whose dossiers are open, `called` how it is known, if at all.

    `person` is a fingerprint, `function` what the person does there, empty until it was said.
    """

    person: str
    function: str
    organisation: str
    called: str
    is_reviewer: bool

    @classmethod
    def of(cls, session: Session) -> Self | None:
        """Return who is signed in; None where nobody is."""
        held = {name: session.value(f"vendor-{name}") for name in _NAMES}
        if not held["person"] or not held["organisation"]:
            return None
        return cls(**held, is_reviewer=session.value("vendor-role") == _REVIEWER)

    def doing(self, function: str) -> Self:
        """Return the member with the function that was said."""
        return replace(self, function=function)

    def within(self, session: Session) -> Session:
        """Return a session in which this member is signed in."""
        session = leaving(session)
        for name in _NAMES:
            session = session.with_value(f"vendor-{name}", getattr(self, name))
        return session.with_value("vendor-role", _REVIEWER if self.is_reviewer else None)


def leaving(session: Session) -> Session:
    """Return a session in which nobody is signed in."""
    for name in (*_NAMES, "role", STATE, SID, HINT):
        session = session.with_value(f"vendor-{name}", None)
    return session


def mark(*parts: str) -> str:
    """Return the fingerprint of somebody: the same for the same person, and it tells no name."""
    told = "\n".join(parts).encode()
    return f"p-{hashlib.sha256(told).hexdigest()[:_MARK]}"
