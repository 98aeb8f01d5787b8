"""Message catalogues: flat YAML files per language, rendered strictly; knows no message.

French is the authoritative text; English and German are translations. A folder holds `fr.yaml`,
`en.yaml` and `de.yaml` with the same ids and, per id, the same parameters. A sentence may hold
`{name}` fields and `{{`, `}}` for literal braces; nothing else of `str.format` is available.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Formatter
from typing import Any, Protocol, Self, TypeAlias, runtime_checkable

import yaml

LANGUAGES = ("fr", "en", "de")
AUTHORITATIVE = "fr"

_MESSAGE_ID = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_FIELD = re.compile(r"[a-z][a-z0-9_]*")

Part: TypeAlias = tuple[str, str | None]
Sentence: TypeAlias = tuple[Part, ...]
Say: TypeAlias = Callable[..., str]


class MissingTextError(LookupError):
    """A message id, a language or a parameter of a sentence is not there."""


class CatalogueError(ValueError):
    """A message file is wrong: its name, the id and what is wrong with it."""


_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeys(_FAST):  # type: ignore[misc]  # which of two safe loaders is known at run time
    """Owns one difference to YAML's safe loader: a repeated key is an error."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - PyYAML's
    ) -> dict[Hashable, object]:
        keys = [key.value for key, _ in node.value]
        twice = [key for key, count in Counter(keys).items() if count > 1]
        if twice:
            message = f"{twice[0]!r} is there twice"
            raise CatalogueError(message)
        built: dict[Hashable, object] = super().construct_mapping(node, deep=deep)
        return built


@runtime_checkable
class Sayable(Protocol):
    """A sentence, perhaps of another catalogue, that is part of a sentence."""

    def in_language(self, language: str) -> str:
        """Return it in a language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Owns every sentence of the loaded folders, by language and message id."""

    sentences: Mapping[str, Mapping[str, Sentence]]

    @classmethod
    def load(cls, *folders: Traversable | Path) -> Self:
        """Read `fr.yaml`, `en.yaml` and `de.yaml` of each folder; raise CatalogueError."""
        sentences: dict[str, dict[str, Sentence]] = {language: {} for language in LANGUAGES}
        for folder in folders:
            for language in LANGUAGES:
                _read_into(sentences[language], folder / f"{language}.yaml")
        _hold_alike(sentences)
        return cls(sentences=sentences)

    def ids(self, language: str = AUTHORITATIVE) -> frozenset[str]:
        """Return every message id of a language."""
        return frozenset(self._of(language))

    def parameters(self, message_id: str, language: str = AUTHORITATIVE) -> frozenset[str]:
        """Return the names of a sentence's parameters."""
        return _fields(self._sentence(message_id, language))

    def speaker(self, language: str) -> Say:
        """Return what renders sentences in one language: `say(message_id, **parameters)`."""

        def say(message_id: str, **params: object) -> str:
            return self.render(message_id, params, language)

        return say

    def render(
        self,
        message_id: str,
        params: Mapping[str, object] | None = None,
        language: str = AUTHORITATIVE,
    ) -> str:
        """Return one sentence; raise MissingTextError for an unknown id or parameter."""
        given = params or {}
        written = []
        for literal, name in self._sentence(message_id, language):
            written.append(literal)
            if name is not None:
                if name not in given:
                    message = f"{message_id} needs the parameter {name!r}"
                    raise MissingTextError(message)
                written.append(_said(given[name], language))
        return "".join(written)

    def _of(self, language: str) -> Mapping[str, Sentence]:
        if language not in self.sentences:
            message = f"no texts in language {language!r}"
            raise MissingTextError(message)
        return self.sentences[language]

    def _sentence(self, message_id: str, language: str) -> Sentence:
        sentence = self._of(language).get(message_id)
        if sentence is None:
            message = f"no text {message_id!r} in language {language!r}"
            raise MissingTextError(message)
        return sentence


def _said(value: object, language: str) -> str:
    """Return a parameter as text; one that is a sentence itself is said in the same language."""
    if type(value) is str:
        return value
    return value.in_language(language) if isinstance(value, Sayable) else str(value)


def _fields(sentence: Sentence) -> frozenset[str]:
    return frozenset(name for _, name in sentence if name is not None)


def _read_into(known: dict[str, Sentence], file: Traversable | Path) -> None:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506 - a subclass of the safe loader
    except (OSError, yaml.YAMLError, CatalogueError) as error:
        message = f"{file.name}: {error}"
        raise CatalogueError(message) from error
    if not isinstance(content, dict):
        message = f"{file.name}: not a mapping of message ids to sentences"
        raise CatalogueError(message)
    for message_id, text in content.items():
        if message_id in known:
            message = f"{file.name}: {message_id!r} is there in another folder, too"
            raise CatalogueError(message)
        known[message_id] = _parse(message_id, text, file.name)


def _parse(message_id: object, text: object, file: str) -> Sentence:
    if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id):
        message = f"{file}: {message_id!r} is not a message id"
        raise CatalogueError(message)
    if not isinstance(text, str) or not text.strip():
        message = f"{file}: {message_id}: not a sentence"
        raise CatalogueError(message)
    parts: list[Part] = []
    try:
        for literal, name, form, conversion in Formatter().parse(text):
            if name is not None and (form or conversion or not _FIELD.fullmatch(name)):
                message = f"{file}: {message_id}: {name!r} is not a plain parameter"
                raise CatalogueError(message)
            parts.append((literal, name))
    except ValueError as error:
        message = f"{file}: {message_id}: {error}"
        raise CatalogueError(message) from error
    return tuple(parts)


def _hold_alike(sentences: Mapping[str, Mapping[str, Sentence]]) -> None:
    authoritative = sentences[AUTHORITATIVE]
    for language in LANGUAGES:
        differing = authoritative.keys() ^ sentences[language].keys()
        if differing:
            message = f"{language}: ids unlike {AUTHORITATIVE}: {', '.join(sorted(differing))}"
            raise CatalogueError(message)
        for message_id, sentence in sentences[language].items():
            if _fields(sentence) != _fields(authoritative[message_id]):
                message = f"{language}: {message_id}: parameters unlike {AUTHORITATIVE}"
                raise CatalogueError(message)


@cache
def default_catalogue() -> Catalogue:
    """Return the reference service's own sentences, read once."""
    return Catalogue.load(files("reference_server.text") / "messages")
