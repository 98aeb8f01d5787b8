"""One SQL for two databases: what is written for SQLite as PostgreSQL reads it; knows no table.

Services write SQL that both understand (`ON CONFLICT`, `CASE`, `count(*)`; no `INSERT OR REPLACE`,
no scalar `max`), with `?` or `?1` for parameters. Five words of a table's definition differ, and
are put in their place here. Whatever differs more has a twin, `001_name.postgres.sql`.
"""

import re
from enum import StrEnum
from functools import lru_cache

_STATEMENTS = 4096


class Dialect(StrEnum):
    """Which database a store speaks to."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


# What is quoted, a comment, or a function's body stays as it is.
_LEFT_ALONE = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$\$.*?\$\$"
_TOKEN = re.compile(rf"(?P<alone>{_LEFT_ALONE})|\?(?P<number>\d*)", re.DOTALL)
_DEFINES = re.compile(r"(?:\s|--[^\n]*\n)*(?:CREATE\s+TABLE|ALTER\s+TABLE)\b", re.IGNORECASE)
_WORD = re.compile(
    rf"(?P<alone>{_LEFT_ALONE})|(?P<word>\b(?:WITHOUT\s+ROWID|BLOB|INTEGER|REAL|TEXT)\b)",
    re.DOTALL | re.IGNORECASE,
)
# Text is compared byte by byte, as SQLite does: times as text sort as times. 64 bits a number.
_WORDS = {
    "WITHOUT ROWID": "",
    "BLOB": "BYTEA",
    "INTEGER": "BIGINT",
    "REAL": "DOUBLE PRECISION",
    "TEXT": 'TEXT COLLATE "C"',
}


@lru_cache(maxsize=_STATEMENTS)
def for_postgres(sql: str) -> bytes:
    """Return a statement with `$1` for its parameters and PostgreSQL's words for types."""
    if _DEFINES.match(sql):
        sql = _WORD.sub(_typed, sql)
    seen = 0

    def marked(found: re.Match[str]) -> str:
        nonlocal seen
        if found["alone"] is not None:
            return found["alone"]
        seen = int(found["number"]) if found["number"] else seen + 1
        return f"${seen}"

    return _TOKEN.sub(marked, sql).encode()


def _typed(found: re.Match[str]) -> str:
    if found["alone"] is not None:
        return found["alone"]
    return _WORDS[" ".join(found["word"].upper().split())]
