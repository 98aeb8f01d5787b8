"""A ValueSet that is itself validated: its systems, its codes and filters, the sets it imports.

Source: http://hl7.org/fhir/R4/valueset.html#compositions, valueset-definitions.html
(compose.include), codesystem.html#properties, as HL7's own validator reads them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.validation.addresses import is_absolute
from reference_server.fhir.validation.codes import Codes, System
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.library import Library

_SHOWN: Final = 200
# Every system has these (codesystem.html#defined-props, valueset.html#compositions).
_OF_EVERY_SYSTEM: Final = frozenset(
    {"code", "concept", "status", "inactive", "effectiveDate", "deprecated", "deprecationDate",
     "retirementDate", "notSelectable", "parent", "child", "partOf", "synonym", "comment",
     "itemWeight", "display", "definition", "abstract"}
)  # fmt: skip
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WHOLE: Final = re.compile(r"-?[0-9]+")
_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T.+)?)?)?")
_FORMS: Final[Mapping[str, Callable[[str], bool]]] = {
    "boolean": lambda value: value in {"true", "false"},
    "integer": lambda value: _WHOLE.fullmatch(value) is not None,
    "decimal": lambda value: _NUMBER.fullmatch(value) is not None,
    "dateTime": lambda value: _DATE.fullmatch(value) is not None,
    "code": lambda value: value == value.strip(),
}
Item = Mapping[str, Any]


def look(value_set: dict[str, Any], library: Library) -> Iterator[Extra]:
    """Yield what is wrong with the composition of a value set, part by part."""
    compose = value_set.get("compose")
    codes = Codes(library)
    for name in ("include", "exclude"):
        parts = compose.get(name) if isinstance(compose, dict) else None
        for at, part in enumerate(parts if isinstance(parts, list) else ()):
            if isinstance(part, dict):
                below = f".compose.{name}[{at}]"
                yield from _imports(part, below, library)
                if isinstance(part.get("system"), str):
                    yield from _system(part, below, codes, library)


def _imports(part: Item, below: str, library: Library) -> Iterator[Extra]:
    held = part.get("valueSet")
    for at, each in enumerate(held if isinstance(held, list) else ()):
        if isinstance(each, str) and library.find("ValueSet", each) is None:
            yield Extra(rule="value-set-unknown", code="not-found", severity=Severity.WARNING,
                        not_checked=True, below=f"{below}.valueSet[{at}]",
                        params={"name": each[:_SHOWN]})  # fmt: skip


def _system(part: Item, below: str, codes: Codes, library: Library) -> Iterator[Extra]:
    system = str(part["system"])
    shown: dict[str, str | int] = {"value": system[:_SHOWN]}
    if not is_absolute(system):
        yield Extra(rule="system-relative", below=below, params=shown)
        return
    plain, bar, _ = system.partition("|")
    if bar:
        yield Extra(rule="system-version", below=f"{below}.system", params=shown)
    known = codes.system(plain)
    if known is None and library.find("ValueSet", plain) is not None:
        yield Extra(rule="system-value-set", below=f"{below}.system", params=shown)
        return
    if known is not None and known.resource.get("content") == "supplement":
        yield Extra(rule="system-supplement", below=f"{below}.system", params=shown)
        return
    yield from _concepts(part, plain, below, codes)
    yield from _filters(part, known, below)


def _concepts(part: Item, system: str, below: str, codes: Codes) -> Iterator[Extra]:
    """Tell codes that their system does not have; once, that the system is not at hand."""
    held = part.get("concept")
    for at, each in enumerate(held if isinstance(held, list) else ()):
        code = each.get("code") if isinstance(each, dict) else None
        found = codes.is_code(system, code) if isinstance(code, str) else True
        told = {"name": system[:_SHOWN], "value": str(code)[:64]}
        if found is False:
            yield Extra(rule="code-unknown", code="code-invalid", below=f"{below}.concept[{at}]",
                        params=told)  # fmt: skip
        elif found is None and codes.system(system) is None:
            yield Extra(rule="code-not-checked", code="not-supported", below=below,
                        severity=Severity.INFORMATION, not_checked=True, params=told)  # fmt: skip
            return


def _filters(part: Item, known: System | None, below: str) -> Iterator[Extra]:
    held = part.get("filter")
    for at, each in enumerate(held if isinstance(held, list) else ()):
        if isinstance(each, dict):
            yield from _filter(each, known, f"{below}.filter[{at}]")


def _filter(told: Item, known: System | None, below: str) -> Iterator[Extra]:
    """Tell a filter by what the system does not define, and values that cannot be meant."""
    name, operator, value = (told.get(each) for each in ("property", "op", "value"))
    if not (isinstance(name, str) and isinstance(operator, str) and isinstance(value, str)):
        return
    shown: dict[str, str | int] = {"name": name[:64], "value": value[:64]}
    defined = {} if known is None else _defined(known.resource, "property")
    offered = {} if known is None else _defined(known.resource, "filter")
    if known is not None and name not in {*_OF_EVERY_SYSTEM, *defined, *offered}:
        yield Extra(rule="filter-property", severity=Severity.WARNING, below=below, params=shown)
        return
    allowed = offered.get(name, {}).get("operator")
    if isinstance(allowed, list) and allowed and operator not in allowed:
        shown = {"name": operator, "expected": ", ".join(map(str, allowed))[:_SHOWN]}
        yield Extra(rule="filter-operator", below=below, params=shown)
    kind = "boolean" if operator == "exists" else defined.get(name, {}).get("type")
    if operator == "regex":
        if not _is_expression(value):
            yield Extra(rule="filter-value", below=below, params={**shown, "expected": "regex"})
        return
    form = _FORMS.get(str(kind))
    values = value.split(",") if operator in {"in", "not-in"} else [value]
    if form is not None and not all(form(each) for each in values):
        yield Extra(rule="filter-value", below=below, params={**shown, "expected": str(kind)})


def _defined(system: Item, name: str) -> dict[str, Item]:
    held = system.get(name)
    found = (each for each in held if isinstance(each, dict)) if isinstance(held, list) else ()
    return {str(each.get("code")): each for each in found}


def _is_expression(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
