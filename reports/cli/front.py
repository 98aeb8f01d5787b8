"""Reads the command line, finds the command's module and gives back its exit code.

A module is imported only when its command was asked for, so that help answers at once.
"""

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Protocol, cast

from reference_server.kernel.collecting import collect_rarely
from reports.cli.failures import answer, keep
from reports.cli.speech import DEFAULT_LANGUAGE, LANGUAGES, Speech


class Options(Protocol):
    """What knows the arguments of commands."""

    def configure(self, name: str, parser: argparse.ArgumentParser) -> None: ...


class Commands(Protocol):
    """What a package's `commands.py` offers: what its commands do, and mostly their arguments.

    `execute` returns the exit code: 0 good, 1 judged bad, 2 input wrong, 3 the lab's fault.
    Every namespace holds `json` (bool) and `language`.
    """

    def execute(self, name: str, arguments: argparse.Namespace) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: its name, the module that knows it, and another one for its arguments.

    Where there is another one, it is light: the module itself is imported only to do the work.
    """

    name: str
    module: str
    options: str = ""


OPTIONS = "reports.cli.options"
COMMANDS = (
    Command(name="demo", module="reports.cli.demo", options=OPTIONS),
    Command(name="sandbox", module="reference_server.app.kit.commands"),
    Command(name="serve", module="reference_server.app.commands"),
    Command(name="world", module="reference_server.app.copies.commands"),
    Command(name="codes", module="reference_server.app.codes.commands"),
    Command(name="certificates", module="reference_server.app.certificates.commands"),
    Command(name="personas", module="reference_server.app.personas.commands"),
    Command(name="population", module="reference_server.app.country.commands"),
    Command(name="errors", module="reference_server.app.errors.commands"),
    Command(name="init", module="test_suites.subjects.commands"),
    Command(name="doctor", module="test_suites.doctor.commands"),
    Command(name="run", module="reports.cli.runs", options=OPTIONS),
    Command(name="assess", module="reports.cli.assess", options=OPTIONS),
    Command(name="portal", module="reports.cli.portal", options=OPTIONS),
    Command(name="organisation", module="reports.cli.organisation", options=OPTIONS),
    Command(name="analysis", module="reports.cli.analysis", options=OPTIONS),
    Command(name="dossier", module="reports.cli.dossier", options=OPTIONS),
    Command(name="supplier", module="reports.cli.supplier", options=OPTIONS),
    Command(name="study", module="reports.cli.study", options=OPTIONS),
    Command(name="fuzz", module="reports.cli.fuzz", options=OPTIONS),
    Command(name="tls", module="reports.cli.tls", options=OPTIONS),
    Command(name="load", module="reports.cli.load", options=OPTIONS),
    Command(name="judge", module="reports.cli.runs", options=OPTIONS),
    Command(name="report", module="reports.cli.folders", options=OPTIONS),
    Command(name="diff", module="reports.cli.folders", options=OPTIONS),
    Command(name="verify", module="reports.cli.verification", options=OPTIONS),
    Command(name="validate", module="reports.cli.fhir", options=OPTIONS),
    Command(name="fhirpath", module="reports.cli.fhir", options=OPTIONS),
    Command(name="spec", module="reference_server.specification.commands"),
    Command(name="import-package", module="reference_server.app.packages.commands"),
    Command(name="vendors", module="reports.cli.vendors", options=OPTIONS),
    Command(name="selfcheck", module="test_suites.proof.commands"),
    Command(name="mutants", module="test_suites.proof.commands"),
    Command(name="stability", module="test_suites.proof.commands"),
    Command(name="bench", module="test_suites.proof.commands"),
    Command(name="identity", module="test_suites.proof.identity.commands"),
    Command(name="bundle", module="reports.cli.bundle", options=OPTIONS),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    speech = Speech(language=_language(words))
    command = next((one for one in COMMANDS if one.name in words[:1]), None)
    if command is None:
        return _overview(words, speech)
    return answer(lambda: _run(command, words[1:], speech), speech=speech, words=words)


def _language(words: Sequence[str]) -> str:
    """Return the language asked for, before the arguments are read, so that help speaks it."""
    for at, word in enumerate(words):
        chosen = words[at + 1] if word == "--language" and at + 1 < len(words) else None
        chosen = word.removeprefix("--language=") if word.startswith("--language=") else chosen
        if chosen in LANGUAGES:
            return chosen
    return DEFAULT_LANGUAGE


def _run(command: Command, words: list[str], speech: Speech) -> int:
    """Import the command's module and run it; what libraries log goes to a file."""
    logging.getLogger().addHandler(LogFile(level=logging.WARNING))
    options = cast("Options", importlib.import_module(command.options or command.module))
    parser = speech.parser(f"equalis {command.name}", speech.t(f"cli.command.{command.name}"))
    _shared(parser, speech)
    parser.set_defaults(language=speech.language)
    options.configure(command.name, parser)
    arguments = parser.parse_args(words)
    module = cast("Commands", importlib.import_module(command.module))
    collect_rarely()
    return module.execute(command.name, arguments)


class LogFile(logging.Handler):
    """Keeps warnings and stack traces of a run in var/equalis.log, away from people."""

    def emit(self, record: logging.LogRecord) -> None:
        keep("equalis.log", self.format(record) + "\n")


def _shared(parser: argparse.ArgumentParser, speech: Speech) -> None:
    """Add what every command takes."""
    parser.add_argument("--json", action="store_true", help=speech.t("cli.option.json"))
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        default=DEFAULT_LANGUAGE,
        help=speech.t("cli.option.language"),
    )


def _overview(words: list[str], speech: Speech) -> int:
    """Show what there is; a command nobody knows is wrong input."""
    parser = speech.parser("equalis", speech.t("cli.about"))
    parser.epilog = speech.t("cli.epilog")
    _shared(parser, speech)
    parser.add_argument(
        "--version",
        action="version",
        version=f"%(prog)s {version('equalis-lab')}",
        help=speech.t("cli.option.version"),
    )
    commands = parser.add_subparsers(
        title=speech.t("cli.commands"), metavar=speech.t("cli.command"), dest="command"
    )
    for command in COMMANDS:
        commands.add_parser(command.name, help=speech.t(f"cli.command.{command.name}"))
    if not words:
        parser.print_help()
        return 2
    return answer(lambda: _asked(parser, words), speech=speech, words=words)


def _asked(parser: argparse.ArgumentParser, words: list[str]) -> int:
    """Answer `--help`, or say that there is no such command."""
    parser.parse_args(words)
    parser.print_help()
    return 2
