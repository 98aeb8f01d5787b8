"""Writes what a command has to say, as text or as JSON; knows no command."""

import json
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reports.cli.speech import Speech

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Where a command speaks: results on standard output, progress on standard error."""

    speech: Speech
    as_json: bool

    @classmethod
    def of(cls, arguments: Namespace) -> "Console":
        """Return the console that the arguments ask for."""
        return cls(speech=Speech(language=arguments.language), as_json=arguments.json)

    def t(self, message_id: str, **params: object) -> str:
        """Return one sentence of the command line."""
        return self.speech.t(message_id, **params)

    def tell(self, message_id: str, **params: object) -> None:
        """Write one sentence for a person; nothing with `--json`."""
        self.line(self.t(message_id, **params))

    def line(self, text: str = "") -> None:
        """Write one line for a person; nothing with `--json`."""
        if not self.as_json:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def progress(self, text: str) -> None:
        """Write one line of progress where it disturbs no result."""
        if not self.as_json:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    def result(self, content: Json) -> None:
        """Write one line of JSON; nothing for a person."""
        if self.as_json:
            sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
            sys.stdout.flush()
