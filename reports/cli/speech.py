"""The command line's own sentences, and an argument parser that speaks them; runs nothing."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NoReturn

from reference_server.text import LANGUAGES, Catalogue

if TYPE_CHECKING:
    from scenarios.errors import Phrase

DEFAULT_LANGUAGE = "fr"

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "InputError", "Speech"]


class InputError(Exception):
    """What a person gave cannot be used: `what` and `mend` are message ids without parameters.

    `where` is the file, folder or option meant; `detail` what was found there, as it was written
    or as a sentence of the lab.
    """

    def __init__(
        self, what: str, *, where: str, detail: "str | Phrase" = "", mend: str = ""
    ) -> None:
        super().__init__(what, where, detail, mend)
        self.what = what
        self.where = where
        self.detail = detail
        self.mend = mend


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """The sentences of the command line in one language."""

    language: str

    def t(self, message_id: str, **params: object) -> str:
        """Return one sentence."""
        return _catalogue().render(message_id, params, self.language)

    def parser(self, program: str, about: str) -> argparse.ArgumentParser:
        """Return an argument parser whose own words are in this language, too."""
        translate = self._argparse
        # argparse looks its words up in this name of its own; there is no other way in.
        setattr(argparse, "_", translate)  # noqa: B010  a name the type stubs do not know
        parser = SpeakingParser(
            prog=program,
            description=about,
            add_help=False,
            formatter_class=_formatter(translate("usage: ")),
        )
        parser.add_argument("-h", "--help", action="help", help=self.t("cli.option.help"))
        return parser

    def _argparse(self, text: str) -> str:
        """Return argparse's own words in this language."""
        message_id = _ARGPARSE.get(text)
        return text if message_id is None else self.t(message_id, **_NAMES)


class SpeakingParser(argparse.ArgumentParser):
    """An argument parser whose mistakes are wrong input like any other."""

    def error(self, message: str) -> NoReturn:
        raise InputError("cli.wrong.arguments", where=self.prog, detail=message)


def _formatter(usage: str) -> Callable[..., argparse.HelpFormatter]:
    """Return a help formatter with a translated `usage: `."""

    class Formatter(argparse.HelpFormatter):
        """Help with the word for usage in the language chosen."""

        def add_usage(
            self,
            usage_text: str | None,
            actions: object,
            groups: object,
            prefix: str | None = None,
        ) -> None:
            super().add_usage(usage_text, actions, groups, prefix or usage)  # type: ignore[arg-type]  # argparse's own types, passed on

    return Formatter


# Sentences of argparse that a person can meet, and our message for each. Its parameters are
# %-style; our catalogues have {names}, which _NAMES turns back into what argparse fills in.
_ARGPARSE = {
    "usage: ": "cli.argparse.usage",
    "options": "cli.argparse.options",
    "positional arguments": "cli.argparse.positional",
    "the following arguments are required: %s": "cli.argparse.required",
    "unrecognized arguments: %s": "cli.argparse.unrecognized",
    "expected one argument": "cli.argparse.one-argument",
    "argument %(argument_name)s: %(message)s": "cli.argparse.argument",
    "invalid choice: %(value)r (choose from %(choices)s)": "cli.argparse.choice",
    "invalid %(type)s value: %(value)r": "cli.argparse.value",
    "unknown parser %(parser_name)r (choices: %(choices)s)": "cli.argparse.parser",
}
_NAMES = {
    "rest": "%s",
    "argument": "%(argument_name)s",
    "message": "%(message)s",
    "value": "%(value)r",
    "choices": "%(choices)s",
    "parser": "%(parser_name)r",
}


@cache
def _catalogue() -> Catalogue:
    """Read the command line's own messages, once."""
    return Catalogue.load(resources.files("reports.cli") / "messages")
