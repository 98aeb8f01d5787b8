"""Who calls and what the token lets them do; knows neither token formats nor services."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from reference_server.kernel.errors import RoleNotAllowed, ScopeInsufficient


class Role(StrEnum):
    """In which capacity a caller stands before the national services."""

    PRESCRIBER = "prescriber"
    LABORATORY = "laboratory"
    PHARMACY = "pharmacy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated caller, as the access token tells.

    `organization` is the CNS provider code (8 digits); `ehealth_id` and `profession` are None for
    systems. `correlation` is the request id.
    """

    subject: str
    client_id: str
    role: str
    organization: str
    ehealth_id: str | None
    profession: str | None
    scopes: frozenset[str]
    token_id: str
    correlation: str


def require(caller: Caller, *, scope: str, roles: Collection[str]) -> None:
    """Raise ScopeInsufficient or RoleNotAllowed unless the caller holds both."""
    if scope not in caller.scopes:
        raise ScopeInsufficient(scope=scope)
    if caller.role not in roles:
        raise RoleNotAllowed(role=caller.role)
