"""Starts an example vendor program in this process's place; imports nothing of it."""

import os
import sys
from argparse import ArgumentParser, Namespace

from reports.cli.folders import parser_language
from reports.cli.speech import Speech

VENDORS = ("prescriber", "laboratory")


def configure(name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `vendors`; those of the program pass through as they are."""
    del name
    speech = Speech(language=parser_language(parser))
    parser.add_argument("vendor", choices=VENDORS, help=speech.t("cli.option.vendor"))
    parser.add_argument("--port", default="0", help=speech.t("cli.option.port"))
    parser.add_argument("--defect", metavar="NAME", help=speech.t("cli.option.defect"))


def execute(name: str, arguments: Namespace) -> int:
    """Become the program: signals and exit code are its own from here on."""
    del name
    words = [sys.executable, "-m", f"test_suites.vendors.{arguments.vendor}"]
    words += ["--port", arguments.port]
    words += ["--defect", arguments.defect] if arguments.defect else []
    sys.stdout.flush()
    os.execv(sys.executable, words)  # noqa: S606  the program itself, without a shell
