"""Where conformance resources are found: R4's facts, and packages laid over them; judges nothing.

A package is a FHIR NPM package (`.tgz`, or unpacked), or a folder of loose resources in JSON
or XML.
"""

import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from reference_server.fhir.r4.model import facts
from reference_server.fhir.r4.store import FactsFile, Resource
from reference_server.fhir.sentences import Said
from reference_server.fhir.xml_reader import XmlFault, read_xml

LARGEST_PACKAGE: Final = 512 * 1024 * 1024
_FORMS: Final = frozenset({".json", ".xml"})
_NO_RESOURCES: Final = frozenset({"package.json", ".index.json", ".index.db"})
_CONFORMANCE: Final = frozenset(
    {"StructureDefinition", "ValueSet", "CodeSystem", "ConceptMap", "SearchParameter",
     "OperationDefinition", "NamingSystem", "CapabilityStatement", "ImplementationGuide",
     "Questionnaire", "Measure"}
)  # fmt: skip


class PackageUnreadableError(ValueError):
    """A package is not there, or is none: which, and why, in whichever language."""

    def __init__(self, path: Path, code: str, **params: str | int) -> None:
        self.path = path
        self.reason = Said.of(f"package.{code}", params)
        super().__init__(f"{path}: {self.reason}")


class PackageTooLargeError(Exception):
    """What an archive holds is more than is taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package's name and version (empty for loose files) and its conformance resources."""

    name: str
    version: str
    resources: tuple[Resource, ...]
    dependencies: tuple[tuple[str, str], ...] = ()


def read_package(path: Path) -> Package:
    """Return a package; raises PackageUnreadableError."""
    try:
        files = dict(_folder(path) if path.is_dir() else _archive(path))
    except FileNotFoundError as error:
        raise PackageUnreadableError(path, "not-there") from error
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise PackageUnreadableError(path, "no-archive") from error
    except PackageTooLargeError as error:
        raise PackageUnreadableError(path, "too-large", limit=LARGEST_PACKAGE) from error
    return _package(path, files)


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    inner = path / "package" if (path / "package").is_dir() else path
    for file in sorted(inner.iterdir()):
        if file.suffix in _FORMS and file.is_file():
            yield file.name, file.read_bytes()


def _archive(path: Path) -> Iterator[tuple[str, bytes]]:
    left = LARGEST_PACKAGE
    with tarfile.open(path) as archive:
        for member in archive:
            folder, _, name = member.name.rpartition("/")
            if not member.isfile() or folder != "package" or not name.endswith(".json"):
                continue
            left -= member.size
            if left < 0:
                raise PackageTooLargeError
            content = archive.extractfile(member)
            if content is not None:
                yield name, content.read()


def _package(path: Path, files: dict[str, bytes]) -> Package:
    told = _content(path, "package.json", files.get("package.json", b"{}"))
    needs = (told.get("dependencies") or {}) if isinstance(told, dict) else None
    if not isinstance(needs, dict):
        raise PackageUnreadableError(path, "file", file="package.json")
    resources = []
    for name, content in files.items():
        if name in _NO_RESOURCES:
            continue
        found = _content(path, name, content)
        if isinstance(found, dict) and found.get("resourceType") in _CONFORMANCE:
            resources.append(found)
    return Package(
        name=str(told.get("name", "")),
        version=str(told.get("version", "")),
        resources=tuple(resources),
        dependencies=tuple((name, str(version)) for name, version in needs.items()),
    )


def _content(path: Path, name: str, content: bytes) -> Any:  # noqa: ANN401  JSON
    """Return what a file holds; what is XML and none of FHIR's holds nothing."""
    if name.endswith(".xml"):
        try:
            return read_xml(content)
        except XmlFault:
            return None
    try:
        return json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise PackageUnreadableError(path, "file", file=name) from error


@dataclass(slots=True)
class Library:
    """Owns what can be looked up; what was laid over comes before R4's own."""

    base: FactsFile = field(default_factory=facts)
    _over: dict[tuple[str, str], list[Resource]] = field(default_factory=dict)

    def lay(self, resources: Iterable[Resource]) -> None:
        """Lay resources over what is known; of equal canonicals the last one counts."""
        for resource in resources:
            key = (resource["resourceType"], resource.get("url", ""))
            self._over.setdefault(key, []).insert(0, resource)

    def copied(self) -> "Library":
        """Return a library that knows the same, over which more can be laid."""
        return Library(self.base, {key: list(held) for key, held in self._over.items()})

    def find(self, resource_type: str, canonical: str) -> Resource | None:
        """Return a resource by its canonical, with or without `|version`."""
        url, _, version = canonical.partition("|")
        for resource in self._over.get((resource_type, url), ()):
            if not version or _fits(resource.get("version"), version):
                return resource
        return self.base.find(resource_type, url)

    def structure(self, canonical: str) -> Resource | None:
        """Return a StructureDefinition by its canonical."""
        return self.find("StructureDefinition", canonical)


def _fits(version: Any, wanted: str) -> bool:  # noqa: ANN401  JSON
    return isinstance(version, str) and (version == wanted or version.startswith(f"{wanted}."))
