"""Renders the report's sentences in one language; the only place where message ids end."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Protocol

import yaml

from reference_server.text import LANGUAGES, Catalogue
from reports.labelling.scheme import Strict
from reports.render.model import OptionRef
from scenarios.model import Text

FOLDERS = (
    "scenarios",
    "reference_server.text",
    "test_suites",
    "reports",
    "reports.cesar",
    "reports.render.result",
)
GLOSSARY = "glossary.yaml"


class Sentence(Protocol):
    """What can be said: a message id with its parameters."""

    @property
    def message_id(self) -> str: ...

    @property
    def params(self) -> Mapping[str, object]: ...


class Word(Strict):
    """One word in the three languages; may be shorter than a text."""

    fr: str
    en: str
    de: str

    def of(self, language: str) -> str:
        """Return the word in a language."""
        return {"fr": self.fr, "en": self.en, "de": self.de}[language]


class Term(Strict):
    """One word of the glossary and what it means in Luxembourg."""

    term: Word
    meaning: Text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts:
    """Every sentence of the lab, in one language and for one kind of report."""

    catalogue: Catalogue
    language: str
    kind: str

    def t(self, message_id: str, **params: object) -> str:
        """Return one sentence; a kind of report may have its own, under its name."""
        if f"{self.kind}.{message_id}" in self.catalogue.sentences[self.language]:
            message_id = f"{self.kind}.{message_id}"
        return self.catalogue.render(message_id, params, self.language)

    def say(self, sentence: Sentence) -> str:
        """Return the sentence that something of the report stands for."""
        params = {name: _plain(value) for name, value in sentence.params.items()}
        return self.t(sentence.message_id, **params)

    def tt(self, text: Text) -> str:
        """Return a text that comes in all three languages."""
        return text.of(self.language)

    def names(self, options: Iterable[OptionRef]) -> str:
        """Return the titles of options, as a list in a sentence."""
        return ", ".join(self.tt(option.title) for option in options)

    def day(self, instant: str) -> str:
        """Return the date of an ISO 8601 instant, as it is written in the language."""
        year, month, day = _date(instant)
        return self.t("report.date", year=year, month=month, day=day)

    def moment(self, instant: str) -> str:
        """Return date and time (UTC) of an ISO 8601 instant."""
        found = re.match(r".{10}T(\d\d:\d\d)", instant)
        return self.t("report.moment", date=self.day(instant), time=found[1] if found else "00:00")


@cache
def texts(language: str, kind: str = "local-run") -> Texts:
    """Return every sentence of the lab in a language; raises KeyError for an unknown one.

    `kind` is that of the report they stand in.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    return Texts(catalogue=_catalogue(), language=language, kind=kind)


@cache
def _catalogue() -> Catalogue:
    """Read the message folders of every package that speaks in a report, once."""
    folders = (resources.files(package) / "messages" for package in FOLDERS)
    return Catalogue.load(*(folder for folder in folders if _speaks(folder)))


def _speaks(folder: Traversable) -> bool:
    """Whether a package has message files."""
    return (folder / "fr.yaml").is_file()


@cache
def glossary() -> tuple[Term, ...]:
    """Return the one glossary of the terms used in Luxembourg."""
    file = resources.files("reports") / "messages" / GLOSSARY
    terms = yaml.safe_load(file.read_text(encoding="utf-8"))
    return tuple(Term.model_validate(term) for term in terms)


def _plain(value: object) -> object:
    """Return a parameter as a sentence shows it."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(one) for one in value)
    return "-" if value is None else value


def _date(instant: str) -> tuple[str, str, str]:
    """Return year, month and day of an ISO 8601 instant."""
    return instant[:4], instant[5:7], instant[8:10]
