"""A running server for every module that wants one, and a World for every test."""

from collections.abc import Iterator

import pytest

from reference_server.world import World
from tests.reference_server.standing import Browser, Standing, System, standing_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with standing_server(tmp_path_factory.mktemp("tls")) as standing:
        yield standing


@pytest.fixture
def world(server: Standing) -> Iterator[World]:
    opened = server.open()
    yield opened
    server.registry.close(opened.name)


@pytest.fixture
def browser(server: Standing, world: World) -> Iterator[Browser]:
    person = Browser(world, server.trust())
    yield person
    person.http.close()


@pytest.fixture
def laboratory(server: Standing, world: World) -> Iterator[System]:
    system = System(world, server.trust(), server.keys["labo-nord-app"])
    yield system
    system.http.close()
