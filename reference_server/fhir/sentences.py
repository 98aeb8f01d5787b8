"""Sentences of this package in three languages, and those that others put into theirs."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from reference_server.text import Catalogue


@cache
def catalogue() -> Catalogue:
    """Return the messages of this package."""
    return Catalogue.load(files("reference_server.fhir") / "messages")


class Said(str):  # noqa: SLOT000  a str cannot have slots that are filled
    """A sentence in English that can be said in the other languages, too."""

    message_id: str
    params: Mapping[str, str | int]

    @classmethod
    def of(cls, message_id: str, params: Mapping[str, str | int]) -> "Said":
        """Return the sentence of a message."""
        made = cls(catalogue().render(message_id, params, "en"))
        made.message_id, made.params = message_id, params
        return made

    def in_language(self, language: str) -> str:
        """Return the sentence in a language."""
        return catalogue().render(self.message_id, self.params, language)
