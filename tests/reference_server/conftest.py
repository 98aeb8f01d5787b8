"""A running server for every module that wants one, and a World for every test."""

import os
from collections.abc import Iterator

import pytest

from reference_server.kernel.store import Database
from reference_server.world import World
from tests.reference_server.postgres import Cluster, cluster
from tests.reference_server.standing import Browser, Standing, System, standing_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Give a PostgreSQL server; skips where none can be had."""
    with cluster() as running:
        yield running


@pytest.fixture(scope="session")
def kept_in(request: pytest.FixtureRequest) -> Database:
    """Tell where Worlds are kept: in memory, or in PostgreSQL where EQUALIS_TEST_STORE says so."""
    if os.environ.get("EQUALIS_TEST_STORE") != "postgres":
        return None
    running: Cluster = request.getfixturevalue("postgres")
    return running.database()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, kept_in: Database) -> Iterator[Standing]:
    with standing_server(tmp_path_factory.mktemp("tls"), kept_in=kept_in) as standing:
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
