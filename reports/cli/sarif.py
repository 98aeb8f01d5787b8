"""Outcomes of the validator as SARIF 2.1.0, which code hosts and editors read."""

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"fatal": "error", "error": "error", "warning": "warning"}
Outcomes: TypeAlias = Iterable[tuple[Path, dict[str, Any]]]


def as_sarif(outcomes: Outcomes, unread: Iterable[tuple[Path, str]]) -> dict[str, Any]:
    """Return outcomes as a SARIF log of one run.

    A file that could not be read is told of the run: it has no results, and not because it is good.
    """
    results = [_result(file, issue) for file, issue in _issues(outcomes)]
    rules = sorted({result["ruleId"] for result in results})
    driver = {
        "name": "equalis validate",
        "semanticVersion": version("equalis-lab"),
        "rules": [{"id": rule} for rule in rules],
    }
    untold = [
        {"level": "error", "message": {"text": told}, "locations": [_location(file)]}
        for file, told in unread
    ]
    invocation = {"executionSuccessful": not untold, "toolExecutionNotifications": untold}
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        # Columns count characters, where readers of SARIF would count halves of some of them.
        "columnKind": "unicodeCodePoints",
        "results": [{**one, "ruleIndex": rules.index(one["ruleId"])} for one in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def place_of(issue: dict[str, Any]) -> tuple[int, int]:
    """Return an issue's line and column from 1; line 0 where the issue has no place."""
    told = issue.get("extension", ())
    found = {each["url"].rpartition("-")[2]: each["valueInteger"] for each in told}
    return found.get("line", 0), found.get("col", 1)


def _location(file: Path) -> dict[str, Any]:
    """Return the place of a file: SARIF wants a URI, in which a blank is no blank."""
    uri = file.as_uri() if file.is_absolute() else quote(file.as_posix())
    return {"physicalLocation": {"artifactLocation": {"uri": uri}}}


def _issues(outcomes: Outcomes) -> Iterator[tuple[Path, dict[str, Any]]]:
    for file, outcome in outcomes:
        for issue in outcome["issue"]:
            if "coding" in issue["details"]:
                yield file, issue


def _result(file: Path, issue: dict[str, Any]) -> dict[str, Any]:
    line, column = place_of(issue)
    location = _location(file)
    if line:
        location["physicalLocation"]["region"] = {"startLine": line, "startColumn": max(column, 1)}
    return {
        "ruleId": issue["details"]["coding"][0]["code"],
        "level": _LEVELS.get(issue["severity"], "note"),
        "message": {"text": issue["details"]["text"]},
        "locations": [
            {
                **location,
                "logicalLocations": [
                    {"fullyQualifiedName": each} for each in issue.get("expression", ())
                ],
            }
        ],
    }
