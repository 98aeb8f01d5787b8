"""The ATC classification from a user's own table as a code system; brings none along.

A table has a line of names, with `code` and `name` (or `name_fr`, `name_en`, `name_de`), separated
by tabs, semicolons or commas. A code's length tells what it is below (WHO: 1, 3, 4, 5, 7 signs).
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.r4.store import Resource
from reference_server.services.terminology.catalogue.licensed.faults import LicensedFileError
from reference_server.services.terminology.catalogue.licensed.progress import Heard, unheard

ATC: Final = "http://www.whocc.no/atc"
MOST_CODES: Final = 20_000
LARGEST: Final = 16 * 1024 * 1024
_CODE: Final = re.compile(r"[A-Z](?:[0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?)?")
_LENGTHS: Final = (7, 5, 4, 3, 1)
_LANGUAGES: Final = ("en", "fr", "de")
_DESIGNATION: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/designation-usage",
    "code": "display",
}


def read_atc(content: bytes, *, complete: bool = False, heard: Heard = unheard) -> Resource:
    """Return the codes of a table; `complete` as for SNOMED CT. Raises LicensedFileError."""
    heard("ATC", 0)
    if len(content) > LARGEST:
        raise LicensedFileError("too-large", LARGEST)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LicensedFileError("not-utf8", error.start) from error
    rows = dict(_rows(text))
    heard("ATC", len(rows))
    if not rows:
        raise LicensedFileError("empty", "code")
    return {
        "resourceType": "CodeSystem", "id": "atc", "url": ATC, "name": "Atc", "title": "ATC",
        "status": "active", "caseSensitive": True, "hierarchyMeaning": "is-a",
        "content": "complete" if complete else "fragment", "count": len(rows),
        "property": [{"code": "parent", "type": "code"}],
        "concept": [_written(code, names, rows) for code, names in rows.items()],
    }  # fmt: skip


def _rows(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    head, _, _ = text.partition("\n")
    separator = max("\t;,", key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        names = [each.strip().lower() for each in next(reader, [])]
        if "code" not in names or not any(each.startswith("name") for each in names):
            raise LicensedFileError("no-columns", "code, name")
        for line, fields in enumerate(reader, start=2):
            row = dict(zip(names, (each.strip() for each in fields), strict=False))
            code = row.get("code", "")
            if not any(fields):
                continue
            if _CODE.fullmatch(code) is None:
                raise LicensedFileError("no-code", f"{line}: {code[:20]}")
            if line > MOST_CODES + 1:
                raise LicensedFileError("too-large", MOST_CODES)
            yield code, row
    except csv.Error as error:
        raise LicensedFileError("no-columns", str(error)[:100]) from error


def _written(code: str, row: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    told = {language: row.get(f"name_{language}", "") for language in _LANGUAGES}
    display = row.get("name") or next((each for each in told.values() if each), code)
    above = (code[:length] for length in _LENGTHS if length < len(code))
    parent = next((each for each in above if each in known), None)
    return {
        "code": code, "display": display,
        "property": [] if parent is None else [{"code": "parent", "valueCode": parent}],
        "designation": [{"language": language, "use": _DESIGNATION, "value": each}
                        for language, each in told.items() if each],
    }  # fmt: skip
