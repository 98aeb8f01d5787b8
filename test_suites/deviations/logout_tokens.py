"""Logout tokens that a client must not believe, made from right ones; knows no HTTP."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from scenarios.tricks import LogoutNotice
from test_suites.deviations.id_tokens import OTHER_CLIENT, OTHER_NONCE, claims_of, unsigned
from test_suites.deviations.workshop import Workshop

KIND: Final = "logout+jwt"
Make: TypeAlias = Callable[[str, Workshop], str]
"""Makes a false logout token from a right one; the workshop's kind is `logout+jwt`."""


def _claiming(change: Callable[[dict[str, object]], Mapping[str, object]]) -> Make:
    """Have the provider's own key sign other claims."""
    return lambda token, workshop: workshop.signed(change(claims_of(token)), workshop.signing())


def _under_right_kid(token: str, workshop: Workshop) -> str:
    header = {"kid": workshop.signing().kid}
    return workshop.signed(claims_of(token), workshop.stranger, header=header)


def _without_events(claims: dict[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in claims.items() if name != "events"}


MAKES: Final[Mapping[LogoutNotice, Make]] = {
    LogoutNotice.UNSIGNED: unsigned,
    LogoutNotice.FOREIGN_KEY: _under_right_kid,
    LogoutNotice.AUDIENCE_OTHER: _claiming(lambda claims: {**claims, "aud": OTHER_CLIENT}),
    LogoutNotice.WITH_NONCE: _claiming(lambda claims: {**claims, "nonce": OTHER_NONCE}),
    LogoutNotice.WITHOUT_EVENTS: _claiming(_without_events),
}
