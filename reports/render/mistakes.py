"""Says what is wrong with a declaration file in one language; knows no command and no page."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.render.texts import Texts
from scenarios.errors import DeclarationError, Phrase
from scenarios.wording import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Owns one mistake as its author reads it; `line` is None and `field` empty where unknown."""

    file: str
    line: int | None
    field: str
    message_id: str
    message: str
    hint: str

    @property
    def place(self) -> str:
        """Return `file:line: field`, as editors and terminals understand it."""
        file = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{file}: {self.field}" if self.field else file

    def as_json(self) -> dict[str, str | int | None]:
        """Return what a build server is told."""
        return {
            "file": self.file,
            "line": self.line,
            "field": self.field,
            "message_id": self.message_id,
            "message": self.message,
            "hint": self.hint,
        }


def mistakes(error: DeclarationError, texts: Texts) -> tuple[Mistake, ...]:
    """Return every mistake that was found together, in the language of the texts."""
    return tuple(
        Mistake(
            file=visible(one.file),
            line=one.line,
            field=visible(one.field),
            message_id=one.message_id,
            message=say(one.what, texts),
            hint="" if one.hint is None else say(one.hint, texts),
        )
        for one in error.every()
    )


def say(phrase: Phrase, texts: Texts) -> str:
    """Return the sentence of a phrase; what stood in the file cannot steer a terminal."""
    return texts.t(phrase.message_id, **_visible(phrase.params))


def _visible(params: Mapping[str, str | int]) -> dict[str, str]:
    return {name: visible(str(value)) for name, value in params.items()}
