"""The command `codes`: a file of codes into a World, also while a server runs on it."""

import json
import sqlite3
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from reference_server.text import Catalogue, default_catalogue, system_reason

if TYPE_CHECKING:
    from reference_server.fhir.r4.store import Resource
    from reference_server.services.terminology.store import Imported
    from reference_server.world import World

T = TypeVar("T")
Say: TypeAlias = Callable[..., str]
DEFAULT_FOLDER = "var/serve"
_GOOD, _JUDGED_BAD, _WRONG_INPUT = 0, 1, 2
_SHOWN = 100


class CodesFault(ValueError):
    """The file or the World cannot be used: a message id with parameters."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason, params)
        self.message_id = f"codes.wrong.{reason}"
        self.params = params


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `codes`; the parser's default `language` is the caller's."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    parser.add_argument("file", type=Path, metavar="FILE", help=say("codes.option.file"))
    parser.add_argument("--world", default="integration", help=say("codes.option.world"))
    parser.add_argument(
        "--folder", type=Path, default=Path(DEFAULT_FOLDER), help=say("codes.option.folder")
    )
    parser.add_argument("--prices", type=Path, metavar="FILE", help=say("codes.option.prices"))


def execute(_name: str, arguments: Namespace) -> int:
    """Bring a file in; 1 where it has errors and was left out, 2 where it cannot be used."""
    from reference_server.kernel.store import StoreBusyError

    say = _catalogue().speaker(arguments.language)
    try:
        return _bring(arguments, say)
    except CodesFault as fault:
        what = say(fault.message_id, **fault.params)
    except (StoreBusyError, sqlite3.DatabaseError):
        what = say("codes.wrong.world", name=arguments.world, folder=str(arguments.folder))
    except OSError as error:
        message_id, params = system_reason(error)
        why = default_catalogue().render(message_id, params, arguments.language)
        where = str(error.filename or arguments.file)
        what = say("codes.wrong.file", file=where, reason=why)
    if arguments.json:
        told = {"what": what, "where": str(arguments.file), "detail": "", "mend": ""}
        print(json.dumps({"error": told}, ensure_ascii=False))
    else:
        print(what, file=sys.stderr)
    return _WRONG_INPUT


def _bring(arguments: Namespace, say: Say) -> int:
    from reference_server.fhir.validation.library import PackageUnreadableError, read_package
    from reference_server.services.terminology.store import import_analyses

    file: Path = arguments.file
    if file.is_dir() or file.suffix == ".tgz":
        try:
            return _bring_resources(read_package(file).resources, arguments, say)
        except PackageUnreadableError as error:
            raise CodesFault("package", file=str(file)) from error
    content = file.read_bytes()
    resource = _resource_of(content)
    if resource is not None:
        return _bring_resources((resource,), arguments, say)
    prices = None
    if arguments.prices is not None:
        text = arguments.prices.read_text(encoding="utf-8", errors="replace")
        prices = frozenset(text.split())
    return _told_list(
        _with(arguments, lambda w: import_analyses(w, content, prices=prices)), arguments, say
    )


def _bring_resources(resources: "tuple[Resource, ...]", arguments: Namespace, say: Say) -> int:
    from reference_server.services.terminology.catalogue.shapes import ShapeFaultError
    from reference_server.services.terminology.store import import_resources

    try:
        count = _with(arguments, lambda world: import_resources(world, resources))
    except ShapeFaultError as fault:
        raise CodesFault("resource", file=str(fault)) from fault
    if not count:
        raise CodesFault("resource", file=str(arguments.file))
    print(
        json.dumps({"resources": count})
        if arguments.json
        else say("codes.done.resources", count=count)
    )
    return _GOOD


def _resource_of(content: bytes) -> dict[str, Any] | None:
    """Return the resource that a file holds; None where it is the agency's file, or nothing."""
    from reference_server.fhir.json_reader import JsonFault, read_json

    try:
        told = read_json(content)
    except JsonFault:
        return None
    return dict(told) if "resourceType" in told else None


def _with(arguments: Namespace, act: "Callable[[World], T]") -> T:
    from reference_server.app.worlds import is_slug, open_world, settings_of

    database = arguments.folder / f"{arguments.world}.db"
    if not is_slug(arguments.world) or not database.is_file():
        raise CodesFault("world", name=arguments.world, folder=str(arguments.folder))
    world = open_world(
        arguments.world,
        origin="https://localhost",
        database=database,
        settings=settings_of(arguments.world),
    )
    try:
        return act(world)
    finally:
        world.close()


def _told_list(imported: "Imported", arguments: Namespace, say: Say) -> int:
    if arguments.json:
        told = {
            "outcome": imported.outcome,
            "version": imported.version,
            "added": imported.added,
            "changed": imported.changed,
            "unchanged": imported.unchanged,
            "findings": [
                {"outcome": each.outcome, "where": each.where, "what": say(each.message_id)}
                for each in imported.findings
            ],
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        for line in _lines(imported, say):
            print(line)
    return _JUDGED_BAD if imported.outcome == "ERROR" else _GOOD


def _lines(imported: "Imported", say: Say) -> Iterator[str]:
    yield say(f"codes.outcome.{imported.outcome.lower()}")
    if imported.outcome != "ERROR":
        yield say(
            "codes.done.list",
            version=imported.version,
            added=len(imported.added),
            changed=len(imported.changed),
            unchanged=len(imported.unchanged),
        )
    for each in imported.findings[:_SHOWN]:
        yield f"  {each.outcome}  {each.where}  {say(each.message_id)}"
    if len(imported.findings) > _SHOWN:
        yield say("codes.more", count=len(imported.findings) - _SHOWN)


@cache
def _catalogue() -> Catalogue:
    service = files("reference_server.services") / "terminology" / "messages"
    return Catalogue.load(files("reference_server.app.codes") / "messages", service)
