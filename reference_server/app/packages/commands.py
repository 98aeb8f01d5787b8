"""The command `import-package`: a FHIR package into a World, and what it changes there."""

import json
import sqlite3
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from reference_server.text import Catalogue, default_catalogue, system_reason

if TYPE_CHECKING:
    from reference_server.app.packages.told import Told
    from reference_server.world import World

Say: TypeAlias = Callable[..., str]
DEFAULT_FOLDER = "var/serve"
_GOOD, _WRONG_INPUT = 0, 2
_SCHEMES = ("http://", "https://")
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_SHOWN = 12


class PackageFault(ValueError):
    """The file, the World or an option cannot be used: a message id with parameters."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason, params)
        self.message_id = f"packages.wrong.{reason}"
        self.params = params


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `import-package`; the parser's `language` is the caller's."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    parser.add_argument("file", type=Path, metavar="FILE.tgz", help=say("packages.option.file"))
    parser.add_argument("--world", default="integration", help=say("packages.option.world"))
    parser.add_argument(
        "--folder", type=Path, default=Path(DEFAULT_FOLDER), help=say("packages.option.folder")
    )
    parser.add_argument("--base", metavar="URL", help=say("packages.option.base"))
    parser.add_argument("--replaces", metavar="NAME", help=say("packages.option.replaces"))
    parser.add_argument("--dry-run", action="store_true", help=say("packages.option.dry-run"))


def execute(_name: str, arguments: Namespace) -> int:
    """Bring a package in and tell what it changes; 2 where something cannot be used."""
    from reference_server.kernel.store import StoreBusyError

    say = _catalogue().speaker(arguments.language)
    try:
        told = _bring(arguments)
    except PackageFault as fault:
        what = say(fault.message_id, **fault.params)
    except (StoreBusyError, sqlite3.DatabaseError):
        what = say("packages.wrong.world", name=arguments.world, folder=str(arguments.folder))
    except OSError as error:
        message_id, params = system_reason(error)
        why = default_catalogue().render(message_id, params, arguments.language)
        what = say("packages.wrong.file", file=str(error.filename or arguments.file), reason=why)
    else:
        if arguments.json:
            print(json.dumps(told.as_json(), ensure_ascii=False))
        else:
            print("\n".join(_lines(told, say, arguments)))
        return _GOOD
    if arguments.json:
        error_told = {"what": what, "where": str(arguments.file), "detail": "", "mend": ""}
        print(json.dumps({"error": error_told}, ensure_ascii=False))
    else:
        print(what, file=sys.stderr)
    return _WRONG_INPUT


def _bring(arguments: Namespace) -> "Told":
    from reference_server.app.worlds import is_slug, open_world, settings_of

    base = arguments.base
    if base and (not base.startswith(_SCHEMES) or any(sign.isspace() for sign in base)):
        raise PackageFault("base", base=base)
    content = arguments.file.read_bytes()
    database = arguments.folder / f"{arguments.world}.db"
    if not is_slug(arguments.world) or not database.is_file():
        raise PackageFault("world", name=arguments.world, folder=str(arguments.folder))
    world = open_world(
        arguments.world,
        origin="https://localhost",
        database=database,
        settings=settings_of(arguments.world),
    )
    try:
        return _into(world, content, arguments)
    finally:
        world.close()


def _into(world: "World", content: bytes, arguments: Namespace) -> "Told":
    from reference_server.app.packages.told import told
    from reference_server.services.documentation.store import keep_package, with_package
    from reference_server.services.terminology.catalogue.shapes import ShapeFaultError
    from reference_server.services.terminology.store import import_resources
    from reference_server.specification.brought import ArchiveUnreadableError
    from reference_server.specification.model import DEFAULT_BASE

    base, slot = arguments.base or DEFAULT_BASE, arguments.replaces or ""
    try:
        shelf = with_package(world, content, base=base, slot=slot)
    except ArchiveUnreadableError as error:
        raise PackageFault(f"archive-{error.reason}", detail=error.detail) from error
    new = shelf.held[-1]
    slots = {each.release.slot for each in shelf.held[:-1]}
    if slot and slot not in slots:
        raise PackageFault("replaces", name=slot, known=", ".join(sorted(slots)))
    found = told(shelf, new, language=arguments.language, is_kept=not arguments.dry_run)
    if not arguments.dry_run:
        try:
            import_resources(world, (each for each in new.resources if each.get("url")))
        except ShapeFaultError as fault:
            raise PackageFault("resource", name=str(fault)) from fault
        keep_package(world, content, base=base, slot=slot)
    return found


def _lines(told: "Told", say: Say, arguments: Namespace) -> Iterator[str]:
    names = {"package": told.package, "before": told.before, "world": arguments.world}
    if not told.before:
        yield say("packages.done.new", **names)
    elif told.is_kept:
        yield say("packages.done", **names)
    else:
        yield say("packages.done.dry", **names)
    for each in told.changes:
        line = f"{_SIGNS[each.standing]} {each.type}/{each.id}  {each.title}"
        if each.stricter or each.looser:
            counts = say("packages.counts", stricter=each.stricter, looser=each.looser)
            line = f"{line}  ({counts})"
        yield line
        stricter = told.stricter.get(f"{each.type}/{each.id}", ())
        yield from (f"    ! {_facet(one)}" for one in stricter[:_SHOWN])
        if len(stricter) > _SHOWN:
            yield "    " + say("packages.more", count=len(stricter) - _SHOWN)
    yield say("packages.total", **told.totals())
    for name in told.missing:
        yield say("packages.missing", name=name)


def _facet(change: Any) -> str:  # noqa: ANN401  an ElementChange, which is imported lazily
    what = f"{change.element} {change.facet}".strip()
    return f"{what}: {change.before or '–'} → {change.after or '–'}"  # noqa: RUF001  a dash where nothing was


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("reference_server.app.packages") / "messages")
