"""The command `import-package`: a FHIR package into a World, and what it changes there."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reference_server.app.bringing.commands import (
    GOOD,
    Say,
    WrongInputError,
    add_world,
    carried_out,
    catalogue,
    with_world,
)
from reference_server.text import Catalogue

if TYPE_CHECKING:
    from reference_server.app.packages.told import Told
    from reference_server.world import World

_SCHEMES = ("http://", "https://")
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_SHOWN = 12


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `import-package`; the parser's `language` is the caller's."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    parser.add_argument("file", type=Path, metavar="FILE.tgz", help=say("packages.option.file"))
    add_world(parser, say)
    parser.add_argument("--base", metavar="URL", help=say("packages.option.base"))
    parser.add_argument("--replaces", metavar="NAME", help=say("packages.option.replaces"))
    parser.add_argument("--dry-run", action="store_true", help=say("packages.option.dry-run"))


def execute(_name: str, arguments: Namespace) -> int:
    """Bring a package in and tell what it changes; 2 where something cannot be used."""
    say = _catalogue().speaker(arguments.language)
    return carried_out(lambda: _bring(arguments, say), arguments, say)


def _bring(arguments: Namespace, say: Say) -> int:
    base = arguments.base
    if base and (not base.startswith(_SCHEMES) or any(sign.isspace() for sign in base)):
        raise WrongInputError("packages.wrong.base", base=base)
    content = arguments.file.read_bytes()
    told = with_world(arguments, lambda world: _into(world, content, arguments))
    if arguments.json:
        print(json.dumps(told.as_json(), ensure_ascii=False))
    else:
        print("\n".join(_lines(told, say, arguments)))
    return GOOD


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
        raise WrongInputError(
            f"packages.wrong.archive-{error.reason}", detail=error.detail
        ) from error
    new = shelf.held[-1]
    slots = {each.release.slot for each in shelf.held[:-1]}
    if slot and slot not in slots:
        raise WrongInputError("packages.wrong.replaces", name=slot, known=", ".join(sorted(slots)))
    found = told(shelf, new, language=arguments.language, is_kept=not arguments.dry_run)
    if not arguments.dry_run:
        try:
            import_resources(world, (each for each in new.resources if each.get("url")))
        except ShapeFaultError as fault:
            raise WrongInputError("packages.wrong.resource", name=str(fault)) from fault
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
    return catalogue(files("reference_server.app.packages") / "messages")
