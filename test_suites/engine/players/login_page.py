"""Reads a login page as a browser would: its form, hidden fields, address; sends nothing."""

from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginForm:
    """A form with fields for name and password; `action` is as written, perhaps relative."""

    action: str
    method: str
    hidden: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Form:
    action: str
    method: str
    hidden: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = given.get("method", "get").upper()
            self.forms.append(_Form(given.get("action", ""), method))
            self._is_inside = True
        elif tag == "input" and self._is_inside:
            self._input(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False

    def _input(self, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text").lower()
        self.forms[-1].names.add(name)
        if name and kind == "hidden":
            self.forms[-1].hidden.append((name, given.get("value", "")))


def find_login_form(page: str) -> LoginForm | None:
    """Return the first form that takes `username` and `password`, None when there is none."""
    reader = _Reader()
    with suppress(AssertionError):  # what the parser raises for a malformed declaration
        reader.feed(page)
        reader.close()
    for form in reader.forms:
        if {"username", "password"} <= form.names:
            return LoginForm(action=form.action, method=form.method, hidden=tuple(form.hidden))
    return None
