"""An OperationDefinition beside the profiles of its Parameters: counts, types, targets.

Source: http://hl7.org/fhir/R4/operationdefinition-definitions.html#OperationDefinition.inputProfile
("The profile shall not conflict with what is specified in the parameters").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reference_server.fhir.r4.model import BASE, types
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.snapshot import SnapshotError, with_snapshot

_USES: Final = (("inputProfile", "in"), ("outputProfile", "out"))
_ROOT: Final = "Parameters.parameter"
_VALUE: Final = f"{_ROOT}.value[x]"
_RESOURCE: Final = f"{_ROOT}.resource"
_ANY: Final = frozenset({"Element", "Resource", "Any"})
_SHOWN: Final = 160
_LONGEST_NAME: Final = 64


@dataclass(slots=True, kw_only=True)
class _Slice:
    """What a profile says of one parameter: how often, which types, where references lead.

    The types are None where nothing is said of them, and empty where none may be there.
    """

    least: int
    most: str
    values: set[str] | None = None
    resources: set[str] | None = None
    targets: set[str] = field(default_factory=set)


def look(operation: dict[str, Any], library: Library) -> Iterator[Extra]:
    """Yield where a profile of an operation's Parameters says other things of a parameter."""
    for element, use in _USES:
        canonical = operation.get(element)
        profile = library.structure(canonical) if isinstance(canonical, str) else None
        if profile is None:
            continue
        try:
            told = _slices(with_snapshot(profile, library.structure))
        except (SnapshotError, AttributeError, KeyError, TypeError, ValueError):
            continue
        parameters = operation.get("parameter")
        for each in parameters if isinstance(parameters, list) else ():
            if isinstance(each, dict) and each.get("use") == use:
                slice_ = told.get(str(each.get("name")))
                found = () if slice_ is None else _compared(each, slice_)
                for what, own, other in found:
                    params = {
                        "name": f"{each.get('name')}.{what}"[:_LONGEST_NAME],
                        "expected": own[:_SHOWN],
                        "value": other[:_SHOWN],
                    }
                    yield Extra(rule="operation-profile", below=f".{element}", params=params)


def _slices(profile: Mapping[str, Any]) -> dict[str, _Slice]:
    """Return what is said of each parameter by its name, which a slice fixes."""
    found: dict[str, _Slice] = {}
    by_id: dict[str, _Slice] = {}
    for each in profile["snapshot"]["element"]:
        if each["path"] == _ROOT and "sliceName" in each:
            told = _Slice(least=each.get("min", 0), most=str(each.get("max", "*")))
            by_id[each["id"]] = told
        held = by_id.get(each["id"].rpartition(".")[0])
        if held is None:
            continue
        if each["path"] == f"{_ROOT}.name":
            name = each.get("fixedString") or each.get("patternString")
            if isinstance(name, str):
                found[name] = held
        elif each["path"] in {_VALUE, _RESOURCE} and "sliceName" not in each:
            told_types = each.get("type", ()) if each.get("max") != "0" else ()
            kinds = {name for kind in told_types for name in _kinds(kind)}
            if each["path"] == _VALUE:
                held.values = kinds
                held.targets = {url for kind in told_types for url in kind.get("targetProfile", ())}
            else:
                held.resources = kinds
    return found


def _kinds(kind: Mapping[str, Any]) -> Iterator[str]:
    """Yield a type, and those of R4 that its profiles name: `resource` is one of a profile's."""
    profiles = [url.removeprefix(BASE) for url in kind.get("profile", ())]
    named = [each for each in profiles if each in types()]
    # What a profile of somebody else is about need not be at hand: then any type may be meant.
    yield from named or (["Any"] if profiles else [kind["code"]])


def _compared(parameter: Mapping[str, Any], told: _Slice) -> Iterator[tuple[str, str, str]]:
    """Yield what the definition and the profile tell otherwise: which, and both values."""
    for what, other in (("min", str(told.least)), ("max", told.most)):
        own = parameter.get(what)
        if own is not None and str(own) != other:
            yield what, str(own), other
    kind = parameter.get("type")
    if isinstance(kind, str) and kind in types():
        allowed = told.resources if types().is_resource(kind) else told.values
        if allowed is not None and not _may_be(kind, allowed):
            yield "type", kind, ", ".join(sorted(allowed)) or "-"
    wanted = parameter.get("targetProfile")
    targets = {each for each in wanted if isinstance(each, str)} if isinstance(wanted, list) else ()
    lost = sorted(set(targets) - told.targets)
    if lost and told.targets and f"{BASE}Resource" not in told.targets:
        yield "targetProfile", ", ".join(lost), ", ".join(sorted(told.targets))


def _may_be(kind: str, kinds: set[str]) -> bool:
    """Tell whether a type is one of those that a profile allows, or of one derived or general."""
    if kinds & _ANY or kind in _ANY:
        return True
    return any(types().get(kind).is_a(each) for each in kinds if each in types())
