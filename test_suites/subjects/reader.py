"""Reads subject.toml and says what is wrong with it where the vendor can see it."""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from scenarios.errors import DeclarationError, raise_all
from test_suites.subjects.model import Subject

LARGEST: Final = 256 * 1024
_HEADER = re.compile(r"^\s*\[(\[?)([^\]]+?)\]?\]\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\-\"']+)\s*=")
_TOML_LINE = re.compile(r"\(at line (\d+)")
_KNOWN: Final = {
    "": ("product", "roles", "operator", "server", "authorised"),
    "product": ("vendor", "name", "version", "build"),
    "roles": ("actor", "capabilities", "not_supported"),
    "operator": ("kind", "url", "command"),
    "server": ("base_url", "trust_pem", "clients"),
    "clients": ("persona", "client_id", "private_jwk_file", "username", "password_file"),
    "authorised": ("host", "person", "until"),
}


def read_subject(path: Path, *, today: date) -> Subject:
    """Return what the file declares; raise DeclarationError with every mistake in it."""
    try:
        text = path.read_bytes()[: LARGEST + 1].decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeclarationError(str(path), None, "", f"cannot be read: {error}") from error
    return parse_subject(text, file=str(path), today=today)


def parse_subject(text: str, *, file: str, today: date) -> Subject:
    """Return what a subject file's text declares; `file` is only named in errors."""
    if len(text) > LARGEST:
        raise DeclarationError(file, None, "", f"is larger than {LARGEST} bytes")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        line = int(found[1]) if found else None
        raise DeclarationError(file, line, "", f"is not TOML: {error}") from error
    try:
        subject = Subject.model_validate(content)
    except ValidationError as error:
        raise_all([_mistake(each, text, file) for each in error.errors()])
        raise
    raise_all(list(_cross_mistakes(subject, text, file, today)))
    return subject


def _mistake(error: ErrorDetails, text: str, file: str) -> DeclarationError:
    place = tuple(part for part in error["loc"] if part not in {"console", "driver", "process"})
    return DeclarationError(
        file, line_of(text, place), _field(place), error["msg"], hint=_hint(error, place)
    )


def _hint(error: ErrorDetails, place: tuple[int | str, ...]) -> str:
    """Name the nearest valid word, then all of them."""
    expected = (error.get("ctx") or {}).get("expected") or (error.get("ctx") or {}).get(
        "expected_tags"
    )
    if error["type"] == "extra_forbidden":
        tables = [str(part) for part in place[:-1] if isinstance(part, str)]
        valid = list(_KNOWN.get(tables[-1] if tables else "", ()))
        wrong = str(place[-1])
    elif expected:
        valid, wrong = re.findall(r"'([^']+)'", str(expected)), _word(error["input"])
    else:
        return ""
    near = difflib.get_close_matches(wrong, valid, n=1)
    nearest = f"did you mean {near[0]}? " if near else ""
    return f"{nearest}known: {', '.join(valid)}" if valid else ""


def _word(value: Any) -> str:  # noqa: ANN401  whatever stood in the file
    return str(value.get("kind", "")) if isinstance(value, dict) else str(value)


def _cross_mistakes(
    subject: Subject, text: str, file: str, today: date
) -> Iterator[DeclarationError]:
    actors = [role.actor for role in subject.roles]
    for index, role in enumerate(subject.roles):
        place = ("roles", index)
        if role.actor in actors[:index]:
            yield _at(text, file, (*place, "actor"), f"{role.actor} is declared twice")
        for both in sorted(set(role.capabilities) & set(role.not_supported)):
            yield _at(text, file, (*place, "not_supported"), f"{both} is also claimed")
    clients = {"prescriber", "laboratory"} & set(actors)
    if "service" in actors and subject.server is None:
        yield _at(text, file, ("server",), "the role service needs a table [server]")
    if "service" in actors and clients:
        yield _at(text, file, ("roles",), "a server and a client are two subjects: two files")
    if clients and subject.operator is None:
        yield _at(text, file, ("operator",), f"the role {min(clients)} needs a table [operator]")
    yield from _host_mistakes(subject, text, file, today)


def _host_mistakes(
    subject: Subject, text: str, file: str, today: date
) -> Iterator[DeclarationError]:
    addresses = []
    if subject.server is not None:
        addresses.append((("server", "base_url"), subject.server.base_url))
    if subject.operator is not None and subject.operator.kind == "driver":
        addresses.append((("operator", "url"), subject.operator.url))
    for place, address in addresses:
        host = urlsplit(address).hostname or ""
        if is_loopback(host):
            continue
        allowed = [entry for entry in subject.authorised if entry.host == host]
        if not allowed:
            yield _at(
                text, file, place, f"{host} is not this machine",
                hint="add [[authorised]] with host, person and until",
            )  # fmt: skip
        elif max(entry.until for entry in allowed) < today:
            yield _at(text, file, place, f"the authorisation for {host} has ended")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine by its address; names other than localhost are not."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _at(
    text: str, file: str, place: tuple[int | str, ...], message: str, *, hint: str = ""
) -> DeclarationError:
    return DeclarationError(file, line_of(text, place), _field(place), message, hint=hint)


def _field(place: tuple[int | str, ...]) -> str:
    field = ""
    for part in place:
        field += f"[{part}]" if isinstance(part, int) else f".{part}"
    return field.removeprefix(".")


def line_of(text: str, place: tuple[int | str, ...]) -> int | None:
    """Return the line of a field, or of the nearest table around it; None where there is none."""
    best, depth = None, 0
    for number, path in _paths(text):
        common = 0
        while common < min(len(path), len(place)) and path[common] == place[common]:
            common += 1
        if common > depth and common == len(path):
            best, depth = number, common
    return best


def _paths(text: str) -> Iterator[tuple[int, tuple[int | str, ...]]]:
    """Yield each table header and key with its line and full path."""
    table: tuple[int | str, ...] = ()
    counts: dict[tuple[int | str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _table(header[2], counts, array=bool(header[1]))
            yield number, table
        elif key:
            yield number, (*table, *_parts(key[1]))


def _table(
    name: str, counts: dict[tuple[int | str, ...], int], *, array: bool
) -> tuple[int | str, ...]:
    path: tuple[int | str, ...] = ()
    parts = _parts(name)
    for index, part in enumerate(parts):
        path = (*path, part)
        if array and index == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))
