"""Routes as data: a service's router is a list of them under one prefix; knows no service."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from starlette.responses import Response

from reference_server.kernel.call import Call, Environment
from reference_server.kernel.errors import Refusal
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.language import Voice
from reference_server.kernel.terms import Terms

W = TypeVar("W", bound=Environment)

DEFAULT_BODY_LIMIT = 8 * 1024 * 1024

Handler: TypeAlias = Callable[[Call[W]], Awaitable[Response]]
Renderer: TypeAlias = Callable[[Refusal, Voice], Response]
"""How a family of paths says no: (refusal, the caller's language and request id) → answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[W]):
    """One method on one path. `action` names it in the audit trail; unaudited when None.

    `path` is relative to the router's prefix: `/$submit-prescription`, `/Task/{id}/$reserve`.
    `terms` are the router's when None. `to_all`: also where a World requires client certificates,
    this is answered without one. `interaction` is what it does to personal data, where the method
    does not tell, and `categories` are those of the data (`kernel.call.Deed`).
    """

    method: str
    path: str
    handler: Handler[W]
    action: str | None = None
    body_limit: int = DEFAULT_BODY_LIMIT
    terms: Terms | None = None
    to_all: bool = False
    interaction: Interaction | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Router(Generic[W]):
    """A service's routes below `prefix` (`/fhir`), how its paths say no, and their usual terms.

    `speaks_xml`: bodies may be FHIR XML, too, and so is the answer where the caller asks for it.
    """

    prefix: str
    routes: tuple[Route[W], ...]
    render: Renderer
    terms: Terms
    speaks_xml: bool = False

    def is_near(self, path: str) -> bool:
        """Tell whether a path below the World lies under the prefix, also where nothing lives."""
        return path == self.prefix or path.startswith(f"{self.prefix}/")
