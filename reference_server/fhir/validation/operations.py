"""An OperationDefinition beside the profiles of its Parameters: counts must be the same.

Source: http://hl7.org/fhir/R4/operationdefinition-definitions.html#OperationDefinition.inputProfile
("The profile shall not conflict with what is specified in the parameters").
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.snapshot import SnapshotError, with_snapshot

_USES: Final = (("inputProfile", "in"), ("outputProfile", "out"))
_NAME: Final = "Parameters.parameter.name"


def look(operation: dict[str, Any], library: Library) -> Iterator[Extra]:
    """Yield where a profile of an operation's Parameters counts a parameter otherwise."""
    for element, use in _USES:
        canonical = operation.get(element)
        profile = library.structure(canonical) if isinstance(canonical, str) else None
        if profile is None:
            continue
        try:
            counted = dict(_counted(with_snapshot(profile, library.structure)))
        except (SnapshotError, AttributeError, KeyError, TypeError, ValueError):
            continue
        parameters = operation.get("parameter")
        for each in parameters if isinstance(parameters, list) else ():
            if isinstance(each, dict) and each.get("use") == use:
                yield from _compared(each, counted, f".{element}")


def _counted(profile: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield name, least and most of each slice that fixes a parameter's name."""
    elements = profile["snapshot"]["element"]
    slices = {e["id"]: e for e in elements if e["path"] == "Parameters.parameter"}
    for each in elements:
        if each["path"] == _NAME:
            name = each.get("fixedString") or each.get("patternString")
            held = slices.get(each["id"].rpartition(".")[0])
            if isinstance(name, str) and held is not None and "sliceName" in held:
                yield name, (held.get("min", 0), str(held.get("max", "*")))


def _compared(
    parameter: Mapping[str, Any], counted: Mapping[str, tuple[int, str]], below: str
) -> Iterator[Extra]:
    name = str(parameter.get("name"))
    if name not in counted:
        return
    least, most = counted[name]
    for what, own, other in (
        ("min", parameter.get("min"), least),
        ("max", parameter.get("max"), most),
    ):
        if own is not None and str(own) != str(other):
            told = {
                "name": f"{name}.{what}"[:64],
                "expected": str(own)[:16],
                "value": str(other)[:16],
            }
            yield Extra(rule="operation-profile", below=below, params=told)
