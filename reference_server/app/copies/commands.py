"""The command `world`: its actions, what they print, exit codes; knows no other command."""

import json
import re
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from reference_server.text import LANGUAGES, Catalogue, default_catalogue, system_reason
from reference_server.text.wrong_input import tell_wrong_input

if TYPE_CHECKING:
    from reference_server.app.copies.database import WorldsIn
    from reference_server.app.copies.folder import Folder, Listed

Say: TypeAlias = Callable[..., str]
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "list": (),
    "create": ("name",),
    "reset": ("name",),
    "snapshot": ("name", "snapshot"),
    "restore": ("name", "snapshot"),
    "advance-clock": ("name",),
    "purge-audit": ("name",),
    "turn-keys": ("name",),
}
"""Every action and what it is told."""
DEFAULT_FOLDER = "var/serve"
_GOOD, _WRONG_INPUT = 0, 2
_HOUR = timedelta(hours=1)
_KEEP = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60})=([1-9][0-9]?)")


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the actions of `world`; the parser's default `language` is the caller's."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    actions = parser.add_subparsers(
        title=say("world.actions"),
        metavar=say("world.action"),
        dest="action",
        required=True,
        prog=parser.prog,
    )
    for action, told in ACTIONS.items():
        about = say(f"world.action.{action}")
        one = actions.add_parser(action, help=about, description=about, add_help=False)
        one.add_argument("-h", "--help", action="help", help=say("world.option.help"))
        for name in told:
            one.add_argument(name, metavar=name.upper(), help=say(f"world.option.{name}"))
        folder = Path(DEFAULT_FOLDER)
        one.add_argument("--folder", type=Path, default=folder, help=say("world.option.folder"))
        one.add_argument("--database", metavar="URL", help=say("world.option.database"))
        if action == "advance-clock":
            one.add_argument("--days", type=int, default=0, help=say("world.option.days"))
            one.add_argument("--hours", type=int, default=0, help=say("world.option.hours"))
        if action == "purge-audit":
            told_keep = say("world.option.keep")
            one.add_argument(
                "--keep", metavar="CATEGORY=YEARS", action="append", default=[], help=told_keep
            )
        one.add_argument("--json", action="store_true", default=SUPPRESS, help=say("world.json"))
        one.add_argument(
            "--language", choices=LANGUAGES, default=SUPPRESS, help=say("world.language")
        )


def execute(_name: str, arguments: Namespace) -> int:
    """Do what is asked of a folder's Worlds; 2 where it cannot be done, with a sentence."""
    from reference_server.app.copies.folder import WorldFault

    say = _catalogue().speaker(arguments.language)
    try:
        return _do(arguments, _place(arguments), say)
    except WorldFault as fault:
        what, where = say(fault.message_id, **fault.params), str(arguments.folder)
    except OSError as error:
        message_id, params = system_reason(error)
        reason = default_catalogue().render(message_id, params, arguments.language)
        where = str(error.filename or arguments.folder)
        what = say("world.wrong.folder", folder=where, reason=reason)
    tell_wrong_input(what, where, as_json=arguments.json)
    return _WRONG_INPUT


def _place(arguments: Namespace) -> "Folder | WorldsIn":
    """Return where the Worlds are: files of a folder, or schemas of a PostgreSQL database."""
    from reference_server.app.copies.folder import Folder

    if arguments.database is None:
        return Folder(path=arguments.folder)
    # Not at the top: PostgreSQL's library takes a tenth of a second to load.
    from reference_server.app.copies.database import WorldsIn
    from reference_server.kernel.store import PostgresUrl

    return WorldsIn(url=PostgresUrl(arguments.database), path=arguments.folder)


def _do(arguments: Namespace, folder: "Folder | WorldsIn", say: Say) -> int:
    told: dict[str, object] = {"action": arguments.action, "folder": str(folder.path)}
    match arguments.action:
        case "list":
            _list(arguments, folder, say)
            return _GOOD
        case "create":
            folder.create(arguments.name)
        case "reset":
            folder.reset(arguments.name)
        case "snapshot":
            folder.snapshot(arguments.name, arguments.snapshot)
        case "restore":
            folder.restore(arguments.name, arguments.snapshot)
        case "advance-clock":
            told["ahead"] = _advance(arguments, folder)
        case "purge-audit":
            keep = dict(map(_kept_for, arguments.keep))
            told["count"] = folder.purge_audit(arguments.name, keep=keep)
        case "turn-keys":
            told["count"] = len(folder.turn_keys(arguments.name))
    told |= {name: getattr(arguments, name) for name in ACTIONS[arguments.action]}
    sentence = say(f"world.done.{arguments.action}", **told)
    print(json.dumps(told, ensure_ascii=False) if arguments.json else sentence)
    return _GOOD


def _kept_for(text: str) -> tuple[str, int]:
    """Read `ePrescription=5`; raises WorldFault."""
    from reference_server.app.copies.folder import WorldFault

    found = _KEEP.fullmatch(text)
    if found is None:
        raise WorldFault("keep", text=text[:80])
    return found[1], int(found[2])


def _advance(arguments: Namespace, folder: "Folder | WorldsIn") -> str:
    from reference_server.app.copies.folder import WorldFault
    from reference_server.world.clock import FARTHEST

    farthest = FARTHEST // _HOUR
    if abs(arguments.days) > farthest or abs(arguments.hours) > farthest:
        reason = "backwards" if min(arguments.days, arguments.hours) < 0 else "too-far"
        years = {"years": FARTHEST.days // 365} if reason == "too-far" else {}
        raise WorldFault(reason, **years)
    by = timedelta(days=arguments.days, hours=arguments.hours)
    return _hours(folder.advance_clock(arguments.name, by))


def _list(arguments: Namespace, folder: "Folder | WorldsIn", say: Say) -> None:
    worlds, snapshots = folder.worlds(), folder.snapshots()
    if arguments.json:
        told = {
            "worlds": [_as_json(one) for one in worlds],
            "snapshots": [_as_json(one) for one in snapshots],
        }
        print(json.dumps(told, ensure_ascii=False))
        return
    if not worlds:
        print(say("world.list.none", folder=str(folder.path)))
    for line in _lines("worlds", worlds, say):
        print(line)
    for line in _lines("snapshots", snapshots, say):
        print(line)


def _lines(kind: str, listed: "tuple[Listed, ...]", say: Say) -> Iterator[str]:
    if not listed:
        return
    yield say(f"world.list.{kind}")
    width = max(len(one.name) for one in listed)
    for one in listed:
        ahead = say("world.list.ahead", time=_hours(one.ahead)) if one.ahead else ""
        size = f"{one.size / 1e6:.1f} MB"
        at = "-" if one.changed_at is None else f"{one.changed_at:%Y-%m-%d %H:%M}Z"
        yield f"  {one.name:<{width}}  {at}  {size:>9}  {ahead}".rstrip()


def _as_json(one: "Listed") -> dict[str, object]:
    return {
        "name": one.name,
        "bytes": one.size,
        "changed_at": one.changed_at and one.changed_at.isoformat(timespec="seconds"),
        "hours_ahead": round(one.ahead / _HOUR, 3),
    }


def _hours(ahead: timedelta) -> str:
    """Return a time as days and hours, in figures that any language reads."""
    hours = round(ahead / _HOUR)
    return f"{hours // 24} d {hours % 24} h"


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("reference_server.app.copies") / "messages")
