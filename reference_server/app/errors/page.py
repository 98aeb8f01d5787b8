"""The error catalogue as one page of HTML that needs nothing else; knows no refusal class."""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from reference_server.app.errors.entry import ErrorEntry
from reference_server.kernel.errors import Mend
from reference_server.text import Catalogue

_HOME = "reference_server.app"


def page(entries: tuple[ErrorEntry, ...], language: str) -> str:
    """Return the page: an overview with links, then every code under its own anchor."""

    def say(message_id: str, **params: object) -> str:
        return _texts().render(message_id, params, language)

    return (
        _environment()
        .get_template("errors.html")
        .render(
            language=language,
            groups=tuple(_groups(entries)),
            aliases=_aliases(entries),
            total=len(entries),
            mends=tuple(Mend),
            style=Markup(_style()),  # noqa: S704 - our own file
            say=say,
        )
    )


def policy() -> str:
    """Return the Content-Security-Policy under which the page works: its own style, no more."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none';"
        " frame-ancestors 'none'; base-uri 'none'"
    )


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
def _texts() -> Catalogue:
    return Catalogue.load(files(_HOME) / "messages")


@cache
def _style() -> str:
    return _read("errors.css")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _read(name: str) -> str:
    return (files(_HOME) / "errors" / "templates" / name).read_text(encoding="utf-8")
