"""A World with a small synthetic directory, on either database."""

import asyncio
from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import pytest

from reference_server.app import WorldRegistry
from reference_server.kernel.store import Database
from reference_server.population import seed
from reference_server.population.directory import synthetic_directory
from reference_server.world import Settings
from tests.reference_server.postgres import Cluster
from tests.reference_server.providers.desk import Desk

SIZE = 60


@pytest.fixture(scope="module")
def registry() -> Iterator[WorldRegistry]:
    opened = WorldRegistry(origin="https://127.0.0.1:8443")
    yield opened
    opened.close_all()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="module", params=["memory", "postgres"])
def desk(
    request: pytest.FixtureRequest,
    runner: asyncio.Runner,
    registry: WorldRegistry,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    database: Database = None
    if request.param == "postgres":
        running: Cluster = request.getfixturevalue("postgres")
        database = running.database()
    world = registry.open(
        f"s-{uuid4().hex[:6]}",
        database=database,
        keys=tmp_path_factory.mktemp("keys") / "world.key",
        settings=Settings(newcomers=partial(synthetic_directory, SIZE)),
        seed=seed,
    )
    opened = Desk(runner, registry, world)
    yield opened
    runner.run(opened.http.aclose())
    registry.close(world.name)
