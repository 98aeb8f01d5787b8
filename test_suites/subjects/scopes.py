"""Whose work a client is registered for, told by its scopes; knows no file and no run."""

from collections.abc import Iterable, Mapping

SCOPES_OF: Mapping[str, frozenset[str]] = {
    "fhir-feed-source": frozenset({"mpi.read", "mpi.feed"}),
    "fhir-identity-consumer": frozenset({"mpi.read"}),
}
"""What the client of an actor may ask for, where an organisation has clients for several things."""


def actors_of(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return for whose work alone a client with these scopes is; empty: for any other."""
    return tuple(actor for actor, wanted in SCOPES_OF.items() if wanted == frozenset(scopes))
