"""Reads subject.toml and says what is wrong with it where the vendor can see it."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from scenarios.document import Place, field_name
from scenarios.errors import DeclarationError, Phrase, phrase, raise_all
from scenarios.unreadable import unreadable
from scenarios.wording import everything_wrong, shown
from test_suites.subjects.model import Subject
from test_suites.subjects.toml import line_of, read_toml

LARGEST: Final = 256 * 1024


def read_subject(path: Path, *, today: date) -> Subject:
    """Return what the file declares; raise DeclarationError with every mistake in it.

    Files that it names must be there to be read: they lie beside it.
    """
    text = read_text(path)
    subject = parse_subject(text, file=str(path), today=today)
    written = Written(text=text, file=str(path))
    raise_all(list(_file_mistakes(subject, written, path.parent)))
    return subject


def read_text(path: Path) -> str:
    """Return a subject file's text; raise DeclarationError where there is none to be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise _too_large(str(path))
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(str(path), None, "", unreadable(error)) from error


def parse_subject(text: str, *, file: str, today: date) -> Subject:
    """Return what a subject file's text declares; `file` is only named in errors."""
    subject, written = _validated(text, file=file), Written(text=text, file=file)
    raise_all([*_cross_mistakes(subject, written), *_host_mistakes(subject, written, today)])
    return subject


def parse_declared(text: str, *, file: str) -> Subject:
    """Return what a text declares, whether the hosts in it may be tested or not."""
    subject = _validated(text, file=file)
    raise_all(list(_cross_mistakes(subject, Written(text=text, file=file))))
    return subject


def _validated(text: str, *, file: str) -> Subject:
    if len(text) > LARGEST:
        raise _too_large(file)
    content = read_toml(text, file=file)
    written = Written(text=text, file=file)
    try:
        return Subject.model_validate(content)
    except ValidationError as error:
        raise_all(
            [
                written.mistake(each.place, each.what, hint=each.hint)
                for each in everything_wrong(Subject, error)
            ]
        )
        raise


def _too_large(file: str) -> DeclarationError:
    return DeclarationError(file, None, "", phrase("declaration.subject.too-large", limit=LARGEST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Owns a subject file's text, in which places have lines."""

    text: str
    file: str

    def line(self, place: Place) -> int | None:
        """Return the line of a place, None for the file as a whole."""
        return line_of(self.text, place) if place else None

    def mistake(
        self, place: Place, what: Phrase, *, hint: Phrase | None = None
    ) -> DeclarationError:
        """Return the error that names a place of this file."""
        line = line_of(self.text, place)
        return DeclarationError(self.file, line, field_name(place), what, hint=hint)


def _cross_mistakes(subject: Subject, written: Written) -> Iterator[DeclarationError]:
    actors = [role.actor for role in subject.roles]
    for index, role in enumerate(subject.roles):
        place = ("roles", index)
        if role.actor in actors[:index]:
            what = phrase("declaration.subject.role-twice", role=role.actor)
            yield written.mistake((*place, "actor"), what)
        if "back-channel-logout" in role.capabilities and role.logout_uri is None:
            what = phrase("declaration.subject.logout-uri-missing")
            yield written.mistake((*place, "logout_uri"), what)
        for both in sorted(set(role.capabilities) & set(role.not_supported)):
            what = phrase("declaration.subject.claimed-and-not", capability=both)
            yield written.mistake((*place, "not_supported"), what)
    clients = {"prescriber", "laboratory"} & set(actors)
    if "service" in actors and subject.server is None:
        what = phrase("declaration.subject.needs-table", role="service", table="server")
        yield written.mistake(("server",), what)
    if "service" in actors and clients:
        yield written.mistake(("roles",), phrase("declaration.subject.two-subjects"))
    if clients and subject.operator is None:
        what = phrase("declaration.subject.needs-table", role=min(clients), table="operator")
        yield written.mistake(("operator",), what)
    for where, address in addresses(subject):
        if host_of(address) is None:
            yield written.mistake(where, phrase("declaration.text.pattern", found=shown(address)))


def _host_mistakes(subject: Subject, written: Written, today: date) -> Iterator[DeclarationError]:
    for place, address in addresses(subject):
        host = host_of(address)
        if host is None:
            continue  # a mistake of its own, told already
        until = authorised_until(subject, host)
        if is_loopback(host):
            continue
        if until is None:
            what = phrase("declaration.subject.another-machine", host=host)
            hint = phrase("declaration.subject.hint.authorised")
            yield written.mistake(place, what, hint=hint)
        elif until < today:
            ended = until.isoformat()
            what = phrase("declaration.subject.authorisation-ended", host=host, day=ended)
            yield written.mistake(place, what)


def addresses(subject: Subject) -> Iterator[tuple[Place, str]]:
    """Yield place and value of every address at which the lab would ask."""
    if subject.server is not None:
        yield ("server", "base_url"), subject.server.base_url
    if subject.operator is not None and subject.operator.kind == "driver":
        yield ("operator", "url"), subject.operator.url


def authorised_until(subject: Subject, host: str) -> date | None:
    """Return the last day on which a host may be tested; None where nobody allows it."""
    return max((each.until for each in subject.authorised if each.host == host), default=None)


def _file_mistakes(subject: Subject, written: Written, folder: Path) -> Iterator[DeclarationError]:
    for place, name in named_files(subject):
        try:
            (folder / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            yield written.mistake(place, unreadable(error))


def named_files(subject: Subject) -> Iterator[tuple[Place, str]]:
    """Yield place and name of every file that the subject file names."""
    server = subject.server
    if server is None:
        return
    if server.trust_pem is not None:
        yield ("server", "trust_pem"), server.trust_pem
    for index, client in enumerate(server.clients):
        for field in ("private_jwk_file", "password_file"):
            name = getattr(client, field)
            if name is not None:
                yield ("server", "clients", index, field), name


def host_of(address: str) -> str | None:
    """Return the host of an address; None where it has none, or a port that is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine by its address; names other than localhost are not."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
