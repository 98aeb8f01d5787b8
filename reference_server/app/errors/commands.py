"""The command `errors`: the catalogue in the terminal, as JSON or as one page of HTML."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from reference_server.text import Catalogue, default_catalogue, system_reason
from reference_server.text.wrong_input import tell_wrong_input

if TYPE_CHECKING:
    from reference_server.app.errors.entry import ErrorEntry

_GOOD, _WRONG_INPUT = 0, 2


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `errors`."""
    say = _catalogue().speaker(parser.get_default("language") or "fr")
    parser.add_argument("code", nargs="?", metavar="CODE", help=say("errors.option.code"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=say("errors.option.out"))


def execute(_name: str, arguments: Namespace) -> int:
    """Show the catalogue, or one code of it; 2 where there is no such code or no such file."""
    from reference_server.app.errors.gather import catalogue

    say = _catalogue().speaker(arguments.language)
    entries = catalogue(arguments.language)
    if arguments.code is not None:
        entries = tuple(entry for entry in entries if _is_meant(entry, arguments.code))
        if not entries:
            tell_wrong_input(say("errors.unknown", code=arguments.code), as_json=arguments.json)
            return _WRONG_INPUT
    if arguments.out is not None and not _write(entries, arguments, say):
        return _WRONG_INPUT
    if arguments.json:
        print(json.dumps({"errors": [each.as_json() for each in entries]}, ensure_ascii=False))
    elif arguments.out is not None:
        print(say("errors.written", file=str(arguments.out)))
    elif arguments.code is not None:
        print("\n\n".join("\n".join(_told(entry, say)) for entry in entries))
    else:
        print("\n".join(_listed(entries, say)))
    return _GOOD


def _is_meant(entry: "ErrorEntry", code: str) -> bool:
    """Tell whether a code is the entry's, or the `error` of OAuth under which it comes."""
    return code == entry.code or code in entry.errors


def _write(
    entries: "tuple[ErrorEntry, ...]", arguments: Namespace, say: Callable[..., str]
) -> bool:
    from reference_server.app.errors.page import page

    try:
        arguments.out.write_text(page(entries, arguments.language), encoding="utf-8")
    except OSError as error:
        message_id, params = system_reason(error)
        reason = default_catalogue().render(message_id, params, arguments.language)
        told = say("errors.unwritable", file=str(arguments.out), reason=reason)
        tell_wrong_input(told, as_json=arguments.json)
        return False
    return True


def _listed(entries: "tuple[ErrorEntry, ...]", say: Callable[..., str]) -> Iterator[str]:
    """Give one line a code: code, status, what helps, the text for the person."""
    group = None
    for entry in entries:
        if entry.group != group:
            yield from () if group is None else ("",)
            group = entry.group
            yield say(f"errors.group.{group}")
        mend = say(f"errors.mend.{entry.mend}")
        yield f"  {entry.code}  {entry.status}  {mend}"
        yield f"      {entry.text}"


def _told(entry: "ErrorEntry", say: Callable[..., str]) -> Iterator[str]:
    """Give everything about one code."""
    colon = say("errors.colon")
    yield f"{entry.code}  {entry.status}  {say(f'errors.group.{entry.group}')}"
    yield f"  {entry.text}"
    yield f"  {say('errors.cause')}{colon} {entry.cause}"
    yield f"  {say('errors.mend')}{colon} {say(f'errors.mend.{entry.mend}')}"
    yield f"    {entry.advice}"
    if entry.requirement is not None:
        yield f"  {say('errors.requirement')}{colon} {entry.requirement}"
    for reason in entry.reasons:
        yield f"  error_description{colon} {reason.text}"
    for answer in entry.answers:
        yield f"  {say('errors.example')}{colon}"
        yield f"    HTTP/1.1 {answer.status}"
        yield from (f"    {name}: {value}" for name, value in answer.headers)
        yield from (f"    {line}" for line in answer.body.splitlines())


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("reference_server.app") / "messages")
