"""The command tls: looks at the TLS of one server and says which guide's level it reaches.

Only this machine is looked at, or a host whose operator has allowed it in a subject file.
"""

import datetime as dt
import ssl
from argparse import Namespace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from reports.cli.console import Console
from reports.cli.failures import BAD, GOOD
from reports.cli.speech import InputError
from test_suites.checks.transport import rows
from test_suites.match.tls_levels import (
    ANSSI_SOURCE,
    MOZILLA_SOURCE,
    Anssi,
    Mozilla,
    is_broken,
    overall,
)
from test_suites.subjects.reader import authorised_until, is_loopback, read_subject
from test_suites.tls.handshakes import NobodyThereError, Server
from test_suites.tls.measuring import Measured, measure

HTTPS: Final = 443
ENOUGH: Final = frozenset({Mozilla.MODERN, Mozilla.INTERMEDIATE})


def execute(name: str, arguments: Namespace) -> int:
    """Look, and return 0 where the server reaches Mozilla's intermediate level at least."""
    del name
    console = Console.of(arguments)
    host, port = _address(arguments.address)
    _must_be_allowed(host, arguments.subject)
    server = Server(host=host, port=port, name=arguments.host_name or host)
    now = dt.datetime.now(dt.UTC)
    try:
        found = measure(server, trusting=_trusting(arguments.trust), now=now)
    except NobodyThereError as nobody:
        raise InputError(
            "cli.wrong.tls-nobody", where=arguments.address, detail=nobody.detail
        ) from nobody
    return _tell(found, console)


def _address(written: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`, or of an https address."""
    url = written if "://" in written else f"https://{written}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or HTTPS
    except ValueError as error:
        raise InputError("cli.wrong.tls-address", where=written) from error
    if parts.scheme != "https" or not host:
        raise InputError("cli.wrong.tls-address", where=written)
    return host, port


def _must_be_allowed(host: str, subject_file: Path | None) -> None:
    """Raise InputError where nobody has allowed to look at a host."""
    if is_loopback(host):
        return
    today = dt.datetime.now(dt.UTC).date()
    if subject_file is not None:
        until = authorised_until(read_subject(subject_file, today=today), host)
        if until is not None and until >= today:
            return
    raise InputError("cli.wrong.tls-host", where=host, mend="cli.mend.tls-host")


def _trusting(file: Path | None) -> ssl.SSLContext | None:
    """Return how a careful client takes up TLS; None where nobody said whom to trust."""
    if file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(file))
    except (OSError, ssl.SSLError) as error:
        raise InputError("cli.wrong.tls-trust", where=str(file)) from error


def _tell(found: Measured, console: Console) -> int:
    facts = found.as_json()
    table = rows(facts)
    mozilla, anssi = overall(table)
    if found.anonymous:
        mozilla, anssi = Mozilla.NONE, Anssi.NONE
    console.result(
        {
            **facts,
            "levels": {"mozilla": mozilla.value, "anssi": anssi.value},
            "sources": {"mozilla": MOZILLA_SOURCE, "anssi": ANSSI_SOURCE},
            "rows": [
                {
                    "topic": row.topic,
                    "found": row.found,
                    "mozilla": row.mozilla.value,
                    "anssi": row.anssi.value,
                }
                for row in table
            ],
        }
    )
    if not table and not found.anonymous:
        console.tell("cli.tls.nothing", host=found.host, port=found.port)
        return BAD
    console.line(f"{'':<48} {'Mozilla':<14} ANSSI")
    for row in table:
        broken = "  !" if is_broken(row.found) else ""
        console.line(f"{row.found:<48} {row.mozilla.value:<14} {row.anssi.value}{broken}")
    if found.anonymous:
        console.tell("cli.tls.anonymous")
    if found.trusted is not None:
        console.tell(
            "cli.tls.trusted" if found.trusted else "cli.tls.distrusted", why=found.distrust
        )
    console.tell(
        "cli.tls.sum",
        handshakes=found.handshakes,
        mozilla=mozilla.value,
        anssi=anssi.value,
        mozilla_source=MOZILLA_SOURCE,
        anssi_source=ANSSI_SOURCE,
    )
    return GOOD if mozilla in ENOUGH and found.trusted is not False else BAD
