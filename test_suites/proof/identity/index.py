"""An index of identities in a store of its own, filled at once; knows no World and no HTTP."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from reference_server.kernel.migrations import migrate, read_migrations
from reference_server.kernel.store import PostgresUrl, SqliteStore, Store
from reference_server.services.patients.model.index import Domain, SourceRecord
from reference_server.services.patients.model.traits import Traits
from reference_server.services.patients.store.bulk import take_in
from reference_server.services.patients.store.domains import put_domain
from reference_server.world.world import migrations

DOMAIN = Domain(oid="urn:oid:1.3.182.3.1.1.1.2", name="evaluation", organisation="1", trust=50)
_AT = "2026-01-01T00:00:00.000000+00:00"
WORLD = "identity-evaluation"
_FEWEST = 10**9


@contextmanager
def open_index(database: Path | str | PostgresUrl, *, world: str = WORLD) -> Iterator[Store]:
    """Open an index with its tables; a path or `:memory:` is SQLite's.

    On PostgreSQL the schema is that of `world`.
    """
    store: Store
    if isinstance(database, PostgresUrl):
        from reference_server.kernel.postgres import PostgresStore  # noqa: PLC0415 - slow to import

        store = PostgresStore(database, world=world)
    else:
        store = SqliteStore(database)
    folder = files("reference_server.services.patients") / "sql"
    try:
        migrate(store, migrations(store.dialect))
        migrate(store, read_migrations("patients", folder, dialect=store.dialect))
        with store.write() as tx:
            put_domain(tx, DOMAIN)
        yield store
    finally:
        store.close()


def fill(store: Store, people: Iterable[Traits]) -> int:
    """Take people in, each a person of their own, numbered from 0 in order; return how many."""
    with store.write() as tx:
        return take_in(
            tx, (_record(number, traits) for number, traits in enumerate(people)), staged=True
        )


def person_of(number: int) -> str:
    """Return the MPI identifier that `fill` gives to who stands at a position."""
    return str(_FEWEST + number)


def number_of(person: str) -> int:
    """Return the number of who has an MPI identifier of `fill`."""
    return int(person) - _FEWEST


def _record(number: int, traits: Traits) -> SourceRecord:
    return SourceRecord(
        number=number + 1,
        domain=DOMAIN.oid,
        local_id=f"R-{number}",
        person=person_of(number),
        traits=traits,
        trust=DOMAIN.trust,
        revised_at=_AT,
    )
