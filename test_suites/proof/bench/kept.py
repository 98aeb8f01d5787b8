"""A loaded index that a benchmark may keep and use again: knows what makes one stale.

Beside it lies what is asked of it, and a digest of the code that decides what is kept of a person:
an index of other code is loaded anew.
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from reference_server.kernel.postgres import schema_of
from reference_server.kernel.sql import Dialect
from reference_server.kernel.store import PostgresUrl, Store
from reference_server.population.country.mistakes import duplicate
from reference_server.population.country.people import Inhabitant, inhabitants
from reference_server.services.patients.model.traits import Traits
from test_suites.proof.identity.index import WORLD, fill, open_index

_PATIENTS: Final = "services/patients"
_DECIDES: Final = (
    "population/country",
    f"{_PATIENTS}/rules/matching/features.py",
    f"{_PATIENTS}/rules/matching/keys.py",
    f"{_PATIENTS}/rules/matching/normal.py",
    f"{_PATIENTS}/rules/survivorship.py",
    f"{_PATIENTS}/rules/words.py",
    f"{_PATIENTS}/sql",
    f"{_PATIENTS}/store/bulk.py",
)
"""What decides what an index of people holds, below `reference_server`."""
_SEED: Final = 2026
_SOUGHT: Final = 500


class _Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What lies beside an index."""

    content: str
    where: str
    sought: list[Traits]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An open index, what is asked of it, and the seconds it took to load.

    `took` is on the clock and of the processor, None where the index was there; `file` is None on
    PostgreSQL.
    """

    store: Store
    sought: Sequence[Traits]
    took: tuple[float, float] | None
    file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What may be asked of an index of which a World has a copy; `took` as of the index."""

    sought: Sequence[Traits]
    took: tuple[float, float] | None


@contextmanager
def loaded(size: int, *, database: str, folder: Path, keep: bool) -> Iterator[Loaded]:
    """Open an index of the synthetic country below `folder` or in a PostgreSQL `database`, full.

    What `folder` keeps from before is used where it still holds what the code of today would load.
    With `keep` it stays there afterwards, else a schema made in `database` goes; OSError.
    """
    world = f"{WORLD}-{size}"
    file = folder / f"index-{size}.db"
    where = PostgresUrl(database) if database else file
    beside = folder / (f"postgresql-{size}.json" if database else f"index-{size}.json")
    known = _known(beside, str(where))
    if known is None:
        _clear(where, world)
    with open_index(where, world=world) as store:
        took = None
        if known is None or _holds(store) != size:
            known, took = _load(store, size, str(where))
            beside.write_bytes(msgspec.json.encode(known))
        try:
            yield Loaded(
                store=store, sought=known.sought, took=took, file=None if database else file
            )
        finally:
            if not keep:
                _drop(store, world)


def put_copy(target: Path, *, size: int, keep: str) -> Copied:
    """Put an index of the synthetic country where a World will be opened on it; OSError.

    `keep` is a folder in which the index itself stays as it is and is used again, or empty.
    """
    folder = Path(keep) if keep else target.parent / f"{target.name}.index"
    folder.mkdir(parents=True, exist_ok=True)
    with loaded(size, database="", folder=folder, keep=bool(keep)) as index:
        sought, took, file = index.sought, index.took, folder / f"index-{size}.db"
    if keep:
        with closing(sqlite3.connect(file)) as kept, closing(sqlite3.connect(target)) as copy:
            kept.backup(copy)
    else:
        file.rename(target)
    return Copied(sought=sought, took=took)


def _people(size: int, sought: list[Traits]) -> Iterator[Traits]:
    """Give the people, and put faulty records of some aside."""
    random = Random(_SEED)  # noqa: S311 - repeatable on purpose
    each: Inhabitant
    for each in inhabitants(size, seed=_SEED):
        if random.random() * size < _SOUGHT:
            faulty = duplicate(each, random).traits
            sought.append(replace(faulty, identifiers=()))
        yield each.traits


def _load(store: Store, size: int, where: str) -> tuple[_Beside, tuple[float, float]]:
    sought: list[Traits] = []
    began, spent = time.perf_counter(), time.process_time()
    fill(store, _people(size, sought))
    took = (time.perf_counter() - began, time.process_time() - spent)
    return _Beside(content=_content(), where=where, sought=sought), took


def _known(beside: Path, where: str) -> _Beside | None:
    """Return what lies beside an index that is not stale."""
    try:
        known = msgspec.json.decode(beside.read_bytes(), type=_Beside)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return known if (known.content, known.where) == (_content(), where) else None


def _clear(where: Path | PostgresUrl, world: str) -> None:
    if isinstance(where, PostgresUrl):
        with open_index(where, world=world) as store:
            _drop(store, world)
        return
    for end in ("", "-wal", "-shm"):
        Path(f"{where}{end}").unlink(missing_ok=True)


def _drop(store: Store, world: str) -> None:
    if store.dialect is Dialect.POSTGRES:
        with store.write() as tx:
            tx.execute(f'DROP SCHEMA "{schema_of(world)}" CASCADE')


def _holds(store: Store) -> int:
    with store.read() as tx:
        return int(tx.execute("SELECT count(*) AS n FROM patient_record").fetchone()["n"])


def _content() -> str:
    """Return a digest of the code and the lists that decide what an index of people holds."""
    digest = hashlib.sha256()
    for told in _DECIDES:
        for each in _files(files("reference_server").joinpath(*told.split("/"))):
            digest.update(each.read_bytes())
    return digest.hexdigest()


def _files(at: Traversable) -> Iterator[Traversable]:
    """Give a file, or the files of a folder in the order of their names, but what Python makes."""
    if at.is_file():
        yield at
        return
    for each in sorted(at.iterdir(), key=lambda one: one.name):
        if each.name != "__pycache__":
            yield from _files(each)
