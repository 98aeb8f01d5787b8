"""The files, hosts and personas that a subject file names; opens no connection."""

import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

from reference_server.population.personas import Population
from scenarios.document import Place
from test_suites.core.message import JsonValue
from test_suites.doctor.notebook import Fault, fault
from test_suites.subjects.model import ServerClient, Subject
from test_suites.subjects.reader import (
    addresses,
    authorised_until,
    host_of,
    is_loopback,
    named_files,
)


def host_faults(subject: Subject, *, today: date) -> Iterator[Fault]:
    """Yield every address at which nobody allows the lab to ask, or no longer."""
    for place, address in addresses(subject):
        host = host_of(address) or ""
        until = authorised_until(subject, host)
        if is_loopback(host):
            continue
        if until is None:
            yield fault("host-not-authorised", place, host=host)
        elif until < today:
            yield fault("authorisation-ended", place, host=host, day=until.isoformat())


def may_ask(host: str, subject: Subject, *, today: date) -> bool:
    """Tell whether the lab may talk to a host: this machine, or one that somebody allows."""
    until = authorised_until(subject, host)
    return is_loopback(host) or (until is not None and until >= today)


def persona_faults(subject: Subject, population: Population) -> Iterator[Fault]:
    """Yield every client of a persona that the lab does not know."""
    known = {*population.practitioners, *population.organizations}
    for index, client in enumerate(subject.server.clients if subject.server else ()):
        if client.persona not in known:
            place: Place = ("server", "clients", index, "persona")
            yield fault("persona-unknown", place, persona=client.persona)


def file_faults(subject: Subject, folder: Path) -> Iterator[Fault]:
    """Yield every file that cannot be read."""
    for place, name in named_files(subject):
        try:
            (folder / name).read_text("utf-8")
        except FileNotFoundError:
            yield fault("file-missing", place, file=name)
        except (OSError, UnicodeDecodeError, ValueError):
            yield fault("file-unreadable", place, file=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What one client signs in with, or what is wrong with it."""

    index: int
    client: ServerClient
    password: str = ""
    private_jwk: Mapping[str, JsonValue] | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def place(self) -> Place:
        """Return where the client stands in the subject file."""
        return ("server", "clients", self.index)

    def secrets(self) -> Iterator[str]:
        """Yield every text that must not be told."""
        yield self.password
        yield str((self.private_jwk or {}).get("d", ""))


def trust_of(subject: Subject, folder: Path) -> tuple[str, tuple[Fault, ...]]:
    """Return the authorities that a subject file names, empty for the system's."""
    name = None if subject.server is None else subject.server.trust_pem
    if name is None:
        return "", ()
    pem = _read(folder / name)
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        return "", (fault("trust-not-pem", ("server", "trust_pem"), file=name),)
    return pem, ()


def credentials(subject: Subject, folder: Path) -> tuple[Credential, ...]:
    """Return what each client signs in with; files that are missing are told elsewhere."""
    clients = subject.server.clients if subject.server is not None else ()
    return tuple(_credential(index, client, folder) for index, client in enumerate(clients))


def _credential(index: int, client: ServerClient, folder: Path) -> Credential:
    place: Place = ("server", "clients", index)
    if client.username is not None and client.password_file is not None:
        password = _read(folder / client.password_file).strip()
        where = (*place, "password_file")
        empty = (fault("password-empty", where, file=client.password_file),)
        return Credential(
            index=index, client=client, password=password, faults=() if password else empty
        )
    if client.private_jwk_file is None:
        lacking = (fault("credentials-incomplete", place, persona=client.persona),)
        return Credential(index=index, client=client, faults=lacking)
    where, name = (*place, "private_jwk_file"), client.private_jwk_file
    jwk = _jwk(_read(folder / name))
    if jwk is None:
        faults: tuple[Fault, ...] = (fault("key-not-a-jwk", where, file=name),)
    else:
        faults = () if jwk.get("d") else (fault("key-without-private-part", where, file=name),)
    return Credential(index=index, client=client, private_jwk=jwk, faults=faults)


def _jwk(text: str) -> dict[str, JsonValue] | None:
    """Return a key that can be used; None where the text is none."""
    try:
        value = json.loads(text)
        JWKRegistry.import_key(cast("dict[str, str | list[str]]", value))
    except (JoseError, ValueError, TypeError, AttributeError, KeyError):
        return None
    return value if isinstance(value, dict) and value.get("kty") in {"EC", "RSA"} else None


def _read(file: Path) -> str:
    """Return a file's text; empty where it cannot be read."""
    try:
        return file.read_text("utf-8")
    except (OSError, ValueError):
        return ""
