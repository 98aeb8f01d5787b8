"""What every national service declares about itself; knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from reference_server.kernel.access import Permit
from reference_server.kernel.call import Environment
from reference_server.kernel.port import Port, Provision
from reference_server.kernel.route import Router

W = TypeVar("W", bound=Environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchParameter:
    """A search parameter of a resource; `type` is token, date, reference, string or number."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A FHIR operation, named without `$`, and the URL of its definition."""

    name: str
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCapability:
    """What a service offers on one resource type."""

    type: str
    interactions: tuple[str, ...] = ()
    search_parameters: tuple[SearchParameter, ...] = ()
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """A service's part of the CapabilityStatement."""

    resources: tuple[ResourceCapability, ...] = ()
    operations: tuple[Operation, ...] = ()
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Something a service tells about itself as a table: its rules, its refusals, its states.

    The cells of `worded` columns are message ids of the service's catalogue.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    worded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Generic[W]):
    """One national service: its name is its folder's, `provides` and `needs` are its ports.

    `describes` makes the tables lazily, for documentation. `permits` are its rows of the table of
    permissions, of which `kernel.access` decides. `elsewhere` are routers for what a
    standard wants to be found under other paths.
    """

    name: str
    title: str
    router: Router[W] | None = None
    elsewhere: tuple[Router[W], ...] = ()
    capability: Capability | None = None
    provides: tuple[Provision[W], ...] = ()
    needs: tuple[Port[Any], ...] = ()
    describes: Callable[[], tuple[Table, ...]] | None = None
    permits: tuple[Permit, ...] = ()

    @property
    def routers(self) -> tuple[Router[W], ...]:
        """All its routers, its own first."""
        return self.elsewhere if self.router is None else (self.router, *self.elsewhere)
