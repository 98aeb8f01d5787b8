"""What is wrong with a declaration file, where its author can see it; knows no file format."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

# More names than these are no help on a screen; the nearest one still is.
MOST_NAMES = 16


@dataclass(frozen=True, slots=True)
class Phrase:
    """Owns what is to be said: a message id and its parameters, in no language."""

    message_id: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.message_id}({given})"


def phrase(message_id: str, /, **params: str | int) -> Phrase:
    """Return what a message id says of these parameters."""
    return Phrase(message_id, params)


class DeclarationError(Exception):
    """Owns one mistake in a file written by a person, and the further ones found with it.

    `line` counts from 1 and is None where no line can be named; `field` is the place as the
    author writes it (`steps[1].expect[0].check`), empty where the whole file is meant. `what`
    and `hint` are rendered at the edge; `str` is one line a mistake, for developers.
    """

    def __init__(
        self, file: str, line: int | None, field: str, what: Phrase, *, hint: Phrase | None = None
    ) -> None:
        super().__init__(file, line, field, what)
        self.file = file
        self.line = line
        self.field = field
        self.what = what
        self.hint = hint
        self.others: tuple[DeclarationError, ...] = ()

    @property
    def message_id(self) -> str:
        """Return the id of the sentence."""
        return self.what.message_id

    @property
    def params(self) -> Mapping[str, str | int]:
        """Return the parameters of the sentence."""
        return self.what.params

    @property
    def place(self) -> str:
        """Return `file:line: field`, as far as they are known."""
        file = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{file}: {self.field}" if self.field else file

    def every(self) -> tuple["DeclarationError", ...]:
        """Return this mistake and those found with it."""
        return (self, *self.others)

    def __str__(self) -> str:
        return "\n".join(
            f"{one.place}: {one.what}" + (f" {one.hint}" if one.hint else "")
            for one in self.every()
        )


def raise_all(mistakes: Sequence[DeclarationError]) -> None:
    """Raise the first mistake, the others attached to it; do nothing when there is none."""
    if not mistakes:
        return
    first, *others = sorted(mistakes, key=lambda m: (m.file, m.line or 0, m.field, str(m.what)))
    first.others = tuple(others)
    raise first


def known(names: Iterable[str], *, wrong: str = "") -> Phrase | None:
    """Return the hint that names what is possible, the nearest to what was written first."""
    possible = sorted(set(names))
    near = get_close_matches(wrong, possible, n=1)
    everything = ", ".join(possible)
    if near and len(possible) > MOST_NAMES:
        return phrase("declaration.hint.nearest", nearest=near[0])
    if near:
        return phrase("declaration.hint.nearest-of", nearest=near[0], known=everything)
    if possible and len(possible) <= MOST_NAMES:
        return phrase("declaration.hint.known", known=everything)
    return None
