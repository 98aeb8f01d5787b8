"""The journal's format on disk: an append-only hash chain and its exhibits; knows no HTTP.

One canonical JSON line a record: `{"at","data","hash","kind","prev","seq"}`. `at` is whole
microseconds since the header. `hash` is the sha256 of `prev` followed by the canonical bytes
of `{"at","data","kind","seq"}`; the first `prev` is 64 zeros. A journal without a footer as
its last line is no result.
"""

import base64
import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from test_suites.capture import canonical
from test_suites.core.message import JsonValue

JOURNAL = "journal.jsonl"
EXHIBITS = "exhibits"
START = "0" * 64
# Making a file costs more than writing a quarter of a megabyte into the line.
INLINE_LIMIT = 256 * 1024
MOST_HELD = 2 * 1024 * 1024
MOST_PIECES = 1023


class Kind(StrEnum):
    """What a record tells."""

    HEADER = "header"
    CASE_OPEN = "case-open"
    STEP = "step"
    EXCHANGE = "exchange"
    EXHIBIT = "exhibit"
    WIRE = "wire"
    NOTE = "note"
    CASE_CLOSE = "case-close"
    FOOTER = "footer"


Record: TypeAlias = Mapping[str, canonical.Writable]
SYNCED = frozenset({Kind.HEADER, Kind.CASE_CLOSE, Kind.FOOTER})


def chain(prev: str, body: Mapping[str, JsonValue]) -> str:
    """Return the hash of a record: `body` holds its at, data, kind and seq."""
    return _link(prev, canonical.encode(body))


def _link(prev: str, body: bytes) -> str:
    digest = hashlib.sha256(prev.encode("ascii"))
    digest.update(body)
    return digest.hexdigest()


@dataclass(slots=True)
class JournalWriter:
    """Owns the open journal file and the exhibits folder; one thread writes at a time.

    Every record reaches the kernel before `append` (or the block of `gathering`) returns, so it
    survives the end of this process; header, case-close and footer reach the disk. An existing
    journal is refused.
    """

    folder: Path
    prev: str = START
    seq: int = 0
    _file: int = -1
    _files: dict[str, int] = field(default_factory=dict)
    _lines: list[bytes] = field(default_factory=list)
    _held: int = 0
    _gathers: bool = False

    def __post_init__(self) -> None:
        (self.folder / EXHIBITS).mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._file = os.open(self.folder / JOURNAL, flags, 0o644)

    def append(self, kind: Kind, at: int, data: Record) -> int:
        """Write one record and return its number, starting with 1."""
        self.seq += 1
        # Spliced from one encoding of the data: what `canonical.encode` gives, at half the cost.
        name, number = kind.encode(), self.seq
        pieces = [b'{"at":%d,"data":' % at, *canonical.pieces(data)]
        digest = hashlib.sha256(self.prev.encode("ascii"))
        for piece in pieces:
            digest.update(piece)
        digest.update(b',"kind":"%b","seq":%d}' % (name, number))
        link = digest.hexdigest()
        end = b',"hash":"%b","kind":"%b","prev":"%b","seq":%d}\n' % (
            link.encode(), name, self.prev.encode(), number,
        )  # fmt: skip
        self.prev = link
        self._lines += (*pieces, end)
        self._held += sum(map(len, pieces))
        if not self._gathers or kind in SYNCED or self._held > MOST_HELD:
            self._flush()
        if kind in SYNCED:
            os.fsync(self._file)
        return number

    @contextlib.contextmanager
    def gathering(self) -> Iterator[None]:
        """Write the records appended inside in one piece; they reach the kernel at the end."""
        self._gathers = True
        try:
            yield
        finally:
            self._gathers = False
            self._flush()

    def _flush(self) -> None:
        lines, self._lines, self._held = self._lines, [], 0
        for first in range(0, len(lines), MOST_PIECES):
            _write_all(self._file, lines[first : first + MOST_PIECES])

    def footer(self, at: int, data: Record) -> int:
        """Close the chain: the footer lists every exhibit file with its length."""
        return self.append(Kind.FOOTER, at, {**data, "exhibits": dict(sorted(self._files.items()))})

    def body(
        self, content: bytes, *, inline: int = INLINE_LIMIT, plain: bool = False
    ) -> canonical.Writable:
        """Return what stands for the content in a record; large content goes to a file.

        `plain` promises that the content holds no control character.
        """
        if len(content) > inline:
            return {"file": self.keep(content), "length": len(content)}
        return inline_body(content, plain=plain)

    def keep(self, content: bytes) -> str:
        """Keep the content as an exhibit file named by its sha256; return that name."""
        name = canonical.sha256(content)
        if name not in self._files:
            target = self.folder / EXHIBITS / name
            target.write_bytes(content)
            self._files[name] = len(content)
        return name

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def inline_body(content: bytes, *, plain: bool = False) -> canonical.Writable:
    """Return the content as text where it is UTF-8, else as base64."""
    try:
        return {"text": canonical.Text(content) if plain else content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}


def _write_all(file: int, pieces: list[bytes]) -> None:
    done = os.writev(file, pieces)
    if done < sum(map(len, pieces)):
        rest = memoryview(b"".join(pieces))[done:]
        while rest:
            rest = rest[os.write(file, rest) :]
