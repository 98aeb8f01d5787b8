"""Relying parties for the tests of the identity provider."""

from collections.abc import Iterator

import pytest

from reference_server.world import World
from tests.reference_server.standing import Standing
from tests.reference_server.trust.rp import Rp, confidential_rp, new_rp, open_complete_account


@pytest.fixture
def rp(server: Standing, world: World) -> Iterator[Rp]:
    """A public client, and a person about whom everything can be told."""
    open_complete_account(world)
    party = new_rp(world, server.trust())
    yield party
    party.http.close()


@pytest.fixture
def rp_server(server: Standing, world: World) -> Iterator[Rp]:
    """A confidential client."""
    party = confidential_rp(world, server.trust())
    yield party
    party.http.close()
