"""The command `codes`: a file of codes into a World, also while a server runs on it."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reference_server.app.bringing.commands import (
    GOOD,
    JUDGED_BAD,
    Say,
    WrongInputError,
    add_world,
    carried_out,
    catalogue,
    with_world,
)
from reference_server.text import Catalogue

if TYPE_CHECKING:
    from reference_server.fhir.r4.store import Resource
    from reference_server.services.terminology.store import Imported

LICENSED = ("snomed", "atc")
_SHOWN = 100


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `codes`; the parser's default `language` is the caller's."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    parser.add_argument("file", type=Path, metavar="FILE", help=say("codes.option.file"))
    add_world(parser, say)
    parser.add_argument("--prices", type=Path, metavar="FILE", help=say("codes.option.prices"))
    parser.add_argument("--as", dest="licensed", choices=LICENSED, help=say("codes.option.as"))
    parser.add_argument("--refset", type=Path, metavar="FILE", help=say("codes.option.refset"))
    parser.add_argument("--complete", action="store_true", help=say("codes.option.complete"))


def execute(_name: str, arguments: Namespace) -> int:
    """Bring a file in; 1 where it has errors and was left out, 2 where it cannot be used."""
    say = _catalogue().speaker(arguments.language)
    return carried_out(lambda: _bring(arguments, say), arguments, say)


def _bring(arguments: Namespace, say: Say) -> int:
    if arguments.licensed is not None:
        return _bring_resources((_licensed(arguments, say),), arguments, say)
    return _bring_free(arguments, say)


def _licensed(arguments: Namespace, say: Say) -> "Resource":
    """Return the code system of a list that the user has a licence for.

    How far it has come is told on standard error, where it disturbs no result.
    """
    from reference_server.services.terminology.catalogue.licensed.atc import read_atc
    from reference_server.services.terminology.catalogue.licensed.faults import LicensedFileError
    from reference_server.services.terminology.catalogue.licensed.rf2 import read_rf2

    def heard(name: str, lines: int) -> None:
        what = "codes.progress.lines" if lines else "codes.progress.file"
        print(say(what, name=name, count=lines), file=sys.stderr, flush=True)

    file, complete = arguments.file, arguments.complete
    try:
        if arguments.licensed == "atc":
            return read_atc(file.read_bytes(), complete=complete, heard=heard)
        return read_rf2(file, refset=arguments.refset, complete=complete, heard=heard)
    except LicensedFileError as fault:
        message_id = f"codes.wrong.licensed-{fault.reason}"
        raise WrongInputError(message_id, file=str(file), detail=fault.detail) from fault


def _bring_free(arguments: Namespace, say: Say) -> int:
    from reference_server.fhir.validation.library import PackageUnreadableError, read_package
    from reference_server.services.terminology.store import import_analyses

    file: Path = arguments.file
    if file.is_dir() or file.suffix == ".tgz":
        try:
            return _bring_resources(read_package(file).resources, arguments, say)
        except PackageUnreadableError as error:
            raise WrongInputError("codes.wrong.package", file=str(file)) from error
    content = file.read_bytes()
    resource = _resource_of(content)
    if resource is not None:
        return _bring_resources((resource,), arguments, say)
    prices = None
    if arguments.prices is not None:
        text = arguments.prices.read_text(encoding="utf-8", errors="replace")
        prices = frozenset(text.split())
    return _told_list(
        with_world(arguments, lambda w: import_analyses(w, content, prices=prices)), arguments, say
    )


def _bring_resources(resources: "tuple[Resource, ...]", arguments: Namespace, say: Say) -> int:
    from reference_server.services.terminology.catalogue.shapes import ShapeFaultError
    from reference_server.services.terminology.store import import_resources

    try:
        count = with_world(arguments, lambda world: import_resources(world, resources))
    except ShapeFaultError as fault:
        raise WrongInputError("codes.wrong.resource", file=str(fault)) from fault
    if not count:
        raise WrongInputError("codes.wrong.resource", file=str(arguments.file))
    print(
        json.dumps({"resources": count})
        if arguments.json
        else say("codes.done.resources", count=count)
    )
    return GOOD


def _resource_of(content: bytes) -> dict[str, Any] | None:
    """Return the resource that a file holds; None where it is the agency's file, or nothing."""
    from reference_server.fhir.json_reader import JsonFault, read_json

    try:
        told = read_json(content)
    except JsonFault:
        return None
    return dict(told) if "resourceType" in told else None


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
    return JUDGED_BAD if imported.outcome == "ERROR" else GOOD


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
    return catalogue(files("reference_server.app.codes") / "messages", service)
