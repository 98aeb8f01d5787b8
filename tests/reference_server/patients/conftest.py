"""An index for every test."""

from collections.abc import Iterator

import pytest

from tests.reference_server.patients.index import Index


@pytest.fixture
def index() -> Iterator[Index]:
    opened = Index()
    yield opened
    opened.close()
