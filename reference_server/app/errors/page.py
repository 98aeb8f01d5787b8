"""The error catalogue as a page, served or as a file by itself; knows no refusal class."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

from starlette.responses import Response

from reference_server.app.errors.entry import ErrorEntry
from reference_server.kernel.errors import Mend
from reference_server.kernel.web import MESSAGES, Site, Visit
from reference_server.text import Catalogue

SITE: Final = Site(home="reference_server.app.errors", title="errors.title", styles=("errors.css",))
_HOME = "reference_server.app"


def page(entries: tuple[ErrorEntry, ...], language: str) -> str:
    """Return the file: an overview with links, then every code under its own anchor."""
    told = _told(entries)
    title = texts().render("errors.title", {}, language)
    return SITE.file("errors.html", language=language, catalogue=texts(), title=title, **told)


def served(entries: tuple[ErrorEntry, ...], visit: Visit) -> Response:
    """Return the page as an answer."""
    own = replace(visit, voice=replace(visit.voice, catalogue=texts()))
    return SITE.page(own, "errors.html", title=own.text("errors.title"), **_told(entries))


def _told(entries: tuple[ErrorEntry, ...]) -> dict[str, Any]:
    return {
        "groups": tuple(_groups(entries)),
        "aliases": _aliases(entries),
        "total": len(entries),
        "mends": tuple(Mend),
    }


def _groups(entries: tuple[ErrorEntry, ...]) -> Iterator[tuple[str, tuple[ErrorEntry, ...]]]:
    for group, members in groupby(entries, key=lambda entry: entry.group):
        yield group, tuple(members)


def _aliases(entries: tuple[ErrorEntry, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return OAuth's `error` values that are no code themselves, each with the codes behind it."""
    codes = {entry.code for entry in entries}
    found: dict[str, list[str]] = {}
    for entry in entries:
        for error in entry.errors:
            if error not in codes:
                found.setdefault(error, []).append(entry.code)
    return tuple((error, tuple(behind)) for error, behind in found.items())


@cache
def texts() -> Catalogue:
    """Return the sentences of the page."""
    return Catalogue.load(files(_HOME) / "messages", MESSAGES)
