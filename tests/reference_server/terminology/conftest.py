"""Somebody who asks about codes, in a World of their own."""

from collections.abc import Iterator

import pytest

from reference_server.world import World
from tests.reference_server.standing import Standing
from tests.reference_server.terminology.asking import Asker


@pytest.fixture
def asker(server: Standing, world: World) -> Iterator[Asker]:
    somebody = Asker(server, world)
    yield somebody
    somebody.http.close()
