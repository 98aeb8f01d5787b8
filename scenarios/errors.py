"""What is wrong with a declaration file, where its author can see it; knows no file format."""

from collections.abc import Sequence


class DeclarationError(Exception):
    """Owns one mistake in a file written by a person, and the further ones found with it.

    `line` counts from 1 and is None where no line can be named; `field` is the place as the
    author writes it (`steps[1].expect[0].check`), empty where the whole file is meant.
    """

    def __init__(
        self, file: str, line: int | None, field: str, message: str, *, hint: str = ""
    ) -> None:
        super().__init__(file, line, field, message)
        self.file = file
        self.line = line
        self.field = field
        self.message = message
        self.hint = hint
        self.others: tuple[DeclarationError, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.sentence(), *(other.sentence() for other in self.others)])

    def sentence(self) -> str:
        """Return `file:line: field: message (hint)` of this mistake alone."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = [place, self.field, self.message] if self.field else [place, self.message]
        return ": ".join(parts) + (f" ({self.hint})" if self.hint else "")


def raise_all(mistakes: Sequence[DeclarationError]) -> None:
    """Raise the first mistake, the others attached to it; do nothing when there is none."""
    if not mistakes:
        return
    first, *others = sorted(mistakes, key=lambda m: (m.file, m.line or 0, m.field, m.message))
    first.others = tuple(others)
    raise first
