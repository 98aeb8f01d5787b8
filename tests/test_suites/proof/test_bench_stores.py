"""The benchmarks on a World of their own measure what they say: trail, directory, messages."""

from pathlib import Path

import pytest

from test_suites.proof.bench import audit, demographics, identity, providers
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


@pytest.mark.slow
def test_messages_are_measured_with_their_sender_in_a_process_of_its_own() -> None:
    figures = {each.name: each for each in identity.measure(seconds=0.3, pairs=1)}
    for name in ("A28, durable", "Q23", "Q22 by number"):
        assert figures[f"{name}, SQLite"].unit == "1/s"
        assert figures[f"{name}, SQLite"].median > 0
        assert figures[f"{name}, processor of the server, SQLite"].median > 0


@pytest.mark.slow
def test_servers_are_asked_about_an_index_that_was_there_before_and_stays_as_it_is(
    tmp_path: Path,
) -> None:
    def told(keep: str) -> set[str]:
        asked = demographics.measure(seconds=0.5, pairs=1, size=300, keep=keep)
        spoken = identity.measure(seconds=0.3, pairs=1, size=300, keep=keep)
        figures = {each.name: each.median for each in (*asked, *spoken)}
        assert min(figures.values()) > 0
        assert {"$match over https, 300 records", "Q23, SQLite, 300 records"} <= set(figures)
        return {name.partition(",")[0] for name in figures}

    assert "taking in" in told(str(tmp_path))
    file = tmp_path / "index-300.db"
    before = file.read_bytes()
    assert "taking in" not in told(str(tmp_path))
    assert file.read_bytes() == before
    assert "taking in" in told("")
