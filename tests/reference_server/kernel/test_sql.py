"""What is written for SQLite says the same to PostgreSQL."""

import pytest

from reference_server.kernel.sql import for_postgres


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "SELECT a FROM t WHERE b = ? AND c IN (?, ?)",
            "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)",
        ),
        ("SELECT ?2, ?1, ?2", "SELECT $2, $1, $2"),
        ("SELECT '?', \"?\", ? -- why?\n", "SELECT '?', \"?\", $1 -- why?\n"),
        ("SELECT 'it''s ?' /* ? */ || ?", "SELECT 'it''s ?' /* ? */ || $1"),
        ("SELECT 'TEXT', 1 AS integer", "SELECT 'TEXT', 1 AS integer"),
        (
            "CREATE TABLE t (a TEXT PRIMARY KEY, b BLOB, c INTEGER) WITHOUT ROWID",
            'CREATE TABLE t (a TEXT COLLATE "C" PRIMARY KEY, b BYTEA, c BIGINT) ',
        ),
        (
            "-- TEXT of a comment\nCREATE TABLE t (a TEXT DEFAULT 'a TEXT')",
            "-- TEXT of a comment\nCREATE TABLE t (a TEXT COLLATE \"C\" DEFAULT 'a TEXT')",
        ),
        ("ALTER TABLE t ADD COLUMN a TEXT", 'ALTER TABLE t ADD COLUMN a TEXT COLLATE "C"'),
    ],
)
def test_a_statement_keeps_its_meaning(written: str, read: str) -> None:
    assert for_postgres(written).decode() == read
