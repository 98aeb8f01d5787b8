"""Answers of operations: Parameters with exact types; knows no code list."""

from collections.abc import Iterable, Mapping
from typing import Any

from reference_server.fhir.compose import write_json

Part = dict[str, Any]


def part(name: str, kind: str, value: object) -> Part:
    """Return one parameter: `part("display", "String", "Male")`."""
    return {"name": name, f"value{kind}": value}


def group(name: str, parts: Iterable[Part]) -> Part:
    """Return a parameter made of parts."""
    return {"name": name, "part": list(parts)}


def parameters(parts: Iterable[Part]) -> bytes:
    """Return the answer as JSON."""
    return write_json({"resourceType": "Parameters", "parameter": list(parts)})


def coding(system: str, code: str, display: str | None = None) -> Mapping[str, str]:
    """Return a Coding."""
    told = {"system": system, "code": code}
    return told if display is None else {**told, "display": display}
