"""One file of facts: an index of conformance resources, and each of them on its own; no rule.

`EQFACTS1`, the index's length (8 bytes, big-endian), the index, then the resources; index and
resources are JSON compressed with zlib. A resource is read when it is first asked for.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import msgspec

MAGIC: Final = b"EQFACTS1"
_LENGTH: Final = 8
_LEVEL: Final = 9

Resource = dict[str, Any]


class FactsUnreadableError(ValueError):
    """The file is no file of facts, or not a whole one."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """Where a resource lies, and what it is found by; `type` and `kind` are a structure's."""

    resource_type: str
    id: str
    url: str
    version: str
    name: str
    type: str
    kind: str
    derivation: str
    offset: int
    length: int


class Omission(msgspec.Struct, frozen=True, array_like=True):
    """Concepts of a licensed code system that were left out of a resource."""

    url: str
    system: str
    concepts: int


class Index(msgspec.Struct, frozen=True):
    """What the file was made from (names and checksums), what was left out, and its entries."""

    source: dict[str, str]
    omissions: tuple[Omission, ...]
    entries: tuple[Entry, ...]


@dataclass(slots=True)
class FactsFile:
    """Owns the bytes of one file; gives resources by resource type and canonical or id."""

    index: Index
    _body: bytes
    _by_url: dict[tuple[str, str], Entry] = field(default_factory=dict)
    _read: dict[int, Resource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.index.entries:
            self._by_url.setdefault((entry.resource_type, entry.url), entry)

    def entries(self, resource_type: str) -> Iterator[Entry]:
        """Yield the entries of a resource type, in the file's order."""
        return (each for each in self.index.entries if each.resource_type == resource_type)

    def find(self, resource_type: str, url: str) -> Resource | None:
        """Return a resource by its canonical; None where the file has none."""
        entry = self._by_url.get((resource_type, url))
        return None if entry is None else self.read(entry)

    def read(self, entry: Entry) -> Resource:
        """Return a resource; it is read once and must not be changed."""
        found = self._read.get(entry.offset)
        if found is None:
            packed = self._body[entry.offset : entry.offset + entry.length]
            found = self._read[entry.offset] = _decoder.decode(zlib.decompress(packed))
        return found


# Decimals stay exact: a fixed or smallest value of a profile is compared digit by digit.
_encoder = msgspec.json.Encoder(order="sorted", decimal_format="number")
_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def read_facts(file: Traversable | Path) -> FactsFile:
    """Return a file of facts, its index read; raises FactsUnreadableError."""
    content = file.read_bytes()
    start = len(MAGIC) + _LENGTH
    if content[: len(MAGIC)] != MAGIC or len(content) < start:
        raise FactsUnreadableError(f"{file.name}: no facts")
    length = int.from_bytes(content[len(MAGIC) : start], "big")
    try:
        packed = zlib.decompress(content[start : start + length])
        index = msgspec.json.decode(packed, type=Index)
    except (zlib.error, msgspec.DecodeError) as error:
        raise FactsUnreadableError(f"{file.name}: {error}") from error
    return FactsFile(index, content[start + length :])


def write_facts(
    resources: Iterable[Resource],
    source: Mapping[str, str],
    omissions: Iterable[Omission] = (),
) -> bytes:
    """Return the file that holds the resources; equal resources always give equal bytes."""
    entries: list[Entry] = []
    body = bytearray()
    for resource in sorted(resources, key=_place):
        packed = zlib.compress(_encoder.encode(resource), _LEVEL)
        entries.append(_entry(resource, offset=len(body), length=len(packed)))
        body += packed
    index = Index(source=dict(source), omissions=tuple(omissions), entries=tuple(entries))
    packed = zlib.compress(_encoder.encode(index), _LEVEL)
    return MAGIC + len(packed).to_bytes(_LENGTH, "big") + packed + bytes(body)


def _place(resource: Resource) -> tuple[str, str, str]:
    return resource["resourceType"], resource.get("url", ""), resource.get("id", "")


def _entry(resource: Resource, *, offset: int, length: int) -> Entry:
    return Entry(
        resource_type=resource["resourceType"],
        id=resource.get("id", ""),
        url=resource.get("url", ""),
        version=resource.get("version", ""),
        name=resource.get("name", ""),
        type=str(resource.get("type", "")) if isinstance(resource.get("type"), str) else "",
        kind=resource.get("kind", ""),
        derivation=resource.get("derivation", ""),
        offset=offset,
        length=length,
    )
