"""A StructureDefinition that is itself validated: whether its differential fits its base.

Source: http://hl7.org/fhir/R4/profiling.html and elementdefinition.html#interpretation.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.fhirpath import FhirPathError
from reference_server.fhir.fhirpath.evaluation import compiled
from reference_server.fhir.r4.model import TypeInfo, UnknownTypeError, types
from reference_server.fhir.r4.store import Resource
from reference_server.fhir.validation import structure_heads
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.rules import NOTHING, starting
from reference_server.fhir.validation.snapshot import SnapshotError, with_snapshot

# A definition whose JSON is of the wrong kinds is told so by its own type's rules.
_MALFORMED: Final = (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError)
_OPEN: Final = frozenset({"Element", "BackboneElement", "Resource", "DomainResource"})
_WITHOUT_CODES: Final = frozenset(
    {"date", "dateTime", "instant", "time", "boolean", "integer", "positiveInt", "unsignedInt",
     "decimal", "base64Binary", "Reference", "Period", "Range", "Identifier", "HumanName",
     "Address", "ContactPoint", "Attachment", "Annotation", "Timing", "Signature"}
)  # fmt: skip
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
Element = Mapping[str, Any]


def look(definition: Resource, library: Library) -> Iterator[Extra]:
    """Yield where a profile's differential does not fit its base."""
    yield from structure_heads.look(definition, library)
    if definition.get("derivation") != "constraint" or "differential" not in definition:
        return
    base = library.structure(str(definition.get("baseDefinition", "")))
    if base is None:
        yield Extra(rule="definition-base-unknown", code="not-found", severity=Severity.WARNING,
                    not_checked=True,
                    params={"name": str(definition.get("baseDefinition"))[:300]})  # fmt: skip
        return
    try:
        whole = with_snapshot(base, library.structure)
        yield from tuple(_differing(definition, whole))
        yield from tuple(structure_heads.look_at_elements(definition, whole))
        plain = {key: value for key, value in definition.items() if key != "snapshot"}
        with_snapshot(plain, library.structure)
    except SnapshotError as error:
        yield Extra(rule="definition-broken", params={"reason": str(error)[:300]})
    except _MALFORMED:
        return


def _differing(definition: Resource, base: Resource) -> Iterator[Extra]:
    known = {str(each["path"]): each for each in reversed(base["snapshot"]["element"])
             if "sliceName" not in each}  # fmt: skip
    for at, element in enumerate(definition["differential"]["element"]):
        below = f".differential.element[{at}]"
        path = str(element["path"])
        if path.partition(".")[0] != definition.get("type") or _leads_nowhere(path):
            yield Extra(rule="definition-path", below=below, params={"name": path[:200]})
            continue
        if path in known and ":" not in str(element.get("id", "")) and "sliceName" not in element:
            yield from _looser(element, known[path], below)
        yield from _discriminators(element, path, below)
        yield from _bound(element, known.get(path, {}), below)


def _bound(element: Element, base: Element, below: str) -> Iterator[Extra]:
    """Tell a binding of an element whose types have no codes."""
    told = element.get("type") or base.get("type") or ()
    codes = [str(each.get("code")) for each in told]
    if "binding" in element and codes and set(codes) <= _WITHOUT_CODES:
        yield Extra(rule="definition-binding", below=below, params={"name": ", ".join(codes)[:200]})


def _leads_nowhere(path: str) -> bool:
    """Tell a path whose last step is no element of the type that the steps before it lead to."""
    outer, _, name = path.rpartition(".")
    kind = _type_at(outer) if outer else None
    if kind is None or kind.name in _OPEN:
        return False
    return name.removesuffix("[x]") not in kind.elements and name not in kind.keys


def _looser(element: Element, base: Element, below: str) -> Iterator[Extra]:
    """Tell what allows more than the base does: profiles may only narrow."""
    least, most = element.get("min"), element.get("max")
    path = str(element["path"])[:200]
    if isinstance(least, int) and least < base.get("min", 0):
        told: dict[str, str | int] = {"name": path, "found": least, "limit": base.get("min", 0)}
        yield Extra(rule="definition-min", below=below, params=told)
    if isinstance(most, str) and base.get("max", "*") != "*":
        limit = int(base["max"])
        if most == "*" or int(most) > limit:
            told = {"name": path, "found": most, "limit": limit}
            yield Extra(rule="definition-max", below=below, params=told)
    fixed, own = starting(dict(base), "fixed"), starting(dict(element), "fixed")
    if fixed is not NOTHING and own is not NOTHING and own != fixed:
        yield Extra(rule="definition-fixed", below=below,
                    params={"name": path, "found": str(own)[:200],
                            "expected": str(fixed)[:200]})  # fmt: skip
    allowed = {str(each.get("code")) for each in base.get("type", ())}
    for each in element.get("type", ()):
        if allowed and not _is_any(str(each.get("code")), allowed):
            yield Extra(rule="definition-type", below=below,
                        params={"name": str(each.get("code"))[:64],
                                "expected": ", ".join(sorted(allowed))[:300]})  # fmt: skip


def _is_any(code: str, allowed: set[str]) -> bool:
    if code in allowed or code not in types() or not all(each in types() for each in allowed):
        return True
    return any(types().get(code).is_a(each) for each in allowed)


def _discriminators(element: Element, path: str, below: str) -> Iterator[Extra]:
    """Tell discriminators that lead to no element of what is sliced."""
    told = element.get("slicing", {}).get("discriminator", ())
    for at, each in enumerate(told):
        way = str(each.get("path", "")).removeprefix("$this.")
        first = way.partition(".")[0]
        kind = _type_at(path)
        if kind is None or not _NAME.fullmatch(first) or first in kind.elements:
            continue
        if kind.name not in _OPEN:
            yield Extra(rule="definition-discriminator",
                        below=f"{below}.slicing.discriminator[{at}]",
                        params={"name": way[:200], "expected": path[:200]})  # fmt: skip


def _type_at(path: str) -> TypeInfo | None:
    """Return the one type that an element of R4 has; None where it has several, or is none."""
    first, *rest = path.split(".")
    try:
        kind = types().get(first)
    except UnknownTypeError:
        return None
    for name in rest:
        info = kind.elements.get(name.removesuffix("[x]"))
        below = set() if info is None else {id(each) for each in info.types.values()}
        found = None if info is None else next(iter(info.types.values()))
        if len(below) != 1 or found is None:
            return None
        kind = found
    return kind


def look_at_element(element: Element) -> Iterator[Extra]:
    """Yield what is wrong with one element of a definition: expressions that say nothing."""
    constraints = element.get("constraint", ())
    for at, each in enumerate(constraints if isinstance(constraints, list) else ()):
        expression = each.get("expression") if isinstance(each, dict) else None
        wrong = _unreadable(expression)
        if wrong is not None:
            yield Extra(rule="expression", below=f".constraint[{at}].expression",
                        params={"reason": wrong})  # fmt: skip


def look_at_search(parameter: Element) -> Iterator[Extra]:
    """Yield what is wrong with a SearchParameter: an expression that says nothing."""
    wrong = _unreadable(parameter.get("expression"))
    if wrong is not None:
        yield Extra(rule="expression", below=".expression", params={"reason": wrong})


def _unreadable(expression: Any) -> str | None:  # noqa: ANN401  JSON
    if not isinstance(expression, str):
        return None
    try:
        compiled(expression)
    except FhirPathError as error:
        return error.reason
    return None
