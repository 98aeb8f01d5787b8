"""Reads a software bill of materials (CycloneDX, JSON) and tells what its form lacks; pure.

It checks form, not vulnerability: a list that names no version can be compared with nothing. The
least that is expected follows the CRA, Annex I, Part II (1) and the NTIA's minimum elements.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

LARGEST: Final = 20 * 1024 * 1024
VERSIONS: Final = ("1.4", "1.5", "1.6", "1.7")
SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that is wrong or absent: a message id, how often, and the first places."""

    id: str
    count: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a bill of materials holds, and what it lacks; `components` 0 where it is unreadable."""

    version: str
    components: int
    dependencies: int
    lacks: tuple[Lack, ...]


def read_bill(content: bytes) -> Bill:
    """Return what a file is as a bill of materials; a file that is none has one lack."""
    if len(content) > LARGEST:
        return _none("cesar.sbom.large")
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return _none("cesar.sbom.unreadable")
    if not isinstance(read, dict) or read.get("bomFormat") != "CycloneDX":
        return _none("cesar.sbom.format")
    components = tuple(_components(read.get("components")))
    links = read.get("dependencies")
    return Bill(
        version=str(read.get("specVersion", "")),
        components=len(components),
        dependencies=len(links) if isinstance(links, list) else 0,
        lacks=tuple(_lacks(read, components)),
    )


def _components(found: object) -> Iterator[Mapping[str, object]]:
    """Yield every component, those inside others, too."""
    waiting = list(found) if isinstance(found, list) else []
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            yield one
            inner = one.get("components")
            waiting.extend(inner if isinstance(inner, list) else [])


def _lacks(
    read: Mapping[str, object], components: tuple[Mapping[str, object], ...]
) -> Iterator[Lack]:
    metadata = read.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    if str(read.get("specVersion", "")) not in VERSIONS:
        yield _lack("cesar.sbom.version", ())
    for field, absent in (
        ("cesar.sbom.time", not about.get("timestamp")),
        ("cesar.sbom.subject", not about.get("component")),
        ("cesar.sbom.author", not (about.get("tools") or about.get("authors"))),
        ("cesar.sbom.dependencies", not read.get("dependencies")),
        ("cesar.sbom.components", not components),
    ):
        if absent:
            yield _lack(field, ())
    for message, fields in (
        ("cesar.sbom.name", ("name",)),
        ("cesar.sbom.component-version", ("version",)),
        ("cesar.sbom.identity", ("purl", "cpe", "swid")),
        ("cesar.sbom.licence", ("licenses",)),
        ("cesar.sbom.hash", ("hashes",)),
    ):
        without = tuple(_name(one) for one in components if not any(one.get(f) for f in fields))
        if without:
            yield _lack(message, without)
    yield from _dangling(read, components)


def _dangling(
    read: Mapping[str, object], components: tuple[Mapping[str, object], ...]
) -> Iterator[Lack]:
    """Yield what is named as a dependency, or twice, without being a component once."""
    refs = [str(one["bom-ref"]) for one in components if one.get("bom-ref")]
    twice = sorted({ref for ref in refs if refs.count(ref) > 1}) if len(refs) < LARGEST else []
    if twice:
        yield _lack("cesar.sbom.twice", tuple(twice))
    known, links = set(refs), read.get("dependencies")
    metadata = read.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("component"), dict):
        known.add(str(metadata["component"].get("bom-ref", "")))
    named: set[str] = set()
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict):
            on = link.get("dependsOn")
            named.update({str(link.get("ref", "")), *map(str, on if isinstance(on, list) else [])})
    lost = tuple(sorted(named - known - {""}))
    if lost:
        yield _lack("cesar.sbom.lost", lost)


def _name(one: Mapping[str, object]) -> str:
    return str(one.get("name") or one.get("bom-ref") or "?")


def _lack(message: str, places: tuple[str, ...]) -> Lack:
    return Lack(id=message, count=len(places), places=places[:SHOWN])


def _none(message: str) -> Bill:
    return Bill(version="", components=0, dependencies=0, lacks=(_lack(message, ()),))
