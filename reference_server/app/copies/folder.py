"""What can be done with the Worlds of a sandbox's folder, also while a server runs on them.

Each deed is one transaction of the World's database, together with its audit event: whoever asks
the server meanwhile gets the answer of before or of after. The audit trail is append-only, so that
it outlives a reset and a restoration, and tells of them.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.errors import JoseError

from reference_server.app.sandbox import client_keys
from reference_server.app.wiring import SERVICES, all_migrations
from reference_server.app.worlds import is_slug, key_file, open_world, settings_of
from reference_server.kernel.migrations import MigrationError, migrate
from reference_server.kernel.store import PATIENCE, SqliteStore, StoreBusyError, Transaction
from reference_server.population import fill, load
from reference_server.ports import AUDIT, AuditEntry, AuditOutcome
from reference_server.services.audit.model import Retention
from reference_server.services.audit.store.trail import TABLES as AUDIT_TABLES
from reference_server.services.audit.store.trail import Trail
from reference_server.services.certificates.store.authority import TABLES as AUTHORITY_TABLES
from reference_server.services.trust.model import PublicKey
from reference_server.services.trust.operations import rotate_keys
from reference_server.world import World
from reference_server.world.clock import FARTHEST
from reference_server.world.copies import (
    OtherSchemaError,
    advance_in,
    copy_in,
    copy_out,
    empty,
    is_world,
)

KEPT = frozenset({*AUDIT_TABLES, *AUTHORITY_TABLES})
"""What stays in a World that is reset or restored."""
# Nobody is served at this address: Worlds are only opened here, not reached.
ORIGIN = "https://localhost"


class WorldFault(ValueError):
    """What is asked of a folder's Worlds cannot be done: a message id with parameters."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason, params)
        self.message_id = f"world.wrong.{reason}"
        self.params = params


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A World or a snapshot as a list shows it; `ahead` is how far its time runs ahead.

    `changed_at` is None where the database does not tell.
    """

    name: str
    size: int
    changed_at: datetime | None
    ahead: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder of Worlds: `<name>.db` each, `snapshots/<name>.db`, and `clients/` with the keys.

    `patience` is how long, in seconds, a database that others write to is waited for. Everything
    raises WorldFault.
    """

    path: Path
    patience: float = PATIENCE

    def worlds(self) -> tuple[Listed, ...]:
        """Return the Worlds by name."""
        return tuple(_listed(file) for file in _worlds_in(self.path))

    def snapshots(self) -> tuple[Listed, ...]:
        """Return the snapshots by name; any of them fits any World of the folder."""
        return tuple(_listed(file) for file in _worlds_in(self.path / "snapshots"))

    def create(self, name: str) -> None:
        """Make another World, with everybody in it."""
        file = self._file(name)
        if file.exists():
            raise WorldFault("taken", name=name)
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with _draft_of(file) as draft:
                self._make(name, draft, keys=key_file(file))
        except sqlite3.DatabaseError as error:
            raise _fault_of(error, name) from error

    def reset(self, name: str) -> None:
        """Take everything out of a World and let everybody in anew.

        Its signing keys and its systems' keys stay; tokens issued before count no longer.
        """
        with self._opened(name) as (world, store):
            keys = self._keys()
            with store.write() as tx:
                empty(tx, kept=KEPT)
                let_everybody_in(world, tx, keys)

    def snapshot(self, name: str, snapshot: str) -> None:
        """Keep what a World holds now under a free name."""
        file = self._snapshot(snapshot)
        if file.exists():
            raise WorldFault("snapshot-taken", name=snapshot)
        with self._opened(name) as (world, store):
            file.parent.mkdir(parents=True, exist_ok=True)
            with _draft_of(file) as draft:
                _make_tables(draft)
                with store.write_beside(draft) as tx:
                    copy_out(tx, kept=KEPT)
                    record_deed(world, tx, "snapshot-world", snapshot)

    def restore(self, name: str, snapshot: str) -> None:
        """Put what a snapshot holds in the place of what a World holds; its time is the copy's."""
        file = self._snapshot(snapshot)
        if not file.is_file():
            raise WorldFault("no-snapshot", name=snapshot, folder=str(file.parent))
        with self._opened(name) as (world, store):
            if not is_world(file):
                raise WorldFault("other-schema", name=snapshot)
            try:
                with store.write_beside(file) as tx:
                    copy_in(world, tx, kept=KEPT)
                    record_deed(world, tx, "restore-world", snapshot)
            except OtherSchemaError:
                raise WorldFault("other-schema", name=snapshot) from None

    def advance_clock(self, name: str, by: timedelta) -> timedelta:
        """Let time pass in a World; return how far it is ahead now."""
        with self._opened(name) as (world, _):
            return advance(world, by)

    def purge_audit(self, name: str, *, keep: Mapping[str, int] | None = None) -> int:
        """Let go of the audit events that the rule keeps no longer; return how many.

        `keep` are the years of single categories of data, beside or instead of the World's own.
        """
        with self._opened(name) as (world, _):
            return purge(world, keep or {})

    def turn_keys(self, name: str) -> tuple[str, ...]:
        """Let new keys sign tokens, ten minutes after they are told; return their ids."""
        with self._opened(name) as (world, _):
            return turn(world)

    @contextmanager
    def _opened(self, name: str) -> Iterator[tuple[World, SqliteStore]]:
        """Open a World that is there; whatever SQLite says becomes a sentence."""
        file = self._file(name)
        if not file.is_file():
            raise WorldFault("no-world", name=name, folder=str(self.path))
        try:
            if not is_world(file):
                raise WorldFault("not-a-world", file=str(file))
            settings = settings_of(name)
            world = open_world(
                name, origin=ORIGIN, database=file, settings=settings, patience=self.patience
            )
            try:
                if not isinstance(world.store, SqliteStore):
                    raise TypeError("a World in a file is kept by SQLite")
                yield world, world.store
            finally:
                world.close()
        except MigrationError:
            raise WorldFault("other-version", name=name) from None
        except (StoreBusyError, sqlite3.DatabaseError) as error:
            raise _fault_of(error, name) from error

    def _file(self, name: str) -> Path:
        if not is_slug(name):
            raise WorldFault("name", name=name)
        return self.path / f"{name}.db"

    def _snapshot(self, name: str) -> Path:
        if not is_slug(name):
            raise WorldFault("name", name=name)
        return self.path / "snapshots" / f"{name}.db"

    def _make(self, name: str, draft: Path, *, keys: Path) -> None:
        """Make a World in a draft; `keys` is where the seal of the finished file will lie."""
        systems = self._keys()
        settings = settings_of(name)
        world = open_world(name, origin=ORIGIN, database=draft, settings=settings, keys=keys)
        try:
            with world.store.write() as tx:
                fill(world, tx, load(), keys=systems)
                record_deed(world, tx, "create-world")
        finally:
            world.close()

    def _keys(self) -> dict[str, PublicKey]:
        return system_keys(self.path)


def system_keys(folder: Path) -> dict[str, PublicKey]:
    """Return the systems' public keys, out of `clients`; one that is missing is made."""
    clients = folder / "clients"
    try:
        return client_keys(clients, load())
    except (ValueError, LookupError, TypeError, JoseError) as error:
        raise WorldFault("key", folder=str(clients)) from error


def let_everybody_in(world: World, tx: Transaction, keys: Mapping[str, PublicKey]) -> None:
    """Fill a World that was emptied; no token of before counts any more."""
    fill(world, tx, load(), keys=keys)
    world.expire_tokens(within=tx)
    record_deed(world, tx, "reset-world")


def advance(world: World, by: timedelta) -> timedelta:
    """Let time pass in a World; return how far it is ahead now."""
    if by < timedelta(0):
        raise WorldFault("backwards")
    with world.store.write() as tx:
        ahead = world.clock.advanced() + by
        if ahead > FARTHEST:
            raise WorldFault("too-far", years=FARTHEST.days // 365)
        world.clock.advance(by, within=tx)
        record_deed(world, tx, "advance-clock")
    return ahead


def purge(world: World, keep: Mapping[str, int]) -> int:
    """Let go of what the rule of a World keeps no longer; return how many events that were."""
    by_category = {**world.settings.audit_retention, **keep}
    rule = Retention(years=world.settings.audit_years, by_category=by_category)
    with world.store.write() as tx:
        return Trail(world).keep_to(tx, rule, now=world.clock.business_now())


def turn(world: World) -> tuple[str, ...]:
    """Let new keys sign tokens; return their ids."""
    made = rotate_keys(world)
    with world.store.write() as tx:
        record_deed(world, tx, "turn-keys")
    return made


def record_deed(world: World, tx: Transaction, action: str, *snapshots: str) -> None:
    """Write the audit event of a deed nobody did over HTTP."""
    entry = AuditEntry(
        action=action,
        outcome=AuditOutcome.SUCCESS,
        request_id=world.ids.uuid(),
        entities=(f"World/{world.name}", *(f"Snapshot/{name}" for name in snapshots)),
    )
    world.port(AUDIT).record(tx, entry)


def _fault_of(error: StoreBusyError | sqlite3.DatabaseError, name: str) -> WorldFault:
    said = str(error)
    if isinstance(error, StoreBusyError) or "locked" in said or "busy" in said:
        return WorldFault("locked", name=name)
    return WorldFault("database", name=name, said=said)


def _worlds_in(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.glob("*.db")):
        try:
            if is_slug(file.stem) and is_world(file):
                yield file
        except sqlite3.OperationalError as error:
            raise _fault_of(error, file.stem) from error


def _listed(file: Path) -> Listed:
    found = file.stat()
    return Listed(
        name=file.stem,
        size=found.st_size,
        changed_at=datetime.fromtimestamp(found.st_mtime, UTC),
        ahead=timedelta(microseconds=advance_in(file)),
    )


@contextmanager
def _draft_of(file: Path) -> Iterator[Path]:
    """Give a file to write beside another, which it becomes when the block ends well."""
    draft = file.with_name(f".{file.stem}.draft")
    _remove(draft, "", "-wal", "-shm")
    try:
        yield draft
        # Of a database that was deleted: SQLite would take its log for the new one's.
        _remove(file, "-wal", "-shm")
        draft.replace(file)
    finally:
        _remove(draft, "", "-wal", "-shm")


def _remove(file: Path, *ends: str) -> None:
    for end in ends:
        file.with_name(file.name + end).unlink(missing_ok=True)


def _make_tables(file: Path) -> None:
    store = SqliteStore(file)
    try:
        migrate(store, all_migrations(tuple(service.name for service in SERVICES)))
    finally:
        store.close()
