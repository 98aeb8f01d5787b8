"""What is audited is data about people: documentation, terminology and metadata are not."""

import pytest

from reference_server.app.wiring import SERVICES
from reference_server.kernel.service import Service
from reference_server.world import World

OPEN = ("documentation", "terminology", "validation")
BY_NAME = {service.name: service for service in SERVICES}


def actions(service: Service[World]) -> set[str]:
    return {route.action for one in service.routers for route in one.routes if route.action}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_told_to_everybody_leaves_no_trace(name: str) -> None:
    assert not actions(BY_NAME[name])


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - set(OPEN)))
def test_every_other_service_names_its_acts(name: str) -> None:
    assert actions(BY_NAME[name])


def test_whatever_needs_a_permission_is_audited() -> None:
    for service in SERVICES:
        assert {permit.operation for permit in service.permits} <= actions(service), service.name
