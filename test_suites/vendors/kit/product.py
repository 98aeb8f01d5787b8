"""The shape of a product under the driver contract; knows neither HTTP nor what acts do."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from test_suites.vendors.kit.desk import Desk, JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.settings import Settings


class Workplace(Protocol):
    """What a product keeps open for one session: connections, token, memory of its work."""

    def close(self) -> None:
        """Let go of connections and files."""


W = TypeVar("W", bound=Workplace)
P = TypeVar("P", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[W, P]):
    """One act a product can do: the parameters it takes, and the work itself."""

    parameters: type[P]
    perform: Callable[[W, P, Desk], JsonObject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing(Generic[W]):
    """How a product takes notices that a person signed out: which session's, and what it does."""

    is_for: Callable[[W, str], bool]
    hear: Callable[[W, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a product answers to a message that it is told: status, media type, content."""

    status: int
    media_type: str
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """How a product introduces itself."""

    product: str
    version: str
    vendor: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the running process lends to its sessions."""

    port: int
    stopping: threading.Event

    def pause(self, seconds: float) -> None:
        """Wait, unless the program is being stopped."""
        self.stopping.wait(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Generic[W]):
    """A product: what it is, how a session of it opens, what it can do."""

    about: About
    open: Callable[[Settings, Logbook, Surroundings], W]
    acts: Mapping[str, Kind[W, Any]]
    hears: Hearing[W] | None = None
    takes: Callable[[W, bytes], Reply] | None = None
    """How it takes what the national index tells of patients."""
