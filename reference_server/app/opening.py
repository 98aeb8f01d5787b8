"""A World that stands already, opened for one deed of an operator; knows no command.

Its database may be served meanwhile: whoever asks sees at once what was done.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from reference_server.app.worlds import is_slug, open_world, settings_of
from reference_server.kernel.store import POSTGRES, Database, PostgresUrl
from reference_server.world import World

ORIGIN: Final = "https://localhost"


class WorldAbsentError(LookupError):
    """No World of this name stands there."""


class DatabaseAddressError(ValueError):
    """This is no address of PostgreSQL."""


@contextmanager
def standing_world(
    name: str, folder: Path, *, address: str | None = None, origin: str = ORIGIN
) -> Iterator[World]:
    """Open a World in a folder, or in PostgreSQL at an address; its key lies in the folder.

    `origin` is where it is served. Raises WorldAbsentError, DatabaseAddressError, and StoreError
    where the database does not answer.
    """
    database = _database(name, folder, address)
    world = open_world(
        name,
        origin=origin,
        database=database,
        settings=settings_of(name),
        keys=folder / f"{name}.db.key",
    )
    with closing(world):
        yield world


def place(folder: Path, address: str | None) -> str:
    """Return where a World is sought, in words without a password."""
    if address is None:
        return str(folder)
    return str(PostgresUrl(address)) if address.startswith(POSTGRES) else "--database"


def _database(name: str, folder: Path, address: str | None) -> Database:
    if not is_slug(name):
        raise WorldAbsentError(name)
    if address is None:
        file = folder / f"{name}.db"
        if not file.is_file():
            raise WorldAbsentError(name)
        return file
    if not address.startswith(POSTGRES):
        raise DatabaseAddressError
    # Not at the top: it takes a tenth of a second, and most Worlds are SQLite's.
    from reference_server.kernel.postgres import is_kept  # noqa: PLC0415 - as told above

    url = PostgresUrl(address)
    if not is_kept(url, world=name):
        raise WorldAbsentError(name)
    return url
