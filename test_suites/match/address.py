"""Finds people and secrets in addresses and text: URLs, queries, logs; pure."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from test_suites.core.message import Exchange
from test_suites.core.persona import Persona

_SECRET = re.compile(r"redacted\.([a-z_-]+)\.[0-9a-f]{16}")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{2,}\.")
_NO_SECRET = frozenset({"matricule", "content-encoding", "unreadable"})
_PEM_KEY = "PRIVATE KEY-----"
SHORTEST_NAME = 4
"""Shorter names occur in too many words to be looked for."""


def url_of(exchange: Exchange) -> str:
    """Return the whole address of a request."""
    parts = urlsplit(exchange.base_url)
    return f"{parts.scheme}://{parts.netloc}{exchange.request.target}"


def query(exchange: Exchange) -> dict[str, str]:
    """Return the parameters in a request's address; the first of each name."""
    pairs = parse_qsl(urlsplit(exchange.request.target).query, keep_blank_values=True)
    return dict(reversed(pairs))


def form(exchange: Exchange) -> dict[str, str]:
    """Return the parameters in a request's form body; the first of each name."""
    pairs = parse_qsl(exchange.request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))


def secrets_in(text: str) -> tuple[str, ...]:
    """Return the kinds of the secrets that stand, or stood before the tap, in a text."""
    kinds = [kind for kind in _SECRET.findall(text) if kind not in _NO_SECRET]
    kinds += ["jwt"] * bool(_JWT.search(text))
    kinds += ["private-key"] * (_PEM_KEY in text)
    return tuple(sorted(set(kinds)))


def identity_in(target: str, people: Iterable[Persona]) -> tuple[str, ...]:
    """Return which traits of people stand in an address, as `persona.trait`."""
    text = unquote_plus(target)
    return tuple(
        f"{person.id}.{trait}"
        for person in people
        for trait, value in _traits(person)
        if re.search(rf"(?i)(?<![\w]){re.escape(value)}(?![\w])", text)
    )


def _traits(person: Persona) -> tuple[tuple[str, str], ...]:
    traits = {
        "matricule": person.matricule,
        "family": person.family,
        "given": person.given,
        "birth_date": person.birth_date,
    }
    return tuple(
        (name, value) for name, value in traits.items() if value and len(value) >= SHORTEST_NAME
    )
