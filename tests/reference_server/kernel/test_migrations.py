"""Migrations are applied in order, each once, and never changed afterwards."""

from pathlib import Path

import pytest

from reference_server.kernel.migrations import MigrationError, migrate, read_migrations
from reference_server.kernel.store import SqliteStore


def test_files_are_applied_in_order_and_once(tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "001_make.sql").write_text("CREATE TABLE t (a TEXT);\n", encoding="utf-8")
    (folder / "002_fill.sql").write_text(
        "-- a comment; with a semicolon\nINSERT INTO t VALUES ('x;y');\n"
        "INSERT INTO t\nVALUES ('z');\n",
        encoding="utf-8",
    )
    store = SqliteStore(":memory:")
    for _ in range(2):
        migrate(store, read_migrations("thing", folder))
    with store.read() as tx:
        assert [row["a"] for row in tx.execute("SELECT a FROM t")] == ["x;y", "z"]
    store.close()


def test_triggers_survive_splitting(tmp_path: Path) -> None:
    (tmp_path / "001_t.sql").write_text(
        "CREATE TABLE t (a TEXT);\n"
        "CREATE TRIGGER g BEFORE DELETE ON t\nBEGIN\n    SELECT raise(ABORT, 'no');\nEND;\n",
        encoding="utf-8",
    )
    (migration,) = read_migrations("thing", tmp_path)
    assert len(migration.statements) == 2


def test_a_migration_changed_afterwards_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "001_t.sql"
    file.write_text("CREATE TABLE t (a TEXT);\n", encoding="utf-8")
    store = SqliteStore(":memory:")
    migrate(store, read_migrations("thing", tmp_path))
    file.write_text("CREATE TABLE t (b TEXT);\n", encoding="utf-8")
    with pytest.raises(MigrationError, match="thing 001"):
        migrate(store, read_migrations("thing", tmp_path))
    store.close()


def test_a_migration_that_fails_leaves_nothing_of_its_row(tmp_path: Path) -> None:
    (tmp_path / "001_t.sql").write_text("CREATE TABLE t (a TEXT);\n", encoding="utf-8")
    (tmp_path / "002_u.sql").write_text("CREATE TABLE t (a TEXT);\n", encoding="utf-8")
    store = SqliteStore(":memory:")
    with pytest.raises(Exception, match="already exists"):
        migrate(store, read_migrations("thing", tmp_path))
    with store.read() as tx:
        assert tx.execute("SELECT name FROM sqlite_master").fetchall() == []
    store.close()


@pytest.mark.parametrize("names", [("002_t",), ("001_t", "003_u"), ("1_t",), ("001_T",)])
def test_gaps_and_other_names_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (tmp_path / f"{name}.sql").write_text("SELECT 1;\n", encoding="utf-8")
    with pytest.raises(MigrationError, match="thing"):
        read_migrations("thing", tmp_path)


def test_an_unfinished_statement_is_refused(tmp_path: Path) -> None:
    (tmp_path / "001_t.sql").write_text("CREATE TABLE t (a TEXT)", encoding="utf-8")
    with pytest.raises(MigrationError, match="unfinished"):
        read_migrations("thing", tmp_path)


def test_no_folder_is_no_migration(tmp_path: Path) -> None:
    assert read_migrations("thing", tmp_path / "nowhere") == ()
