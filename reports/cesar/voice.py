"""How a dialogue speaks and listens at a terminal: plain lines that fit; knows no question."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

NARROWEST: Final = 24
WIDEST: Final = 88


class StoppedError(Exception):
    """Whoever answers wants to stop here and go on another day."""


class BackError(Exception):
    """One question back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Owns the terminal of one dialogue, in one language and at one width.

    `say` shows a line. `ask` shows a prompt and returns a line; it raises EOFError where nobody
    answers any more. `t` returns a sentence of the catalogue.
    """

    t: Callable[..., str]
    language: str
    width: int
    say: Callable[[str], None]
    ask: Callable[[str], str]

    def tell(self, text: str, *, first: str = "", others: str = "") -> None:
        """Say something in lines that fit; a word that is too long stays whole."""
        lines = textwrap.wrap(
            text,
            width=max(NARROWEST, min(self.width, WIDEST)),
            initial_indent=first,
            subsequent_indent=others,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines or [""]:
            self.say(line)

    def offer(self, key: str, text: str) -> None:
        """Say what a key stands for."""
        self.tell(text, first=f"  {key}  ", others="     ")

    def heard(self, prompt: str, *, help_: Callable[[], None], back: bool = True) -> str:
        """Return a line that is neither help, nor back, nor stop; those are done here.

        Raises BackError, StoppedError and EOFError.
        """
        while True:
            line = self.ask(prompt).strip()
            match line.casefold():
                case "?":
                    help_()
                case "b" if back:
                    raise BackError
                case "b":
                    self.tell(self.t("cesar.no-way-back"))
                case "q":
                    raise StoppedError
                case _:
                    return line

    def chosen(self, what: str, choices: Sequence[str], before: str | None) -> str:
        """Return what was chosen by its number; an empty line keeps what was chosen `before`.

        Sentences are `cesar.ask.{what}`, `cesar.help.{what}` and, for a choice, `cesar.{what}.…`.
        """
        self.say("")
        self.tell(self.t(f"cesar.ask.{what}"))
        for number, choice in enumerate(choices, start=1):
            self.offer(str(number), self.t(f"cesar.{what}.{choice}"))
        if before is not None:
            self.tell(self.t("cesar.current", answer=self.t(f"cesar.{what}.{before}")))
        prompt = self.t("cesar.prompt.number", last=len(choices))
        while True:
            line = self.heard(prompt, help_=lambda: self.tell(self.t(f"cesar.help.{what}")))
            if not line and before is not None:
                return before
            if line.isdecimal() and 1 <= int(line) <= len(choices):
                return choices[int(line) - 1]
            self.tell(self.t("cesar.invalid.number", last=len(choices)))
