"""Starts an example vendor program in this process's place; imports nothing of it."""

import os
import socket
import sys
from argparse import Namespace
from difflib import get_close_matches

from reports.cli.speech import InputError
from reports.cli.writing import because
from scenarios.errors import Phrase, phrase
from test_suites.proof.defects import load_defects

LAST_PORT = 65_535
LOOPBACK = "127.0.0.1"


def execute(name: str, arguments: Namespace) -> int:
    """Become the program: signals and exit code are its own from here on.

    What it would refuse in its own words is asked before, in the language chosen.
    """
    del name
    if arguments.defect is not None:
        _check_defect(arguments.vendor, arguments.defect)
    _check_port(arguments.port)
    words = [sys.executable, "-m", f"test_suites.vendors.{arguments.vendor}"]
    words += ["--port", str(arguments.port)]
    words += ["--defect", arguments.defect] if arguments.defect else []
    sys.stdout.flush()
    os.execv(sys.executable, words)  # noqa: S606  the program itself, without a shell


def _check_defect(vendor: str, name: str) -> None:
    """Raise InputError, with the names there are, where a product has no such defect."""
    known = sorted(defect.name for defect in load_defects() if defect.vendor == vendor)
    if name not in known:
        raise InputError("cli.wrong.defect", where=name, detail=_known(name, known))


def _known(name: str, known: list[str]) -> Phrase:
    """Return the names there are, the nearest first."""
    near = get_close_matches(name, known, n=1)
    names = ", ".join(known)
    if near:
        return phrase("declaration.hint.nearest-of", nearest=near[0], known=names)
    return phrase("declaration.hint.known", known=names)


def _check_port(port: int) -> None:
    """Raise InputError where a program could not listen on a port; 0 is any free one."""
    if not 0 <= port <= LAST_PORT:
        raise InputError("cli.wrong.port", where=str(port))
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise InputError(
                "cli.wrong.address", where=f"{LOOPBACK}:{port}", detail=because(error)
            ) from error
