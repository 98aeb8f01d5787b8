"""Routes are found by path and method; two that collide are a mistake in the wiring."""

import pytest
from starlette.responses import Response

from reference_server.kernel.errors import MethodNotAllowed, OperationUnknown
from reference_server.kernel.outcome import fhir_refusal
from reference_server.kernel.route import Route, RouteConflictError, Router, RouteTable
from reference_server.world import Call, World


async def answer(_call: Call) -> Response:
    return Response(b"")


def route(method: str, path: str) -> Route[World]:
    return Route(method=method, path=path, handler=answer)


def router(*routes: Route[World], prefix: str = "/fhir") -> Router[World]:
    return Router(prefix=prefix, routes=routes, render=fhir_refusal)


TABLE = RouteTable(
    (
        router(
            route("GET", "/Task"),
            route("GET", "/Task/{id}"),
            route("POST", "/Task/{id}/$reserve"),
            route("POST", "/$submit-prescription"),
        ),
    )
)


def test_names_in_a_path_are_given_their_values() -> None:
    assert TABLE.find("POST", "/fhir/Task/a-1/$reserve").values == {"id": "a-1"}
    assert TABLE.find("GET", "/fhir/Task").values == {}
    assert TABLE.find("HEAD", "/fhir/Task/7").route.method == "GET"


@pytest.mark.parametrize("path", ["/fhir/Task/", "/fhir/Task/a/b", "/Task", ""])
def test_other_paths_are_unknown(path: str) -> None:
    with pytest.raises(OperationUnknown):
        TABLE.find("GET", path)


def test_another_method_is_told_which_are_allowed() -> None:
    with pytest.raises(MethodNotAllowed) as raised:
        TABLE.find("DELETE", "/fhir/Task/7")
    assert raised.value.headers == {"Allow": "GET"}


def test_the_longest_prefix_says_how_to_say_no() -> None:
    table = RouteTable((router(prefix="/fhir"), router(prefix="")))
    assert table.renderer("/fhir/Nothing") is fhir_refusal
    assert RouteTable((router(prefix="/fhir"),)).renderer("/fhirish") is None


def test_a_collision_is_a_mistake() -> None:
    twice = router(route("GET", "/Task"))
    with pytest.raises(RouteConflictError, match="GET /fhir/Task"):
        RouteTable((twice, twice))
