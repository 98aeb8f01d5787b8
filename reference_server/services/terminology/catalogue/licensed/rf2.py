"""SNOMED CT from a user's own release files (RF2, snapshot) as a code system; brings none along.

Source: SNOMED CT Release File Specifications (RF2): concept, description, relationship and simple
reference set files, tab-separated, each with a line of names. A release is unpacked, or a `.zip`.
"""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Final

from reference_server.fhir.r4.store import Resource
from reference_server.services.terminology.catalogue.licensed.faults import LicensedFileError
from reference_server.services.terminology.catalogue.licensed.progress import (
    EVERY,
    Heard,
    unheard,
)

SNOMED: Final = "http://snomed.info/sct"
MOST_CONCEPTS: Final = 60_000
"""What one World can hold of it in memory; of a whole edition a reference set chooses."""
LONGEST_LINE: Final = 64 * 1024
_FULLY_SPECIFIED: Final = "900000000000003001"
_SYNONYM: Final = "900000000000013009"
_IS_A: Final = "116680003"
_LANGUAGES: Final = frozenset({"fr", "en", "de"})
_KINDS: Final = ("Concept", "Description", "Relationship")
_DESIGNATION: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/designation-usage",
    "code": "display",
}
Open = Callable[[], IO[bytes]]
Row = Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class _Concept:
    active: bool
    name: str = ""
    terms: list[tuple[str, str]] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)


def read_rf2(
    release: Path,
    *,
    refset: Path | None = None,
    complete: bool = False,
    heard: Heard = unheard,
) -> Resource:
    """Return the concepts of a release, or those that a simple reference set names.

    `complete` says that whoever asks may be told no; without it a code that is not there is
    undecided. Raises LicensedFileError, OSError.
    """
    chosen = None if refset is None else frozenset(_members(refset, heard))
    with ExitStack() as held:
        files = _files(release, held)
        version, concepts = _concepts(files["Concept"], chosen, heard)
        for opened in files["Description"]:
            _describe(opened, concepts, heard)
        for opened in files["Relationship"]:
            _relate(opened, concepts, heard)
    return {
        "resourceType": "CodeSystem", "id": "snomed-ct", "url": SNOMED, "version": version,
        "name": "SnomedCt", "title": "SNOMED CT", "status": "active", "caseSensitive": True,
        "hierarchyMeaning": "is-a", "content": "complete" if complete else "fragment",
        "count": len(concepts), "property": [
            {"code": "parent", "type": "code"}, {"code": "inactive", "type": "boolean"},
        ],
        "concept": [_written(code, each) for code, each in concepts.items()],
    }  # fmt: skip


def _members(refset: Path, heard: Heard) -> Iterator[str]:
    for row in _rows(partial(_opened, refset), refset.name, heard):
        if row.get("active") == "1" and "referencedComponentId" in row:
            yield row["referencedComponentId"]


def _files(release: Path, held: ExitStack) -> dict[str, list[Open]]:
    """Return the snapshot files of each kind; raises LicensedFileError where one is missing."""
    named = dict(_named(release, held))
    found: dict[str, list[Open]] = {kind: [] for kind in _KINDS}
    for name, opened in sorted(named.items()):
        last = name.rpartition("/")[2]
        for kind in _KINDS:
            if last.startswith(f"sct2_{kind}_") and "Snapshot" in last and last.endswith(".txt"):
                found[kind].append(opened)
    for kind in _KINDS:
        if not found[kind]:
            raise LicensedFileError("no-file", f"sct2_{kind}_Snapshot….txt")
    return found


def _opened(file: Path) -> IO[bytes]:
    return file.open("rb")


def _named(release: Path, held: ExitStack) -> Iterator[tuple[str, Open]]:
    if release.is_dir():
        for file in release.rglob("sct2_*.txt"):
            yield file.relative_to(release).as_posix(), partial(_opened, file)
        return
    try:
        archive = held.enter_context(zipfile.ZipFile(release))
    except zipfile.BadZipFile as error:
        raise LicensedFileError("no-archive", release.name) from error
    for name in archive.namelist():
        yield name, partial(archive.open, name)


def _rows(opened: Open, name: str, heard: Heard) -> Iterator[Row]:
    """Yield the lines of a file by the names in its first; raises LicensedFileError."""
    heard(name, 0)
    with opened() as lines:
        head = _fields(lines, name)
        read = 0
        while fields := _fields(lines, name):
            read += 1
            if read % EVERY == 0:
                heard(name, read)
            yield dict(zip(head, fields, strict=False))
    if read % EVERY:
        heard(name, read)


def _fields(lines: IO[bytes], name: str) -> list[str]:
    line = lines.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        raise LicensedFileError("line-too-long", name)
    try:
        return line.decode("utf-8").rstrip("\r\n").split("\t") if line else []
    except UnicodeDecodeError as error:
        raise LicensedFileError("not-utf8", name) from error


def _concepts(
    files: list[Open], chosen: frozenset[str] | None, heard: Heard
) -> tuple[str, dict[str, _Concept]]:
    found: dict[str, _Concept] = {}
    newest = ""
    for opened in files:
        for row in _rows(opened, "sct2_Concept", heard):
            code = row.get("id", "")
            newest = max(newest, row.get("effectiveTime", ""))
            if code.isdigit() and (chosen is None or code in chosen):
                found[code] = _Concept(active=row.get("active") == "1")
                if len(found) > MOST_CONCEPTS:
                    raise LicensedFileError("too-large", MOST_CONCEPTS)
    if not found:
        raise LicensedFileError("empty", "sct2_Concept")
    return newest, found


def _describe(opened: Open, concepts: Mapping[str, _Concept], heard: Heard) -> None:
    for row in _rows(opened, "sct2_Description", heard):
        concept = concepts.get(row.get("conceptId", ""))
        language, kind = row.get("languageCode", ""), row.get("typeId")
        if concept is None or row.get("active") != "1" or language not in _LANGUAGES:
            continue
        if kind == _FULLY_SPECIFIED and (language == "en" or not concept.name):
            concept.name = row.get("term", "")
        if kind in {_FULLY_SPECIFIED, _SYNONYM}:
            concept.terms.append((language, row.get("term", "")))


def _relate(opened: Open, concepts: Mapping[str, _Concept], heard: Heard) -> None:
    for row in _rows(opened, "sct2_Relationship", heard):
        concept = concepts.get(row.get("sourceId", ""))
        is_a = row.get("typeId") == _IS_A and row.get("active") == "1"
        if concept is not None and is_a and row.get("destinationId") in concepts:
            concept.parents.append(row["destinationId"])


def _written(code: str, concept: _Concept) -> dict[str, object]:
    name = concept.name or next((term for _, term in concept.terms), code)
    properties: list[dict[str, object]] = [
        {"code": "parent", "valueCode": each} for each in dict.fromkeys(concept.parents)
    ]
    if not concept.active:
        properties.append({"code": "inactive", "valueBoolean": True})
    return {
        "code": code, "display": name, "property": properties,
        "designation": [{"language": language, "use": _DESIGNATION, "value": term}
                        for language, term in concept.terms],
    }  # fmt: skip
