"""What commands share that bring a file into a World: where it is, its opening, what goes wrong.

A World lies in a folder (SQLite), or in PostgreSQL under `--database`; a server may run on it.
"""

import sqlite3
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from reference_server.text import Catalogue, default_catalogue, system_reason
from reference_server.text.wrong_input import tell_wrong_input

if TYPE_CHECKING:
    from reference_server.world import World

T = TypeVar("T")
Say: TypeAlias = Callable[..., str]
GOOD: Final = 0
JUDGED_BAD: Final = 1
WRONG_INPUT: Final = 2
DEFAULT_FOLDER: Final = "var/serve"


class WrongInputError(ValueError):
    """A file, a World or an option cannot be used: a message id with parameters."""

    def __init__(self, message_id: str, **params: object) -> None:
        super().__init__(message_id, params)
        self.message_id = message_id
        self.params = params


def catalogue(*folders: Traversable) -> Catalogue:
    """Return a command's own messages with those that all share."""
    return Catalogue.load(files("reference_server.app.bringing") / "messages", *folders)


def add_world(parser: ArgumentParser, say: Say) -> None:
    """Add the options that tell which World is meant."""
    parser.add_argument("--world", default="integration", help=say("bringing.option.world"))
    folder = say("bringing.option.folder")
    parser.add_argument("--folder", type=Path, default=Path(DEFAULT_FOLDER), help=folder)
    parser.add_argument("--database", metavar="URL", help=say("bringing.option.database"))


def carried_out(act: Callable[[], int], arguments: Namespace, say: Say) -> int:
    """Do what a command does; 2 and a sentence where its input cannot be used."""
    from reference_server.kernel.store import StoreError

    try:
        return act()
    except WrongInputError as fault:
        what = say(fault.message_id, **fault.params)
    except (StoreError, sqlite3.DatabaseError):
        what = _no_world(arguments, say)
    except OSError as error:
        message_id, params = system_reason(error)
        why = default_catalogue().render(message_id, params, arguments.language)
        where = str(error.filename or arguments.file)
        what = say("bringing.wrong.file", file=where, reason=why)
    tell_wrong_input(what, str(arguments.file), as_json=arguments.json)
    return WRONG_INPUT


def with_world(arguments: Namespace, act: "Callable[[World], T]") -> T:
    """Open the World that is meant and do something with it.

    Raises WrongInputError where it is not there, StoreError where its database does not answer.
    """
    from reference_server.app.opening import (
        DatabaseAddressError,
        WorldAbsentError,
        standing_world,
    )

    name: str = arguments.world
    try:
        with standing_world(name, arguments.folder, address=arguments.database) as world:
            return act(world)
    except WorldAbsentError:
        raise WrongInputError("bringing.wrong.world", name=name, where=_where(arguments)) from None
    except DatabaseAddressError:
        raise WrongInputError("bringing.wrong.database") from None


def _where(arguments: Namespace) -> str:
    from reference_server.app.opening import place

    return place(arguments.folder, arguments.database)


def _no_world(arguments: Namespace, say: Say) -> str:
    return say("bringing.wrong.world", name=arguments.world, where=_where(arguments))
