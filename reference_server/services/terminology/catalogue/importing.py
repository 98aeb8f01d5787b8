"""The agency's file of analyses, checked as its public importer does; keeps nothing.

Any missing element is an error and the whole file is left out. A CNS act that the caller's price
list does not have is a warning. What else is in an entry is ignored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reference_server.fhir import json_reader
from reference_server.fhir.json_reader import JsonFault, JsonObject, JsonValue
from reference_server.national.bio_presc_codes import BioPrescCode, CnsAct, CodedChoice, CodeList

_CODES: Final = "BioPrescCodes"
_MUST: Final = ("Code", "Name", "Specimen")
_CHOICE: Final = ("Code", "Name", "CodeSystem", "AddOriginalText")
_FLAG: Final = "AddOriginalText"


class ImportOutcome(StrEnum):
    """How an import ended."""

    OK = "OK"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFinding:
    """One thing wrong with a file: where, and the message that says what."""

    outcome: ImportOutcome
    where: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadList:
    """What was read of a file; no codes where there is an error."""

    codes: CodeList | None
    findings: tuple[ImportFinding, ...]

    @property
    def outcome(self) -> ImportOutcome:
        if self.codes is None:
            return ImportOutcome.ERROR
        return ImportOutcome.WARNING if self.findings else ImportOutcome.OK


def read_list(content: bytes, *, prices: frozenset[str] | None = None) -> ReadList:
    """Return the list and what is wrong with it; `prices` are the CNS acts known to the caller."""
    try:
        told = json_reader.read_json(content)
    except JsonFault:
        return ReadList(codes=None, findings=(_error("$", "not-json"),))
    entries = told.get(_CODES)
    if not isinstance(entries, list):
        return ReadList(codes=None, findings=(_error(_CODES, "missing"),))
    errors = tuple(_faults(told, entries))
    if errors:
        return ReadList(codes=None, findings=errors)
    codes = tuple(_entry(each) for each in entries if isinstance(each, dict))
    warnings = () if prices is None else tuple(_unpriced(codes, prices))
    return ReadList(
        codes=CodeList(version=str(told.get("Version", "")), codes=codes), findings=warnings
    )


def _faults(told: JsonObject, entries: list[JsonValue]) -> Iterator[ImportFinding]:
    if not isinstance(told.get("Version", ""), str):
        yield _error("Version", "not-text")
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        where = f"{_CODES}[{index}]"
        yield from _missing(entry, _MUST, where)
        if not isinstance(entry, dict):
            continue
        code = entry.get("Code")
        if isinstance(code, str) and code in seen:
            yield _error(f"{where}.Code", "repeated")
        seen.add(str(code))
        for name, must in (
            ("CNSActs", ("Code",)),
            ("Conditions", _CHOICE),
            ("TargetSites", _CHOICE),
        ):
            listed = entry.get(name, [])
            if not isinstance(listed, list):
                yield _error(f"{where}.{name}", "not-a-list")
                continue
            for position, each in enumerate(listed):
                yield from _missing(each, must, f"{where}.{name}[{position}]")


def _missing(entry: JsonValue, must: tuple[str, ...], where: str) -> Iterator[ImportFinding]:
    if not isinstance(entry, dict):
        yield _error(where, "not-an-object")
        return
    for name in must:
        value = entry.get(name)
        good = (
            isinstance(value, bool) if name == _FLAG else isinstance(value, str) and value.strip()
        )
        if not good:
            yield _error(f"{where}.{name}", "missing")


def _unpriced(codes: tuple[BioPrescCode, ...], prices: frozenset[str]) -> Iterator[ImportFinding]:
    for entry in codes:
        for act in entry.cns_acts:
            if act.code not in prices:
                yield ImportFinding(
                    outcome=ImportOutcome.WARNING,
                    where=f"{entry.code}/{act.code}",
                    message_id="terminology.import.missing-price",
                )


def _error(where: str, what: str) -> ImportFinding:
    return ImportFinding(
        outcome=ImportOutcome.ERROR, where=where, message_id=f"terminology.import.{what}"
    )


def _entry(told: JsonObject) -> BioPrescCode:
    return BioPrescCode(
        code=_text(told, "Code"),
        name=_text(told, "Name"),
        specimen=_text(told, "Specimen"),
        cns_acts=tuple(
            CnsAct(
                code=_text(each, "Code"),
                label=_text(each, "Label"),
                section=_text(each, "Section"),
                sous_section=_text(each, "SousSection"),
            )
            for each in _objects(told, "CNSActs")
        ),
        conditions=tuple(map(_choice, _objects(told, "Conditions"))),
        target_sites=tuple(map(_choice, _objects(told, "TargetSites"))),
    )


def _choice(told: JsonObject) -> CodedChoice:
    return CodedChoice(
        code=_text(told, "Code"),
        name=_text(told, "Name"),
        code_system=_text(told, "CodeSystem"),
        add_original_text=told.get(_FLAG) is True,
    )


def _objects(told: JsonObject, name: str) -> list[JsonObject]:
    listed = told.get(name, [])
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _text(told: Mapping[str, JsonValue], name: str) -> str:
    value = told.get(name, "")
    return value if isinstance(value, str) else ""
