"""A World's content emptied, or copied to and from another schema of PostgreSQL; knows no service.

As `world.copies` does with files: in the transaction that is given, and without what makes a World
this one (its signing keys, the ledger of its schema, the tables that only grow).
"""

from collections.abc import Collection
from graphlib import TopologicalSorter

from reference_server.kernel.store import Transaction
from reference_server.world.copies import OWN, OtherSchemaError
from reference_server.world.world import TOKENS_NOT_BEFORE, World

_LEDGER = "schema_migration"


def empty(tx: Transaction, schema: str, *, kept: Collection[str]) -> None:
    """Take everything out of a World but its own and the `kept` tables."""
    for table in reversed(_copied(tx, schema, kept)):
        tx.execute(f'DELETE FROM "{schema}"."{table}"')  # noqa: S608 - names out of our own schema


def copy_out(tx: Transaction, schema: str, other: str, *, kept: Collection[str]) -> None:
    """Copy a World to a new schema, with the ledger that says which version its tables are of."""
    tx.execute(f'CREATE SCHEMA "{other}"')
    for table in (*_copied(tx, schema, kept), _LEDGER):
        tx.execute(f'CREATE TABLE "{other}"."{table}" (LIKE "{schema}"."{table}")')
        _fill(tx, table, source=schema, target=other)


def copy_in(
    world: World, tx: Transaction, schema: str, other: str, *, kept: Collection[str]
) -> None:
    """Put the content of another schema in the place of a World's; raises OtherSchemaError.

    The clock is the copy's afterwards. Tokens that had ceased to count still do not.
    """
    if _ledger(tx, schema) != _ledger(tx, other):
        raise OtherSchemaError
    not_before = world.tokens_not_before()
    empty(tx, schema, kept=kept)
    for table in _copied(tx, schema, kept):
        _fill(tx, table, source=other, target=schema)
    if not_before:
        world.state.raise_to(TOKENS_NOT_BEFORE, not_before, within=tx)


def drop(tx: Transaction, schema: str) -> None:
    """Forget a copy."""
    tx.execute(f'DROP SCHEMA "{schema}" CASCADE')


def size_of(tx: Transaction, schema: str) -> int:
    """Return how many bytes a schema takes."""
    row = tx.execute(
        "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) AS n FROM pg_class c"
        " JOIN pg_namespace s ON s.oid = c.relnamespace WHERE s.nspname = ? AND c.relkind = 'r'",
        (schema,),
    ).fetchone()
    return int(row["n"])


def ahead_of(tx: Transaction, schema: str) -> int:
    """Return how far the time of a World or copy is ahead, in microseconds."""
    row = tx.execute(
        f'SELECT value FROM "{schema}".world_state'  # noqa: S608 - a name out of our own schema
        " WHERE name = 'clock-offset-microseconds'"
    ).fetchone()
    return 0 if row is None else int(row["value"])


def _fill(tx: Transaction, table: str, *, source: str, target: str) -> None:
    rows = tx.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position",
        (source, table),
    ).fetchall()
    columns = ", ".join(f'"{row["column_name"]}"' for row in rows)
    tx.execute(
        f'INSERT INTO "{target}"."{table}" ({columns})'  # noqa: S608 - names out of our own schema
        f' SELECT {columns} FROM "{source}"."{table}"'
    )


def _copied(tx: Transaction, schema: str, kept: Collection[str]) -> tuple[str, ...]:
    """Return the tables in an order in which each comes after those that it refers to."""
    rows = tx.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = ? ORDER BY tablename", (schema,)
    ).fetchall()
    names = {row["tablename"] for row in rows} - OWN - set(kept)
    order = TopologicalSorter[str](dict.fromkeys(sorted(names), ()))
    refers = tx.execute(
        "SELECT c.relname AS one, f.relname AS other FROM pg_constraint k"
        " JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid"
        " JOIN pg_namespace s ON s.oid = c.relnamespace WHERE k.contype = 'f' AND s.nspname = ?",
        (schema,),
    ).fetchall()
    for row in refers:
        if row["one"] in names and row["other"] in names - {row["one"]}:
            order.add(row["one"], row["other"])
    return tuple(order.static_order())


def _ledger(tx: Transaction, schema: str) -> set[tuple[str, int, str]]:
    rows = tx.execute(
        f'SELECT owner, number, sha256 FROM "{schema}"."{_LEDGER}"'  # noqa: S608 - our own schema
    ).fetchall()
    return {(row["owner"], row["number"], row["sha256"]) for row in rows}
