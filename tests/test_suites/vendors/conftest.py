"""Fixtures of the vendor programs' tests: the outside world, and both programs as processes."""

from collections.abc import Iterator

import pytest

from tests.test_suites.vendors.client import Program, running_program
from tests.test_suites.vendors.peer import Peer, running_peer


@pytest.fixture
def peer() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


@pytest.fixture(scope="module")
def prescriber() -> Iterator[Program]:
    with running_program("prescriber") as program:
        yield program


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Program]:
    with running_program("laboratory") as program:
        yield program
