"""Finds the route of a request at once, however many there are; answers nothing itself."""

from collections.abc import Iterable
from typing import Any, Protocol

from starlette.types import ASGIApp, Scope

Place = tuple[str, int]


class Served(Protocol):
    """What is asked of a route: Starlette's own, with an app that answers."""

    path: str
    methods: set[str] | None
    path_regex: Any
    param_convertors: dict[str, Any]
    app: ASGIApp


class RouteTable:
    """Owns the routes by method and by how many parts their paths have, in their own order.

    Starlette asks one route after the other: with hundreds of them that costs more than answering.
    """

    def __init__(self, routes: Iterable[Served]) -> None:
        self._routes: dict[Place, list[tuple[int, Served]]] = {}
        self._wide: dict[str, list[tuple[int, Served]]] = {}
        self._exact: dict[tuple[str, str], tuple[int, Served]] = {}
        self._ordered: dict[Place, list[tuple[int, Served]]] = {}
        for order, route in enumerate(routes):
            for method in route.methods or ():
                self._add(method, order, route)

    def _add(self, method: str, order: int, route: Served) -> None:
        _, world, below = route.path.partition("/{world}")
        if ":path}" in route.path:
            self._wide.setdefault(method, []).append((order, route))
        elif world and "{" not in below:
            self._exact.setdefault((method, below), (order, route))
        else:
            place = (method, route.path.count("/"))
            self._routes.setdefault(place, []).append((order, route))

    def find(self, scope: Scope) -> tuple[Served, dict[str, Any]] | None:
        """Return the first route that answers a request, and the values of its path's names."""
        method, path = scope["method"], scope["path"]
        _, _, rest = path.removeprefix("/").partition("/")
        exact = self._exact.get((method, f"/{rest}"))
        for order, route in self._with_names(method, path.count("/")):
            if exact is not None and exact[0] < order:
                hit = _hit(exact[1], path)
                if hit is not None:
                    return hit
                exact = None
            hit = _hit(route, path)
            if hit is not None:
                return hit
        return None if exact is None else _hit(exact[1], path)

    def _with_names(self, method: str, parts: int) -> list[tuple[int, Served]]:
        """Return the routes whose paths have names that may fit, put in order once."""
        place = (method, parts) if (method, parts) in self._routes else (method, 0)
        found = self._ordered.get(place)
        if found is None:
            both = (*self._routes.get(place, ()), *self._wide.get(method, ()))
            found = self._ordered[place] = sorted(both, key=lambda each: each[0])
        return found


def _hit(route: Served, path: str) -> tuple[Served, dict[str, Any]] | None:
    found = route.path_regex.match(path)
    return None if found is None else (route, _values(route, found.groupdict()))


def _values(route: Served, texts: dict[str, str]) -> dict[str, Any]:
    return {name: route.param_convertors[name].convert(text) for name, text in texts.items()}
