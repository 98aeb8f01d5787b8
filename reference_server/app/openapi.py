"""Declared routes as operations: their order, names and what OpenAPI says; answers nothing."""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from reference_server.app.schemas import schemas
from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import Terms
from reference_server.world import World

PREFIX = "/{world}"
TOKEN_SCHEME = "access-token"  # noqa: S105 - the name of a scheme
SECURITY_SCHEMES: Mapping[str, Mapping[str, str]] = {
    TOKEN_SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
}
_NAME = re.compile(r"\{([a-z_]+)(?::path)?\}")
_WORD = re.compile(r"[A-Za-z0-9]+")


class RouteConflictError(ValueError):
    """Two routes claim the same method and path: a mistake in the wiring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route in its router, under the title of its service."""

    title: str
    router: Router[World]
    route: Route[World]

    @property
    def path(self) -> str:
        """The path below the World."""
        return self.router.prefix + self.route.path

    @property
    def terms(self) -> Terms:
        """The route's own terms, else its router's."""
        return self.route.terms or self.router.terms

    @property
    def name(self) -> str:
        """Its action, else its handler's name; methods of one path may share it."""
        return self.route.action or self.route.handler.__name__.strip("_").replace("_", "-")

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring, else its name as words."""
        documented, _, _ = (inspect.getdoc(self.route.handler) or "").partition("\n")
        return documented.rstrip(".") or self.name.replace("-", " ").capitalize()


def in_order(titled: Iterable[tuple[str, Router[World]]]) -> tuple[Operation, ...]:
    """Return the operations of routers and their services' titles as they must be tried.

    Fixed paths come before those with `{names}`, for FastAPI takes the first that matches.
    Raises RouteConflictError.
    """
    operations = [
        Operation(title=title, router=router, route=route)
        for title, router in titled
        for route in router.routes
    ]
    claims = Counter((each.route.method, each.path) for each in operations)
    for (method, path), count in claims.items():
        if count > 1:
            raise RouteConflictError(f"{method} {path}")
    return tuple(sorted(operations, key=lambda each: bool(_NAME.search(each.path))))


def named(operations: tuple[Operation, ...]) -> dict[Operation, str]:
    """Return the operation id of each: its name, told apart by method or path where it must be."""
    names = Counter(each.name for each in operations)
    pairs = Counter((each.name, each.route.method) for each in operations)
    told = {}
    for each in operations:
        method = each.route.method.lower()
        if names[each.name] == 1:
            told[each] = each.name
        elif pairs[each.name, each.route.method] == 1:
            told[each] = f"{each.name}-{method}"
        else:
            told[each] = "-".join((method, *_WORD.findall(each.path)))
    return told


def components() -> dict[str, Any]:
    """Return what the operations refer to."""
    return {"securitySchemes": SECURITY_SCHEMES, "schemas": schemas().schemas}


def answers(operation: Operation) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI's responses: the answer, refusals by status, and any other refusal."""
    terms = operation.terms
    refusal = {"content": _content(terms.says_no, schemas().refusal)}
    told: dict[int | str, dict[str, Any]] = {terms.success: {"description": "Done"}}
    if terms.writes:
        written = partial(schemas().written, operation.name)
        told[terms.success]["content"] = _content(terms.writes, written)
    told.update(dict.fromkeys(sorted(terms.refusals), refusal))
    told["default"] = {"description": "Refused", **refusal}
    return told


def further(operation: Operation) -> dict[str, Any]:
    """Return what OpenAPI says of an operation that its function's signature does not."""
    terms = operation.terms
    told: dict[str, Any] = {"parameters": list(_parameters(operation))}
    if terms.reads and operation.route.method != "GET":
        read = partial(schemas().read, operation.name)
        told["requestBody"] = {"content": _content(terms.reads, read)}
    if terms.needs_token:
        told["security"] = [{TOKEN_SCHEME: []}]
    return told


def of_world(document: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    """Return the document of one World: its server, and paths relative to it."""
    paths = {
        path.removeprefix(PREFIX): {method: _without_world(told) for method, told in item.items()}
        for path, item in document["paths"].items()
    }
    return {**document, "servers": [{"url": base_url}], "paths": paths}


def _without_world(told: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [each for each in told["parameters"] if each["name"] != "world"]
    rest = {key: value for key, value in told.items() if key != "parameters"}
    return {**rest, "parameters": parameters} if parameters else rest


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in _NAME.findall(PREFIX + operation.path):
        schema = schemas().parameter(name)
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for name in operation.terms.query:
        yield {"name": name, "in": "query", "schema": schemas().parameter(name)}


def _content(
    media_types: tuple[str, ...], schema: Callable[[str], dict[str, Any]]
) -> dict[str, Any]:
    return {media_type: {"schema": schema(media_type)} for media_type in media_types}
