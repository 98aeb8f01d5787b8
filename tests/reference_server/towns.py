"""Fixtures of a World with everybody in it, asked in the process itself."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from reference_server.app import WorldRegistry
from reference_server.kernel.store import Database
from reference_server.population import seed
from tests.reference_server.prescriptions.town import Town


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="module")
def registry() -> Iterator[WorldRegistry]:
    opened = WorldRegistry(origin="https://127.0.0.1:8443")
    yield opened
    opened.close_all()


@pytest.fixture
def town(
    runner: asyncio.Runner, registry: WorldRegistry, kept_in: Database, tmp_path: Path
) -> Iterator[Town]:
    name = f"s-{uuid4().hex[:6]}"
    registry.open(name, database=kept_in, seed=seed, keys=tmp_path / "world.key")
    opened = Town(runner, registry, name)
    yield opened
    runner.run(opened.http.aclose())
    registry.close(name)
