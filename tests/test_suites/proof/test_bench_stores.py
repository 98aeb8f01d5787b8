"""The benchmarks of audit trail and directory measure what they say, on a World of their own."""

import pytest

from test_suites.proof.bench import audit, providers
from test_suites.proof.bench.stores import DATABASE
from tests.reference_server.postgres import cluster


@pytest.mark.slow
def test_both_databases_are_measured_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with cluster() as running:
        monkeypatch.setenv(DATABASE, running.database().text)
        figures = [*audit.measure(seconds=0.2, pairs=1), *providers.measure(seconds=0.2, pairs=1)]
    assert all(figure.median > 0 for figure in figures)
    stores = [figure.name.rpartition(", ")[2] for figure in figures]
    assert stores.count("SQLite") == stores.count("PostgreSQL") == len(figures) // 2
