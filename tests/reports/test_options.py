"""Help answers at once, and offers what the commands know."""

import subprocess
import sys
from typing import get_args

import pytest

from reports.cesar.bank import SIZES
from reports.cesar.questions import InstrumentName
from reports.cli import activities, options
from reports.cli.front import COMMANDS

HEAVY = {
    *("fastapi", "starlette", "uvicorn", "httpx", "pydantic", "jinja2"),
    *("cryptography", "psycopg", "pikepdf", "weasyprint"),
}
PROGRAM = """
import sys
from reports.cli.front import main
try:
    main([sys.argv[1], "--help"])
except SystemExit:
    pass
print(*sorted(set(sys.argv[2:]) & set(sys.modules)), file=sys.stderr)
"""


def test_the_options_offer_what_the_commands_know() -> None:
    assert activities.names() == options.ACTIVITIES
    assert SIZES == options.SIZES
    assert get_args(InstrumentName) == options.INSTRUMENTS


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_help_imports_nothing_that_takes_time(command: str) -> None:
    words = [sys.executable, "-c", PROGRAM, command, *sorted(HEAVY)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stderr.split() == []
