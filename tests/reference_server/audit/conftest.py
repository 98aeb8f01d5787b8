"""A World with everybody in it, for the tests of its audit trail."""

import pytest

from tests.reference_server.audit.office import Office
from tests.reference_server.prescriptions.town import Town
from tests.reference_server.towns import registry, runner, town

__all__ = ["registry", "runner", "town"]


@pytest.fixture
def office(town: Town) -> Office:
    return Office(town)
