"""How services hear that two identities became one, or again two; knows no service.

A service that keeps something under a patient's number follows the index: it provides a follower
under a port of its own, named in `FOLLOWERS`, and is called inside the transaction that merges.
"""

from dataclasses import dataclass
from typing import Protocol

from reference_server.kernel.port import Port
from reference_server.kernel.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange:
    """One merge. `number` is its own: undoing it names the same.

    `replaced` and `kept` are MPI identifiers. `matricules` are those that were the replaced
    person's, `matricule` is the kept person's preferred one (None where none is known).
    """

    number: int
    replaced: str
    kept: str
    matricules: tuple[str, ...]
    matricule: str | None


class IdentityFollower(Protocol):
    """A service that re-points what it keeps. Both calls must be exact opposites."""

    def merged(self, tx: Transaction, change: IdentityChange) -> None:
        """Point everything of the replaced person to the kept one, and remember what moved."""

    def unmerged(self, tx: Transaction, change: IdentityChange) -> None:
        """Point everything that this very change moved back to where it was."""


PRESCRIPTIONS_FOLLOW: Port[IdentityFollower] = Port("prescriptions-follow-identity")
FOLLOWERS: tuple[Port[IdentityFollower], ...] = (PRESCRIPTIONS_FOLLOW,)
"""Whoever follows; a service that keeps data under a patient's number adds its port here."""
