"""Reading a journal back and finding where it was touched; judges nothing that was recorded."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from test_suites.capture import canonical
from test_suites.capture.journal import EXHIBITS, JOURNAL, START, Kind, chain
from test_suites.core.message import JsonValue

KEYS = {"at", "data", "hash", "kind", "prev", "seq"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with a run folder; `record` is the journal's number, None for a file.

    `message_id` is rendered from test_suites/messages.
    """

    message_id: str
    record: int | None = None
    params: Mapping[str, JsonValue] = field(default_factory=dict)

    def values(self) -> dict[str, JsonValue]:
        """Return the parameters of its sentence."""
        return {**self.params, "record": self.record}


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRecord:
    """One line of the journal; `at` is microseconds since the header."""

    seq: int
    kind: Kind
    at: int
    data: Mapping[str, JsonValue]


def records(folder: Path) -> Iterator[JournalRecord]:
    """Yield the records up to the first line that is none; the chain is not checked here."""
    for line in (folder / JOURNAL).read_bytes().split(b"\n"):
        value = canonical.decode(line)
        if value is None or value.keys() != KEYS:
            return
        seq, at, data = value["seq"], value["at"], value["data"]
        if not (isinstance(seq, int) and isinstance(at, int) and isinstance(data, dict)):
            return
        yield JournalRecord(seq=seq, kind=Kind(str(value["kind"])), at=at, data=data)


def content(folder: Path, body: JsonValue) -> bytes:
    """Return the bytes a record's body stands for.

    Raises OSError where the exhibit file is gone, ValueError where the body is no body.
    """
    match body:
        case {"text": str(text)}:
            return text.encode("utf-8")
        case {"base64": str(encoded)}:
            return base64.b64decode(encoded, validate=True)
        case {"file": str(name), "length": int()} if name.isalnum():
            return (folder / EXHIBITS / name).read_bytes()
        case _:
            raise ValueError("a record's body is text, base64 or file with length")


def verify(folder: Path) -> tuple[Problem, ...]:
    """Return what is wrong with a run folder, the first broken record first; () when sound."""
    path = folder / JOURNAL
    if not path.is_file():
        return (Problem(message_id="engine.verify.no-journal"),)
    text = path.read_bytes()
    lines = text.split(b"\n")
    torn = lines.pop()
    problems = list(_first_break(lines))
    if torn and not problems:
        problems.append(Problem(message_id="engine.verify.torn", record=len(lines) + 1))
    known = tuple(value for line in lines if (value := canonical.decode(line)) is not None)
    if not known or known[-1].get("kind") != Kind.FOOTER:
        problems.append(Problem(message_id="engine.verify.no-footer"))
    return (*problems, *_exhibit_problems(folder, known), *_beside_problems(folder, known))


def _first_break(lines: list[bytes]) -> Iterator[Problem]:
    prev = START
    for number, line in enumerate(lines, start=1):
        value = canonical.decode(line)
        if value is None or value.keys() != KEYS or canonical.encode(value) != line:
            yield Problem(message_id="engine.verify.not-canonical", record=number)
            return
        body = {key: value[key] for key in ("at", "data", "kind", "seq")}
        if value["seq"] != number or value["prev"] != prev:
            yield Problem(message_id="engine.verify.chain", record=number)
            return
        if value["hash"] != chain(prev, body) or not _in_place(value, number, len(lines)):
            yield Problem(message_id="engine.verify.altered", record=number)
            return
        prev = str(value["hash"])


def _in_place(value: Mapping[str, JsonValue], number: int, last: int) -> bool:
    kind = value["kind"]
    first = (kind == Kind.HEADER) == (number == 1)
    return first and (kind != Kind.FOOTER or number == last) and kind in set(Kind)


def _exhibit_problems(
    folder: Path, known: tuple[Mapping[str, JsonValue], ...]
) -> Iterator[Problem]:
    named: dict[str, int] = {}
    for value in known:
        seq = value.get("seq")
        for name in _files_in(value.get("data")):
            named.setdefault(name, seq if isinstance(seq, int) else 0)
    present = {path.name for path in (folder / EXHIBITS).glob("*")}
    for name, record in named.items():
        params: dict[str, JsonValue] = {"file": f"{EXHIBITS}/{name}"}
        if name not in present:
            yield Problem(message_id="engine.verify.missing", record=record, params=params)
        elif canonical.sha256((folder / EXHIBITS / name).read_bytes()) != name:
            yield Problem(message_id="engine.verify.file-altered", record=record, params=params)
    for name in sorted(present - named.keys()):
        yield Problem(message_id="engine.verify.extra", params={"file": f"{EXHIBITS}/{name}"})


def _files_in(value: JsonValue) -> Iterator[str]:
    """Find the files that bodies refer to, and those that the footer lists."""
    match value:
        case {"file": str(name), "length": int()}:
            yield name
        case {"exhibits": dict(listed)}:
            yield from listed
        case dict():
            for part in value.values():
                yield from _files_in(part)
        case list():
            for part in value:
                yield from _files_in(part)
        case _:
            return


def _beside_problems(folder: Path, known: tuple[Mapping[str, JsonValue], ...]) -> Iterator[Problem]:
    """Compare the files the header vouches for: `files` maps a name to its sha256."""
    header = known[0].get("data") if known else None
    files = header.get("files") if isinstance(header, dict) else None
    for name, digest in files.items() if isinstance(files, dict) else ():
        path = folder / name
        if not path.is_file():
            yield Problem(message_id="engine.verify.missing", record=1, params={"file": name})
        elif canonical.sha256(path.read_bytes()) != digest:
            yield Problem(message_id="engine.verify.file-altered", record=1, params={"file": name})
