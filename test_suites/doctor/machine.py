"""This machine: its clock, disk, loopback, proxy variables, and what PDF reports need."""

import importlib
import shutil
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from test_suites.doctor.network import shown_proxy
from test_suites.doctor.notebook import Fault, fault

LEAST_FREE: Final = 500 * 1024 * 1024
EARLIEST: Final = datetime(2026, 11, 1, tzinfo=UTC)
LATEST: Final = datetime(2050, 1, 1, tzinfo=UTC)
"""Between these this software can be in use."""
PANGO: Final = "libpango-1.0-0 libpangoft2-1.0-0"
LOOPBACK: Final = "127.0.0.1"
_SECONDS: Final = 2.0
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")


def clock_faults(now: datetime) -> Iterator[Fault]:
    """Yield a fault where this machine's clock cannot be right."""
    if not EARLIEST <= now <= LATEST:
        yield fault("clock-implausible", now=now.isoformat(timespec="seconds"))


def disk_faults(folder: Path, *, least: int = LEAST_FREE) -> Iterator[Fault]:
    """Yield a fault where a folder's disk has too little room for the evidence of a run."""
    free = shutil.disk_usage(folder).free
    if free < least:
        megabyte = 1024 * 1024
        yield fault("disk-full", folder=folder, free=free // megabyte, least=least // megabyte)


def pdf_faults() -> Iterator[Fault]:
    """Yield a hint where reports cannot be made as PDF."""
    try:
        importlib.import_module("weasyprint")
    except (OSError, ImportError):
        yield fault("pango-missing", packages=PANGO)


def loopback_faults() -> Iterator[Fault]:
    """Yield a fault where this machine cannot talk to itself."""
    try:
        with socket.create_server((LOOPBACK, 0)) as listening:
            whom = listening.getsockname()[:2]
            with socket.create_connection(whom, timeout=_SECONDS):
                return
    except OSError as error:
        yield fault("loopback-broken", address=LOOPBACK, code=error.errno or "?")


def proxy_faults(environ: Mapping[str, str]) -> Iterator[Fault]:
    """Yield a hint where programs that obey proxy variables would send loopback to a proxy."""
    named = {name: environ.get(name) or environ.get(name.upper()) for name in _PROXIES}
    exempt = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").split(",")
    entries = {entry.strip() for entry in exempt}
    if entries & {"*", LOOPBACK, "127.0.0.0/8"}:
        return
    for name, proxy in named.items():
        if proxy:
            yield fault("proxy-catches-loopback", variable=name.upper(), proxy=shown_proxy(proxy))
            return
