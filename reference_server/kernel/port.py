"""Typed names under which services offer something to each other; knows no service."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Port(Generic[T]):
    """The name of something one service provides and others need."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision(Generic[W]):
    """How a service makes what it provides. Made on first use, once a World.

    `per_process`: made once for all Worlds of a server process (then `make` gets no World) and
    closed with the server through its `close()` method: a pool of workers, for instance.
    """

    port: Port[Any]
    make: Callable[[W], object] | None = None
    make_shared: Callable[[], object] | None = None


def provide(port: Port[T], make: Callable[[W], T]) -> Provision[W]:
    """Provide `port` once a World."""
    return Provision(port=port, make=make)


def provide_shared(port: Port[T], make: Callable[[], T]) -> Provision[Any]:
    """Provide `port` once a server process; it is closed with the server if it has `close()`."""
    return Provision(port=port, make_shared=make)


class PortMissingError(LookupError):
    """A service asks for a port that nobody provides: a mistake in the wiring."""


class Ports(Generic[W]):
    """What is offered in one World; `parent` holds what the whole process shares."""

    def __init__(
        self, makers: dict[Port[Any], Callable[[], object]], *, parent: "Ports[W] | None" = None
    ) -> None:
        self._makers = makers
        self._made: dict[Port[Any], object] = {}
        self._parent = parent

    def get(self, port: Port[T]) -> T:
        """Return what is provided under this name; PortMissingError when nobody does."""
        made = self._made.get(port)
        if made is None:
            made = self._make(port)
        return cast("T", made)

    def _make(self, port: Port[T]) -> object:
        maker = self._makers.get(port)
        if maker is not None:
            return self._made.setdefault(port, maker())
        if self._parent is None:
            raise PortMissingError(port.name)
        return self._parent.get(port)

    def close(self) -> None:
        """Close what was made and can be closed."""
        for made in self._made.values():
            close = getattr(made, "close", None)
            if callable(close):
                close()
        self._made.clear()
