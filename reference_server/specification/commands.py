"""The command `spec`: writes the national FHIR package, lists it, or compares it with another."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from reference_server.specification.model import PACKAGES
from reference_server.text import Catalogue, default_catalogue, system_reason
from reference_server.text.wrong_input import tell_wrong_input

if TYPE_CHECKING:
    from reference_server.specification.model import Specification

_GOOD, _WRONG_INPUT = 0, 2
_SCHEMES = ("http://", "https://")
_SIGNS = {"added": "+", "removed": "-", "changed": "~", "unreadable": "?"}


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `spec`."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    parser.add_argument(
        "--out", type=Path, metavar="FILE.tgz", help=say("specification.option.out")
    )
    parser.add_argument("--base", metavar="URL", help=say("specification.option.base"))
    names = tuple(PACKAGES)
    parser.add_argument(
        "--package", choices=names, default=names[0], help=say("specification.option.package")
    )
    parser.add_argument(
        "--against", type=Path, metavar="PACKAGE", help=say("specification.option.against")
    )


def execute(_name: str, arguments: Namespace) -> int:
    """Write the package, compare it or list it; 2 where what was given cannot be used."""
    from reference_server.specification.model import DEFAULT_BASE, Settings
    from reference_server.specification.sources import read

    say = _catalogue().speaker(arguments.language)
    base = arguments.base or DEFAULT_BASE
    if not base.startswith(_SCHEMES) or any(sign.isspace() for sign in base):
        return _refuse(say("specification.wrong.base", base=base), arguments)
    specification = read(Settings(base=base), arguments.package)
    if arguments.out is not None and (code := _write(specification, arguments, say)) != _GOOD:
        return code
    if arguments.against is not None:
        return _compare(specification, arguments, say)
    if arguments.out is None:
        _list(specification, arguments)
    return _GOOD


def _write(specification: "Specification", arguments: Namespace, say: Callable[..., str]) -> int:
    from reference_server.specification.package import archive

    content = archive(specification)
    try:
        arguments.out.write_bytes(content)
    except OSError as error:
        message_id, params = system_reason(error)
        why = default_catalogue().render(message_id, params, arguments.language)
        place = str(arguments.out)
        return _refuse(say("specification.wrong.file", file=place, reason=why), arguments)
    told = {
        "file": str(arguments.out),
        "package": f"{specification.name}#{specification.version}",
        "artefacts": len(specification.resources),
        "examples": len(specification.examples),
    }
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(say("specification.written", **told))
        print(say("specification.reconstruction"))
    return _GOOD


def _compare(specification: "Specification", arguments: Namespace, say: Callable[..., str]) -> int:
    """Tell what the other package changes."""
    from reference_server.fhir.validation.library import PackageUnreadableError, read_package
    from reference_server.specification.comparison import compare
    from reference_server.specification.guide import guide

    try:
        other = read_package(arguments.against)
    except PackageUnreadableError as error:
        file = str(arguments.against)
        return _refuse(say("specification.wrong.package", file=file, reason=str(error)), arguments)
    count = 0
    for change in compare((*specification.resources, guide(specification)), other.resources):
        count += 1
        if arguments.json:
            print(json.dumps(asdict(change), ensure_ascii=False))
        else:
            shown = " ".join(filter(None, (change.artefact, change.place)))
            values = f"  {change.before} → {change.after}" if change.place else change.after
            print(f"{_SIGNS[change.kind]} {shown}{values}".rstrip())
    if not arguments.json:
        print(say("specification.changes", count=count, package=f"{other.name}#{other.version}"))
    return _GOOD


def _list(specification: "Specification", arguments: Namespace) -> None:
    for resource in specification.resources:
        told = {key: resource.get(key, "") for key in ("resourceType", "id", "url", "title")}
        if arguments.json:
            print(json.dumps(told, ensure_ascii=False))
        else:
            print(f"{told['resourceType']:<20} {told['id']:<24} {told['title']}".rstrip())


def _refuse(what: str, arguments: Namespace) -> int:
    tell_wrong_input(what, as_json=arguments.json)
    return _WRONG_INPUT


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("reference_server.specification") / "messages")
