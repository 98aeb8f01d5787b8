"""Routes as data: a service's router is a list of them under one prefix; knows no service."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from starlette.responses import Response

from reference_server.kernel.call import Call, Environment
from reference_server.kernel.errors import MethodNotAllowed, OperationUnknown, Refusal
from reference_server.kernel.language import Voice

W = TypeVar("W", bound=Environment)

DEFAULT_BODY_LIMIT = 8 * 1024 * 1024

Handler: TypeAlias = Callable[[Call[W]], Awaitable[Response]]
Renderer: TypeAlias = Callable[[Refusal, Voice], Response]
"""How a family of paths says no: (refusal, the caller's language) → answer."""

_NAME = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[W]):
    """One method on one path. `action` names it in the audit trail; unaudited when None.

    `path` is relative to the router's prefix: `/$submit-prescription`, `/Task/{id}/$reserve`.
    """

    method: str
    path: str
    handler: Handler[W]
    action: str | None = None
    body_limit: int = DEFAULT_BODY_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Router(Generic[W]):
    """A service's routes below `prefix` (`/fhir`), and how its paths say no."""

    prefix: str
    routes: tuple[Route[W], ...]
    render: Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Generic[W]):
    """A route found for a request, with the values of its `{names}`."""

    route: Route[W]
    render: Renderer
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Shape(Generic[W]):
    """All methods of one path with names in it."""

    pattern: re.Pattern[str]
    methods: dict[str, Match[W]] = field(default_factory=dict)


class RouteConflictError(ValueError):
    """Two routes claim the same method and path: a mistake in the wiring."""


class RouteTable(Generic[W]):
    """Every route of a server, found by path and method."""

    def __init__(self, routers: tuple[Router[W], ...]) -> None:
        self._fixed: dict[str, dict[str, Match[W]]] = {}
        self._shapes: dict[str, _Shape[W]] = {}
        self._renderers = {router.prefix: router.render for router in routers}
        for router in routers:
            for route in router.routes:
                self._add(router, route)

    def _add(self, router: Router[W], route: Route[W]) -> None:
        path = router.prefix + route.path
        if _NAME.search(path):
            shape = self._shapes.setdefault(path, _Shape(_pattern(path)))
            methods = shape.methods
        else:
            methods = self._fixed.setdefault(path, {})
        if route.method in methods:
            raise RouteConflictError(f"{route.method} {path}")
        methods[route.method] = Match(route=route, render=router.render, values={})

    def find(self, method: str, path: str) -> Match[W]:
        """Return the route; raises OperationUnknown or MethodNotAllowed."""
        methods = self._fixed.get(path)
        if methods is not None:
            return _of(methods, method)
        for shape in self._shapes.values():
            matched = shape.pattern.fullmatch(path)
            if matched is not None:
                found = _of(shape.methods, method)
                return Match(route=found.route, render=found.render, values=matched.groupdict())
        raise OperationUnknown(path=path)

    def renderer(self, path: str) -> Renderer | None:
        """Return how paths in this neighbourhood say no, also where no route lives."""
        prefixes = (
            prefix for prefix in self._renderers if path == prefix or path.startswith(f"{prefix}/")
        )
        longest = max(prefixes, key=len, default=None)
        return None if longest is None else self._renderers[longest]


def _of(methods: Mapping[str, Match[W]], method: str) -> Match[W]:
    found = methods.get(method) or (methods.get("GET") if method == "HEAD" else None)
    if found is None:
        raise MethodNotAllowed(method=method, allow=", ".join(sorted(methods)))
    return found


def _pattern(path: str) -> re.Pattern[str]:
    parts = _NAME.split(path)
    literal = [re.escape(part) for part in parts[::2]]
    names = [f"(?P<{name}>[^/]+)" for name in parts[1::2]]
    pairs = zip(literal, [*names, ""], strict=True)
    return re.compile("".join(text + name for text, name in pairs))
