"""What can be done with the Worlds of a PostgreSQL database: a schema each, a snapshot one, too.

The same deeds as with files (`folder`), each one transaction, under the lock that a World's only
writer holds; a server that runs on the same database sees all of it or nothing.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from reference_server.app.copies.folder import (
    KEPT,
    ORIGIN,
    Listed,
    WorldFault,
    advance,
    let_everybody_in,
    purge,
    record_deed,
    system_keys,
    turn,
)
from reference_server.app.worlds import is_slug, open_store, open_world, settings_of
from reference_server.kernel.migrations import MigrationError
from reference_server.kernel.postgres import schema_of, schemas_in
from reference_server.kernel.store import PATIENCE, PostgresUrl, StoreError
from reference_server.population import fill, load
from reference_server.world import World, schemas
from reference_server.world.copies import OtherSchemaError

_WORLD, _SNAPSHOT = "world_", "snapshot_"
_LONGEST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldsIn:
    """Owns the Worlds of a database; `path` is the folder with the keys of systems and seals.

    `patience` is how long, in seconds, another writer is waited for. Everything raises WorldFault;
    no sentence ever holds the URL, which has a password in it.
    """

    url: PostgresUrl
    path: Path
    patience: float = PATIENCE

    def worlds(self) -> tuple[Listed, ...]:
        """Return the Worlds by name."""
        return self._listed(_WORLD)

    def snapshots(self) -> tuple[Listed, ...]:
        """Return the snapshots by name; any of them fits any World of the database."""
        return self._listed(_SNAPSHOT)

    def create(self, name: str) -> None:
        """Make another World, with everybody in it."""
        if self._has(schema_of(_held(name))):
            raise WorldFault("taken", name=name)
        self.path.mkdir(parents=True, exist_ok=True)
        keys = system_keys(self.path)
        with self._world(name) as world, world.store.write() as tx:
            fill(world, tx, load(), keys=keys)
            record_deed(world, tx, "create-world")

    def reset(self, name: str) -> None:
        """Take everything out of a World and let everybody in anew; its keys stay."""
        with self._opened(name) as world:
            keys = system_keys(self.path)
            with world.store.write() as tx:
                schemas.empty(tx, schema_of(name), kept=KEPT)
                let_everybody_in(world, tx, keys)

    def snapshot(self, name: str, snapshot: str) -> None:
        """Keep what a World holds now under a free name."""
        other = _SNAPSHOT + _held(snapshot)
        if self._has(other):
            raise WorldFault("snapshot-taken", name=snapshot)
        with self._opened(name) as world, world.store.write() as tx:
            schemas.copy_out(tx, schema_of(name), other, kept=KEPT)
            record_deed(world, tx, "snapshot-world", snapshot)

    def restore(self, name: str, snapshot: str) -> None:
        """Put what a snapshot holds in the place of what a World holds; its time is the copy's."""
        other = _SNAPSHOT + _held(snapshot)
        if not self._has(other):
            raise WorldFault("no-snapshot", name=snapshot, folder="PostgreSQL")
        with self._opened(name) as world:
            try:
                with world.store.write() as tx:
                    schemas.copy_in(world, tx, schema_of(name), other, kept=KEPT)
                    record_deed(world, tx, "restore-world", snapshot)
            except OtherSchemaError:
                raise WorldFault("other-schema", name=snapshot) from None

    def advance_clock(self, name: str, by: timedelta) -> timedelta:
        """Let time pass in a World; return how far it is ahead now."""
        with self._opened(name) as world:
            return advance(world, by)

    def purge_audit(self, name: str, *, keep: Mapping[str, int] | None = None) -> int:
        """Let go of the audit events that the rule keeps no longer; return how many."""
        with self._opened(name) as world:
            return purge(world, keep or {})

    def turn_keys(self, name: str) -> tuple[str, ...]:
        """Let new keys sign tokens, ten minutes after they are told; return their ids."""
        with self._opened(name) as world:
            return turn(world)

    @contextmanager
    def _opened(self, name: str) -> Iterator[World]:
        if not self._has(schema_of(_held(name))):
            raise WorldFault("no-world", name=name, folder="PostgreSQL")
        with self._world(name) as world:
            yield world

    @contextmanager
    def _world(self, name: str) -> Iterator[World]:
        """Open a World; whatever the database says becomes a sentence."""
        try:
            world = open_world(
                name,
                origin=ORIGIN,
                database=self.url,
                settings=settings_of(name),
                patience=self.patience,
                keys=self.path / f"{name}.db.key",
            )
            with closing(world):
                yield world
        except MigrationError:
            raise WorldFault("other-version", name=name) from None
        except StoreError as error:
            raise _fault_of(error, name) from None

    def _has(self, schema: str) -> bool:
        return schema in self._named(schema)

    def _named(self, prefix: str) -> tuple[str, ...]:
        try:
            return schemas_in(self.url, prefix=prefix)
        except StoreError as error:
            raise _fault_of(error, prefix) from None

    def _listed(self, prefix: str) -> tuple[Listed, ...]:
        found = self._named(prefix)
        if not found:
            return ()
        first = next(iter(self._named(_WORLD)), found[0]).removeprefix(_WORLD)
        try:
            store = open_store(first, database=self.url, patience=self.patience)
            with closing(store), store.read() as tx:
                return tuple(
                    Listed(
                        name=schema.removeprefix(prefix),
                        size=schemas.size_of(tx, schema),
                        changed_at=None,
                        ahead=timedelta(microseconds=schemas.ahead_of(tx, schema)),
                    )
                    for schema in found
                )
        except StoreError as error:
            raise _fault_of(error, first) from None


def _held(name: str) -> str:
    """Return a name that may stand in a schema's; raises WorldFault."""
    if not is_slug(name) or len(name) > _LONGEST:
        raise WorldFault("name", name=name)
    return name


def _fault_of(error: StoreError, name: str) -> WorldFault:
    return WorldFault("database", name=name, said=str(error))
