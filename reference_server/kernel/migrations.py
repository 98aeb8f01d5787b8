"""Numbered SQL files brought into a store in order, each once; knows no service's table.

A file is for both databases (`kernel.sql`), unless PostgreSQL has a twin of it beside.
"""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import Store, Transaction

_FILE_NAME = re.compile(r"(\d{3})_[a-z0-9_]+\.sql")
_TWIN = ".postgres.sql"
_LEDGER = """CREATE TABLE IF NOT EXISTS schema_migration (
    owner TEXT NOT NULL, number INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (owner, number)) WITHOUT ROWID"""


class MigrationError(Exception):
    """A file has a wrong name, or a migration already applied was changed afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file of one owner (a service's name, or `world`)."""

    owner: str
    number: int
    statements: tuple[str, ...]
    sha256: str


def read_migrations(
    owner: str, folder: Traversable, *, dialect: Dialect = Dialect.SQLITE
) -> tuple[Migration, ...]:
    """Read `001_name.sql`, `002_name.sql` … of a folder; a missing folder holds none.

    For PostgreSQL `001_name.postgres.sql` stands in the place of `001_name.sql` where it exists.
    """
    if not folder.is_dir():
        return ()
    found = {item.name: item for item in folder.iterdir() if item.name.endswith(".sql")}
    twins = {name: found.pop(name) for name in tuple(found) if name.endswith(_TWIN)}
    for name in twins:
        if name.removesuffix(_TWIN) + ".sql" not in found:
            raise MigrationError(f"{owner}: {name} is the twin of no file")
    return tuple(
        _read(owner, position, found[name], _twin(twins, name, dialect))
        for position, name in enumerate(sorted(found), start=1)
    )


def migrate(store: Store, migrations: Sequence[Migration]) -> None:
    """Apply what the store does not have yet, in one transaction."""
    with store.write() as tx:
        tx.execute(_LEDGER)
        applied = {
            (row["owner"], row["number"]): row["sha256"]
            for row in tx.execute("SELECT owner, number, sha256 FROM schema_migration")
        }
        for migration in migrations:
            known = applied.get((migration.owner, migration.number))
            if known is None:
                _apply(tx, migration)
            elif known != migration.sha256:
                raise MigrationError(f"{migration.owner} {migration.number:03} was changed")


def _apply(tx: Transaction, migration: Migration) -> None:
    for statement in migration.statements:
        tx.execute(statement)
    tx.execute(
        "INSERT INTO schema_migration (owner, number, sha256) VALUES (?, ?, ?)",
        (migration.owner, migration.number, migration.sha256),
    )


def _twin(twins: Mapping[str, Traversable], name: str, dialect: Dialect) -> Traversable | None:
    if dialect is not Dialect.POSTGRES:
        return None
    return twins.get(name.removesuffix(".sql") + _TWIN)


def _read(owner: str, position: int, file: Traversable, twin: Traversable | None) -> Migration:
    matched = _FILE_NAME.fullmatch(file.name)
    if matched is None or int(matched[1]) != position:
        raise MigrationError(f"{owner}: {file.name} is not number {position:03} in its row")
    text = (twin or file).read_text(encoding="utf-8")
    is_complete = sqlite3.complete_statement if twin is None else _is_complete
    return Migration(
        owner=owner,
        number=position,
        statements=tuple(_statements(text, is_complete)),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def _is_complete(statement: str) -> bool:
    """Tell whether a statement for PostgreSQL ends here: not inside a function's body."""
    return statement.rstrip().endswith(";") and not statement.count("$$") % 2


def _statements(text: str, is_complete: Callable[[str], bool]) -> Iterator[str]:
    """Split a script: executescript would commit the transaction around it."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if is_complete(statement):
            yield statement.strip()
            statement = ""
    if statement.strip():
        raise MigrationError(f"unfinished statement: {statement.strip()[:60]}")
