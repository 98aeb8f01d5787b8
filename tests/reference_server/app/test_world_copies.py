"""Worlds of a folder are made, emptied, kept and brought back, each apart from the others."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_server.app import open_world
from reference_server.app.copies.folder import Folder, WorldFault
from reference_server.app.worlds import PRODUCTION
from reference_server.kernel.store import SqliteStore
from reference_server.ports import AUDIT
from reference_server.services.audit.store.trail import TABLES
from reference_server.world import World

HIDDEN = {"world_key", "schema_migration", *TABLES}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(path=tmp_path / "worlds", patience=0.2)
    made.create("demo")
    return made


def opened(folder: Folder, name: str = "demo") -> World:
    return open_world(name, origin="https://x", database=folder.path / f"{name}.db")


def content(file: Path) -> dict[str, list[Any]]:
    """Return every row of every table that a copy holds."""
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        tables = [row[0] for row in connection.execute(query)]
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608 - names out of the schema
            for table in tables
            if table not in HIDDEN and not table.startswith("sqlite_")
        }


WHEN = {"patient_person": "touched_at", "patient_record": "revised_at"}


def timeless(folder: Folder, held: dict[str, list[Any]]) -> Iterator[list[Any]]:
    """Yield the rows of people and their records without the moment at which they were written."""
    with closing(sqlite3.connect(folder.path / "demo.db")) as connection:
        for table, column in WHEN.items():
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            at = names.index(column)
            yield [(*row[:at], *row[at + 1 :]) for row in held[table]]


def actions(folder: Folder, name: str = "demo") -> list[str]:
    """Return what the audit trail tells; its chain must be whole."""
    world = opened(folder, name)
    with world.store.read() as tx:
        trail = world.port(AUDIT)
        assert trail.broken_at(tx) is None
        told = [stored.entry.action for stored in trail.entries(tx)]
    world.close()
    return told


def fill_with_something(folder: Folder, name: str = "demo") -> None:
    """Leave a prescription, as any other program on the same file would."""
    world = opened(folder, name)
    with world.store.write() as tx:
        tx.execute(
            "INSERT INTO prescription (task_id, number, code_sha256, organization, prescriber,"
            " matricule, birth_date, authored_on, submitted_at, expires_at, changed_at, state,"
            " version)"
            " VALUES ('t', 'n', x'00', 'o', 'p', 'm', 'b', 'a', 's', 'e', 'c', 'active', 1)"
        )
        tx.execute(
            "INSERT INTO prescription_line (task_id, position, system, value, code, ordered,"
            " dispensed) VALUES ('t', 0, 's', 'v', 'c', 1, 0)"
        )
        tx.execute("DELETE FROM patient WHERE matricule = '1984031790315'")
    world.close()


def kids(folder: Folder, name: str = "demo") -> list[str]:
    with closing(sqlite3.connect(folder.path / f"{name}.db")) as connection:
        return [row[0] for row in connection.execute("SELECT kid FROM world_key")]


def client_keys(folder: Folder, name: str = "demo") -> dict[str, Any]:
    with closing(sqlite3.connect(folder.path / f"{name}.db")) as connection:
        rows = connection.execute("SELECT client_id, content FROM trust_client").fetchall()
    return {key: json.loads(text)["keys"] for key, text in rows}


def test_a_reset_world_is_as_new_but_for_its_keys_and_its_trail(folder: Folder) -> None:
    new, keys, signing = (
        content(folder.path / "demo.db"),
        client_keys(folder),
        kids(folder),
    )
    fill_with_something(folder)
    folder.advance_clock("demo", timedelta(days=30))
    folder.reset("demo")
    after = content(folder.path / "demo.db")
    for held in (new, after):
        held["patient_person"], held["patient_record"] = timeless(folder, held)
    (token_mark,) = after.pop("world_state")
    assert token_mark[0] == "tokens-not-before-milliseconds"
    # What a new World was made with; emptied, it makes that anew at the first search.
    assert new.pop("world_state") == [("patient-words", 1)]
    assert after == new
    assert (client_keys(folder), kids(folder)) == (keys, signing)
    assert len(keys["labo-nord-app"]) == 1
    assert actions(folder) == ["create-world", "advance-clock", "reset-world"]


def test_a_restored_world_is_as_the_snapshot_was_clock_included(folder: Folder) -> None:
    fill_with_something(folder)
    folder.advance_clock("demo", timedelta(days=3))
    before = content(folder.path / "demo.db")
    folder.snapshot("demo", "three-days")
    assert content(folder.path / "snapshots" / "three-days.db") == before
    folder.advance_clock("demo", timedelta(days=60))
    folder.reset("demo")
    folder.restore("demo", "three-days")
    after = content(folder.path / "demo.db")
    marks = {row[0]: row[1] for row in after.pop("world_state")}
    before_marks = {row[0]: row[1] for row in before.pop("world_state")}
    assert after == before
    assert marks["clock-offset-microseconds"] == before_marks["clock-offset-microseconds"]
    assert marks["tokens-not-before-milliseconds"] > 0, "the reset's promise still holds"
    told = actions(folder)
    assert told[-3:] == ["advance-clock", "reset-world", "restore-world"]
    assert told.count("snapshot-world") == 1


def test_a_snapshot_holds_no_key(folder: Folder) -> None:
    folder.snapshot("demo", "start")
    file = folder.path / "snapshots" / "start.db"
    world = (folder.path / "demo.db").read_bytes()
    assert b"PRIVATE KEY" not in world, "it is sealed"
    with closing(sqlite3.connect(folder.path / "demo.db")) as kept:
        ((kid,),) = kept.execute("SELECT kid FROM world_key").fetchall()
    assert kid.encode() in world
    assert kid.encode() not in file.read_bytes()
    assert b"PRIVATE KEY" not in file.read_bytes()
    assert {part.name for part in file.parent.iterdir()} == {"start.db"}


def test_two_worlds_of_a_folder_never_disturb_each_other(folder: Folder) -> None:
    folder.create("other")
    assert kids(folder, "other") != kids(folder)
    fill_with_something(folder)
    folder.advance_clock("demo", timedelta(hours=5))
    before = content(folder.path / "demo.db")
    untouched = content(folder.path / "other.db")
    folder.snapshot("other", "clean")
    folder.advance_clock("other", timedelta(days=100))
    folder.reset("other")
    folder.restore("other", "clean")
    assert content(folder.path / "demo.db") == before
    folder.reset("demo")
    after = content(folder.path / "other.db")
    after.pop("world_state")
    untouched.pop("world_state")
    assert after == untouched
    ahead = {one.name: one.ahead for one in folder.worlds()}
    assert ahead == {"demo": timedelta(0), "other": timedelta(0)}


def test_a_snapshot_of_one_world_fits_another_of_the_folder(folder: Folder) -> None:
    fill_with_something(folder)
    folder.snapshot("demo", "prepared")
    folder.create("other")
    own = kids(folder, "other")
    folder.restore("other", "prepared")
    assert content(folder.path / "other.db") == content(folder.path / "demo.db")
    assert kids(folder, "other") == own


def test_worlds_made_in_the_folder_of_a_production_take_no_magic(folder: Folder) -> None:
    folder.create(PRODUCTION)
    assert [one.name for one in folder.worlds()] == ["demo", PRODUCTION]


def breaks(folder: Folder) -> Iterator[tuple[str, Any]]:
    """Give everything that cannot be done, and why."""
    folder.snapshot("demo", "start")
    yield "no-world", lambda: folder.reset("nowhere")
    yield "no-world", lambda: folder.advance_clock("nowhere", timedelta(1))
    yield "no-snapshot", lambda: folder.restore("demo", "never")
    yield "taken", lambda: folder.create("demo")
    yield "snapshot-taken", lambda: folder.snapshot("demo", "start")
    yield "name", lambda: folder.create("../demo")
    yield "name", lambda: folder.snapshot("demo", "a/b")
    yield "backwards", lambda: folder.advance_clock("demo", timedelta(seconds=-1))
    yield "too-far", lambda: folder.advance_clock("demo", timedelta(days=366 * 60))


def test_what_cannot_be_done_is_said_and_nothing_is_changed(folder: Folder) -> None:
    for reason, do in breaks(folder):
        before = content(folder.path / "demo.db"), actions(folder)
        with pytest.raises(WorldFault) as raised:
            do()
        assert raised.value.message_id == f"world.wrong.{reason}"
        assert (content(folder.path / "demo.db"), actions(folder)) == before


def test_a_folder_that_is_not_there_is_not_made_by_a_mistake(tmp_path: Path) -> None:
    nowhere = Folder(path=tmp_path / "typo")
    with pytest.raises(WorldFault):
        nowhere.reset("demo")
    with pytest.raises(WorldFault):
        nowhere.snapshot("demo", "start")
    assert (nowhere.worlds(), nowhere.snapshots()) == ((), ())
    assert not nowhere.path.exists()


def test_a_log_left_by_a_deleted_world_does_not_come_back(folder: Folder) -> None:
    fill_with_something(folder)
    folder.path.joinpath("demo.db-wal").write_bytes(b"what an unclean end left")
    folder.path.joinpath("demo.db").unlink()
    folder.create("demo")
    assert content(folder.path / "demo.db")["prescription"] == []
    assert actions(folder) == ["create-world"]


def test_a_locked_database_is_said_and_nothing_is_changed(folder: Folder) -> None:
    folder.snapshot("demo", "start")
    other = SqliteStore(folder.path / "demo.db")
    with other.write():
        for do in (
            lambda: folder.reset("demo"),
            lambda: folder.restore("demo", "start"),
            lambda: folder.snapshot("demo", "second"),
            lambda: folder.advance_clock("demo", timedelta(1)),
        ):
            with pytest.raises(WorldFault) as raised:
                do()
            assert raised.value.message_id == "world.wrong.locked"
    other.close()
    assert actions(folder) == ["create-world", "snapshot-world"]
    assert {part.name for part in (folder.path / "snapshots").iterdir()} == {"start.db"}


@pytest.mark.parametrize("written", [b"", b"not a database, however long it may be" * 99, None])
def test_a_file_that_is_no_world_is_left_alone(folder: Folder, written: bytes | None) -> None:
    for file in (folder.path / "odd.db", folder.path / "snapshots" / "odd.db"):
        file.parent.mkdir(exist_ok=True)
        if written is None:
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("CREATE TABLE somebody_elses (x)")
        else:
            file.write_bytes(written)
    before = (folder.path / "odd.db").read_bytes()
    with pytest.raises(WorldFault) as raised:
        folder.reset("odd")
    assert raised.value.message_id == "world.wrong.not-a-world"
    with pytest.raises(WorldFault) as raised:
        folder.restore("demo", "odd")
    assert raised.value.message_id == "world.wrong.other-schema"
    assert (folder.path / "odd.db").read_bytes() == before
    assert [one.name for one in folder.worlds()] == ["demo"]


def test_a_snapshot_of_another_schema_version_is_refused(folder: Folder) -> None:
    folder.snapshot("demo", "old")
    with closing(sqlite3.connect(folder.path / "snapshots" / "old.db")) as connection:
        connection.execute("UPDATE schema_migration SET sha256 = 'x' WHERE owner = 'patients'")
        connection.commit()
    before = content(folder.path / "demo.db")
    with pytest.raises(WorldFault) as raised:
        folder.restore("demo", "old")
    assert raised.value.message_id == "world.wrong.other-schema"
    assert content(folder.path / "demo.db") == before


def test_a_world_of_another_version_is_refused(folder: Folder) -> None:
    with closing(sqlite3.connect(folder.path / "demo.db")) as connection:
        connection.execute("UPDATE schema_migration SET sha256 = 'x' WHERE owner = 'patients'")
        connection.commit()
    with pytest.raises(WorldFault) as raised:
        folder.reset("demo")
    assert raised.value.message_id == "world.wrong.other-version"


@pytest.mark.parametrize("written", ["{", "[]", '{"kty": "EC"}', "{}"])
def test_a_key_that_cannot_be_read_is_said_before_anything_is_changed(
    folder: Folder, written: str
) -> None:
    before = content(folder.path / "demo.db")
    (folder.path / "clients" / "labo-nord-app.jwk.json").write_text(written, encoding="utf-8")
    with pytest.raises(WorldFault) as reset:
        folder.reset("demo")
    with pytest.raises(WorldFault) as create:
        folder.create("other")
    assert reset.value.message_id == create.value.message_id == "world.wrong.key"
    assert content(folder.path / "demo.db") == before
    assert [one.name for one in folder.worlds()] == ["demo"]


def fill_with_much(folder: Folder) -> None:
    """Leave more than SQLite holds back in memory before it begins to write."""
    world = opened(folder)
    with world.store.write() as tx:
        for number in range(400):
            tx.execute(
                "INSERT INTO trust_login (transaction_hash, content, expires_at) VALUES (?, ?, 0)",
                (str(number), "x" * 50_000),
            )
    world.close()


# The kernel ends the process at the first write beyond a million bytes of one file: always in the
# middle of writing, however busy the machine is.
POWER_CUT = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
from reports.cli import main
main()
"""


def test_a_power_cut_in_the_middle_of_a_restoration_changes_nothing(folder: Folder) -> None:
    fill_with_much(folder)
    folder.snapshot("demo", "much")
    folder.reset("demo")
    file = folder.path / "demo.db"
    before = content(file)
    words = ("world", "restore", "demo", "much", "--folder", str(folder.path))
    restoring = subprocess.run([sys.executable, "-c", POWER_CUT, *words], check=False)
    assert restoring.returncode == -signal.SIGXFSZ, "no power cut in the middle of writing"
    assert content(file) == before
    assert actions(folder)[-1] == "reset-world"
    folder.restore("demo", "much")
    assert len(content(file)["trust_login"]) == 400


def test_a_snapshot_that_fails_leaves_nothing_behind(folder: Folder) -> None:
    draft = folder.path / "snapshots" / ".start.draft"
    draft.parent.mkdir()
    draft.write_bytes(b"left over by a power cut")
    folder.snapshot("demo", "start")
    assert [part.name for part in draft.parent.iterdir()] == ["start.db"]
