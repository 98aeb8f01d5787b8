"""Reads a rendered page the way a reader or a screen reader does."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr", "rect", "path", "circle", "use"}
# Also a client's own words (q) and the wording of a norm (cite) stay as they were written.
MACHINE_TEXT = {"style", "script", "code", "pre", "q", "cite"}


@dataclass(slots=True)
class Element:
    """One element with its attributes and its parent's position in the list of elements."""

    name: str
    attributes: dict[str, str]
    ancestors: tuple[str, ...]


@dataclass(slots=True)
class Page(HTMLParser):
    """What a page holds: elements, headings in order, and the words people read."""

    elements: list[Element] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    balanced: bool = True
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, attributes, tuple(self._open)))
        for name in ("aria-label", "title", "alt"):
            self.words += re.findall(r"\w+", attributes.get(name, ""))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {k: v or "" for k, v in attrs}, tuple(self._open)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.balanced = False

    def handle_data(self, data: str) -> None:
        if set(self._open) & {"style", "script"}:
            return
        self.text.append(data)
        if not set(self._open) & MACHINE_TEXT:
            self.words += re.findall(r"[^\W\d_]+(?:-\w+)*", data)

    def all(self, *names: str) -> list[Element]:
        return [element for element in self.elements if element.name in names]

    def ids(self) -> list[str]:
        return [e.attributes["id"] for e in self.elements if "id" in e.attributes]


def read(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page


# Words that belong to one language alone and that its sentences can hardly do without.
TELLING = {
    "en": frozenset(
        [
            "the",
            "and",
            "with",
            "from",
            "were",
            "not",
            "this",
            "that",
            "which",
            "must",
            "should",
            "have",
            "been",
            "by",
            "for",
            "is",
            "are",
            "it",
            "of",
            "to",
            "be",
            "when",
            "then",
            "does",
            "its",
            "their",
            "there",
            "where",
            "whether",
            "into",
            "than",
            "has",
            "had",
            "answer",
            "request",
            "requirement",
            "finding",
            "expected",
            "actual",
            "missing",
            "wrong",
            "unknown",
        ]
    ),
    "fr": frozenset(
        [
            "le",
            "la",
            "les",
            "une",
            "est",
            "et",
            "pour",
            "dans",
            "avec",
            "sur",
            "par",
            "qui",
            "que",
            "cette",
            "aux",
            "sont",
            "pas",
            "ne",
            "où",
            "leur",
            "exigence",
            "constat",
            "attendu",
            "réponse",
            "requête",
            "manque",
        ]
    ),
    "de": frozenset(
        [
            "und",
            "nicht",
            "der",
            "das",
            "mit",
            "von",
            "wird",
            "ist",
            "eine",
            "einer",
            "einem",
            "für",
            "sich",
            "auch",
            "wenn",
            "oder",
            "bei",
            "nach",
            "zum",
            "zur",
            "vom",
            "anforderung",
            "feststellung",
            "erwartet",
            "antwort",
            "anfrage",
            "fehlt",
        ]
    ),
}


def residue(page: Page, language: str) -> set[str]:
    """Return the words of the two other languages that a page holds."""
    others = set().union(*(words for name, words in TELLING.items() if name != language))
    return {word for word in page.words if word.lower() in others - TELLING[language]}
