"""Issues as FHIR's OperationOutcome: each with rule, place, line and a sentence."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any, Final

from reference_server.fhir.json_reader import read_json
from reference_server.fhir.sentences import Said, catalogue
from reference_server.fhir.validation.issues import Issue
from reference_server.fhir.validation.positions import Positions
from reference_server.fhir.validation.xml_positions import XmlPositions
from reference_server.fhir.xml_reader import read_xml

RULES: Final = "urn:equalis:fhir-rule"
_LINE: Final = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line"
_COLUMN: Final = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col"
_START: Final = 200
_MARK: Final = b"\xef\xbb\xbf"
"""A mark of byte order, which readers may ignore (RFC 8259 §8.1)."""


def is_xml(source: bytes) -> bool:
    """Tell whether a document is meant to be XML: its first sign tells."""
    return source[:_START].removeprefix(_MARK).lstrip()[:1] == b"<"


def read_resource(source: bytes) -> dict[str, Any]:
    """Return a resource in JSON or XML as JSON; raises JsonFault and XmlFault."""
    return read_xml(source) if is_xml(source) else read_json(source.removeprefix(_MARK))


def sentence(issue: Issue, language: str) -> str:
    """Return what an issue says to people."""
    message_id, params = spoken(issue)
    said = ((name, _in(value, language)) for name, value in params.items())
    return _rendered(message_id, language, tuple(said))


def _in(value: str | int, language: str) -> str | int:
    return value.in_language(language) if isinstance(value, Said) else value


def spoken(issue: Issue) -> tuple[str, dict[str, str | int]]:
    """Return the message that says an issue, and what fills its sentence."""
    message_id = f"fhir.{issue.rule}"
    wanted = _parameters(message_id)
    return message_id, {name: value for name, value in issue.params.items() if name in wanted}


@cache
def _parameters(message_id: str) -> frozenset[str]:
    return catalogue().parameters(message_id)


@lru_cache(maxsize=4096)
def _rendered(message_id: str, language: str, params: tuple[tuple[str, str | int], ...]) -> str:
    """Return a sentence; a Bundle of many alike resources says the same one often."""
    return catalogue().render(message_id, dict(params), language)


def outcome(
    issues: Iterable[Issue], *, source: bytes = b"", language: str = "fr"
) -> dict[str, Any]:
    """Return issues as an OperationOutcome; one that says that all is well where there are none.

    `source` is the document that was looked at; lines and columns are those in it.
    """
    told = list(_told(tuple(issues), source, language))
    if not told:
        well = {"text": catalogue().render("fhir.all-ok", {}, language)}
        told = [{"severity": "information", "code": "informational", "details": well}]
    return {"resourceType": "OperationOutcome", "issue": told}


def _told(issues: tuple[Issue, ...], source: bytes, language: str) -> Iterator[dict[str, Any]]:
    positions: Positions | XmlPositions | None = None
    if source and any(issue.expression for issue in issues):
        plain = source.removeprefix(_MARK)
        positions = XmlPositions(plain) if is_xml(plain) else Positions(plain.decode("utf-8"))
    for issue in issues:
        told: dict[str, Any] = {
            "severity": str(issue.severity),
            "code": issue.code,
            "details": {
                "coding": [{"system": RULES, "code": issue.rule}],
                "text": sentence(issue, language),
            },
        }
        place = _place(issue, positions)
        if place is not None:
            told["extension"] = [
                {"url": _LINE, "valueInteger": place[0]},
                {"url": _COLUMN, "valueInteger": place[1]},
            ]
        if issue.profile:
            told["diagnostics"] = issue.profile
        if issue.expression:
            told["expression"] = [issue.expression]
        yield told


def _place(issue: Issue, positions: Positions | XmlPositions | None) -> tuple[int, int] | None:
    if positions is not None and issue.expression:
        return positions.of(issue.expression)
    line = issue.params.get("line")
    column = issue.params.get("column", 1)
    return (line, column) if isinstance(line, int) and isinstance(column, int) else None
