"""Writes a sandbox's folder, and renews it without touching keys, passwords or data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from cryptography import x509

from reference_server.app.asgi import build_app
from reference_server.app.errors import catalogue
from reference_server.app.errors.page import page as errors_page
from reference_server.app.kit.facts import Facts
from reference_server.app.kit.folder import Sandbox, Wishes, open_folder, write_sandbox
from reference_server.app.kit.page import as_html, as_markdown
from reference_server.app.kit.samples import SAMPLES, sample
from reference_server.app.kit.tables import everybody
from reference_server.app.openapi import of_world
from reference_server.app.sandbox import client_keys, write_der, write_passwords, write_whole
from reference_server.app.serve import EVERYWHERE
from reference_server.app.worlds import WorldRegistry
from reference_server.population import load
from reference_server.world.authority import server_identity

START_HTML, START_MD = "START.html", "START.md"
# Keys and passwords are nobody's source code; httpYac passes over files that git ignores.
_NOT_FOR_GIT = b"*\n!happy-path.http\n"
_LUXEMBOURG = ZoneInfo("Europe/Luxembourg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was written, and the command that serves it; `is_new` is False for a renewal."""

    folder: Path
    sandbox: Sandbox
    serve: str
    is_new: bool


def make_sandbox(folder: Path, wishes: Wishes, *, language: str) -> Made:
    """Write a sandbox, or renew the one that is there.

    Raises ServeError where the folder holds something else or a wish cannot be had, and OSError
    where it cannot be written.
    """
    found = open_folder(folder)
    sandbox = (found or Sandbox()).changed(wishes)
    folder.mkdir(parents=True, exist_ok=True)
    write_sandbox(folder, sandbox)
    facts = facts_of(folder, sandbox)
    for name, content in _contents(facts, language):
        write_whole(folder / name, content)
    return Made(folder=folder, sandbox=sandbox, serve=facts.serve, is_new=found is None)


def facts_of(folder: Path, sandbox: Sandbox) -> Facts:
    """Make what is secret, once, and return what the pages tell."""
    people = load()
    client_keys(folder / "clients", people)
    write_passwords(folder / "people", people)
    named = (sandbox.host, *sandbox.names)
    hosts = tuple(host for host in named if host not in EVERYWHERE)
    now = datetime.now(UTC)
    identity = server_identity(folder, now=now, hosts=hosts)
    write_der(identity.authority)
    authority = x509.load_pem_x509_certificate(identity.authority.read_bytes())
    return Facts(
        sandbox=sandbox,
        folder=folder,
        people=people,
        written=now.astimezone(_LUXEMBOURG),
        trusted_until=authority.not_valid_after_utc.date(),
    )


def _contents(facts: Facts, language: str) -> Iterator[tuple[str, bytes]]:
    """Return every page and sample; START comes last, as what it names is there by then."""
    document = build_app(WorldRegistry(origin=facts.sandbox.origin)).openapi()
    yield ".gitignore", _NOT_FOR_GIT
    yield "openapi.json", _json(of_world(document, facts.base))
    yield "people.json", _json(everybody(facts.people))
    yield "errors.html", errors_page(catalogue(language), language).encode()
    yield "first-prescription.pdf", facts.example.page
    yield "first-prescription.json", _json(facts.example.bundle)
    for name in SAMPLES:
        yield name, sample(name, facts.for_samples())
    yield START_MD, as_markdown(facts, language).encode()
    yield START_HTML, as_html(facts, language).encode()


def _json(content: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
