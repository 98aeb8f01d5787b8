"""Reads a package that somebody brings: its artefacts, examples and wrong examples; keeps nothing.

Layout: `package/*.json`, `package/example/*.json`, and, where it is one of ours, `package/tests/`
with `expected.json` (see `package`). Source: confluence.hl7.org, NPM Package Specification.
"""

import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from reference_server.specification.model import Breach, Example, Resource

LARGEST_ARCHIVE: Final = 64 * 1024 * 1024
LARGEST_CONTENT: Final = 256 * 1024 * 1024
MOST_FILES: Final = 20_000
_OTHERS: Final = frozenset({"package.json", ".index.json", "expected.json"})
_FHIR_R4: Final = "4.0"
SHOWN_TYPES: Final = (
    "StructureDefinition",
    "ValueSet",
    "CodeSystem",
    "ConceptMap",
    "NamingSystem",
    "OperationDefinition",
    "SearchParameter",
    "CapabilityStatement",
    "ImplementationGuide",
    "Questionnaire",
)
"""The kinds of artefact that a specification is made of, in the order people look for them."""


class ArchiveUnreadableError(ValueError):
    """The file is no FHIR package of R4: `reason` is a word that the messages know."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A package as it was brought; `canonical` is the base its manifest names, perhaps empty."""

    name: str
    version: str
    title: str
    canonical: str
    dependencies: tuple[tuple[str, str], ...]
    resources: tuple[Resource, ...]
    examples: tuple[Example, ...]


def read_archive(content: bytes) -> Brought:
    """Return the package in a `.tgz`; raises ArchiveUnreadableError."""
    if len(content) > LARGEST_ARCHIVE:
        raise ArchiveUnreadableError("too-large", f"{LARGEST_ARCHIVE // 2**20} MiB")
    try:
        files = dict(_files(content))
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ArchiveUnreadableError("no-archive", str(error)) from error
    told = _object(files.get("package.json"), "package.json")
    name, version = told.get("name"), told.get("version")
    if not isinstance(name, str) or not isinstance(version, str) or not name or not version:
        raise ArchiveUnreadableError("no-name", "package.json: name, version")
    _check_fhir(told)
    resources = tuple(_artefacts(files))
    if not resources:
        raise ArchiveUnreadableError("empty")
    needs = told.get("dependencies") or {}
    return Brought(
        name=name,
        version=version,
        title=str(told.get("title") or name),
        canonical=str(told.get("canonical") or ""),
        dependencies=tuple((str(key), str(value)) for key, value in needs.items()),
        resources=resources,
        examples=tuple(_examples(files)),
    )


def _files(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the JSON files of an archive by their path below `package/`, within limits."""
    size = 0
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for count, member in enumerate(archive):
            folder, _, path = member.name.removeprefix("./").partition("/")
            size += member.size
            if count >= MOST_FILES or size > LARGEST_CONTENT:
                raise ArchiveUnreadableError("too-large", f"{LARGEST_CONTENT // 2**20} MiB")
            if member.isfile() and folder == "package" and path.endswith(".json"):
                held = archive.extractfile(member)
                if held is not None:
                    yield path, held.read()


def _object(content: bytes | None, path: str) -> dict[str, Any]:
    if content is None:
        raise ArchiveUnreadableError("no-manifest", path)
    try:
        told = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ArchiveUnreadableError("no-json", f"{path}: {error}") from error
    if not isinstance(told, dict):
        raise ArchiveUnreadableError("no-json", path)
    return told


def _check_fhir(told: Mapping[str, Any]) -> None:
    versions = told.get("fhirVersions") or told.get("fhir-version-list") or [_FHIR_R4]
    if not any(str(each).startswith(_FHIR_R4) for each in versions):
        raise ArchiveUnreadableError("not-r4", ", ".join(map(str, versions)))


def _artefacts(files: Mapping[str, bytes]) -> Iterator[Resource]:
    for path, content in sorted(files.items()):
        if "/" in path or path in _OTHERS:
            continue
        found = _object(content, path)
        kind, own = found.get("resourceType"), found.get("id")
        if kind in SHOWN_TYPES:
            if not isinstance(own, str) or not own:
                raise ArchiveUnreadableError("no-id", path)
            yield found


def _examples(files: Mapping[str, bytes]) -> Iterator[Example]:
    for path, content in sorted(files.items()):
        if path.startswith("example/") and path.rpartition("/")[2] not in _OTHERS:
            yield _example(_object(content, path), path)
    told = files.get("tests/expected.json")
    for each in json.loads(told) if told is not None else ():
        path = f"tests/{each['file']}"
        if path in files:
            breaks = Breach(
                rule=str(each.get("rule", "")),
                at=str(each.get("expression", "")),
                key=str(each.get("key", "")),
            )
            yield _example(_object(files[path], path), path, breaks=breaks)


def _example(resource: Resource, path: str, *, breaks: Breach | None = None) -> Example:
    profiles = resource.get("meta", {}).get("profile") or [""]
    profile = str(profiles[0]).partition("|")[0]
    own = resource.get("id") or path.rpartition("/")[2].removesuffix(".json")
    about = profile.rpartition("/")[2] or str(resource.get("resourceType", ""))
    return Example(id=str(own), about=about, profile=profile, resource=resource, breaks=breaks)
