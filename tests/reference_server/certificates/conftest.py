"""One server for these tests, and a World of its own authority for each test."""

from collections.abc import Iterator

import httpx
import pytest

from reference_server.world import World
from tests.reference_server.standing import Standing, standing_server


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with standing_server(tmp_path_factory.mktemp("server")) as standing:
        yield standing


@pytest.fixture
def world(server: Standing) -> World:
    return server.open()


@pytest.fixture(scope="package")
def http(server: Standing) -> Iterator[httpx.Client]:
    with httpx.Client(verify=server.trust(), timeout=60) as client:
        yield client
