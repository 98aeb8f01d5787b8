"""Reads the login page as a browser does; knows nothing of OpenID Connect."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginForm:
    """Where the page's form goes, and what it carries unseen."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Owns what was found of the first form with a password field."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.asks_password = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if self.asks_password:
            return
        if tag == "form":
            self.action, self.hidden = told.get("action", ""), {}
        if tag == "input" and told.get("type") == "hidden":
            self.hidden[told.get("name", "")] = told.get("value", "")
        self.asks_password = tag == "input" and told.get("type") == "password"


def read_login_form(page: str, *, url: str) -> LoginForm | None:
    """Return the login form of a page fetched from ``url``; None when it has none."""
    reader = _Reader()
    reader.feed(page)
    if not reader.asks_password:
        return None
    return LoginForm(action=urljoin(url, reader.action), hidden=reader.hidden)
