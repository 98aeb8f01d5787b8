"""Search across everything documented: artefacts, elements, rules, codes, examples, tables.

Every word must be found; upper case and accents do not count. What is called so comes before what
only speaks of it.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reference_server.ports import Described
from reference_server.services.documentation.catalogue.said import in_every_language, own_words
from reference_server.services.documentation.catalogue.shelf import Shelf
from reference_server.services.documentation.model import Artefact

LONGEST: Final = 200
MOST_WORDS: Final = 8
_CODED: Final = ("CodeSystem",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that can be found: `kind` is a word that the messages know, `name` its own.

    `words` are everything by which it is found, folded; `about` what is shown beside the name.
    """

    kind: str
    name: str
    place: str
    about: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entry and how well it fits: 0 is called exactly so, 3 only speaks of it."""

    entry: Entry
    rank: int


def search(
    shelf: Shelf, described: tuple[Described, ...], asked: str, *, kind: str = ""
) -> tuple[Found, ...]:
    """Return what fits, best first, of one kind where one is named."""
    words = folded(asked[:LONGEST]).split()[:MOST_WORDS]
    if not words:
        return ()
    phrase = " ".join(words)
    entries = index(shelf, described)
    found = [
        Found(entry=each, rank=_rank(each, words, phrase))
        for each in entries
        if (not kind or each.kind == kind) and all(word in each.words for word in words)
    ]
    return tuple(sorted(found, key=lambda each: each.rank))


def index(shelf: Shelf, described: tuple[Described, ...]) -> tuple[Entry, ...]:
    """Return everything that can be found; made once a shelf."""
    entries: tuple[Entry, ...] = shelf.once("search", lambda: tuple(_entries(shelf, described)))
    return entries


def folded(text: str) -> str:
    """Return a text in small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def _rank(entry: Entry, words: list[str], phrase: str) -> int:
    name = folded(entry.name)
    if name == phrase:
        return 0
    if name.startswith(phrase) or name.endswith(f".{phrase}"):
        return 1
    return 2 if all(word in name for word in words) else 3


def _entries(shelf: Shelf, described: tuple[Described, ...]) -> Iterator[Entry]:
    for artefact in shelf.artefacts.values():
        yield from _of_artefact(artefact)
    for name, example in shelf.examples.items():
        breaks = example.breaks
        told = (name, example.about, *((breaks.rule, breaks.key, breaks.at) if breaks else ()))
        yield _entry(
            "example", name, f"/documentation/examples/{name}", about=example.about, told=told
        )
    for service in described:
        place = f"/documentation/services/{service.name}"
        named = (service.name, service.title)
        yield _entry("service", service.name, place, about=service.title, told=named)
        for table in service.tables:
            for row in table.rows:
                at = f"{place}#{table.name}"
                yield _entry("row", row[0], at, about=" · ".join(row[1:]), told=row)


def _of_artefact(artefact: Artefact) -> Iterator[Entry]:
    resource, place = artefact.resource, artefact.place
    texts = [text for key in ("title", "description") for text in in_every_language(resource, key)]
    name = str(resource.get("name", ""))
    about = str(resource.get("title") or name)
    told = (artefact.type, artefact.id, artefact.url, name, *texts)
    yield _entry(artefact.type, artefact.id, place, about=about, told=told)
    for element in resource.get("differential", {}).get("element", ()):
        own = str(element.get("id", element.get("path", "")))
        if "." in own:
            short = [own_words(text) for text in in_every_language(element, "short")]
            yield _entry("element", own, f"{place}#{own}", about=about, told=(own, *short))
        for rule in element.get("constraint", ()):
            key = str(rule.get("key", ""))
            human = list(in_every_language(rule, "human"))
            told_of = (key, str(rule.get("requirements", "")), *human)
            shown = human[0] if human else ""
            yield _entry("rule", key, f"{place}#rule-{key}", about=shown, told=told_of)
    for parameter in resource.get("parameter", ()):
        named = f"{artefact.id}.{parameter.get('name', '')}"
        yield _entry("parameter", named, place, about=about, told=(named,))
    if artefact.type in _CODED:
        yield from _codes(resource.get("concept", ()), artefact)


def _codes(concepts: Iterable[dict[str, object]], artefact: Artefact) -> Iterator[Entry]:
    for each in concepts:
        code, shown = str(each.get("code", "")), str(each.get("display", ""))
        others = each.get("designation", ())
        named = [str(one.get("value", "")) for one in others] if isinstance(others, list) else []
        place = f"{artefact.place}?code={code}"
        yield _entry("code", code, place, about=shown, told=(code, shown, *named))
        below = each.get("concept", ())
        if isinstance(below, list):
            yield from _codes(below, artefact)


def _entry(kind: str, name: str, place: str, *, about: str, told: Iterable[str]) -> Entry:
    return Entry(
        kind=kind, name=name, place=place, about=about, words=folded(" ".join(told)).strip()
    )
