"""A CodeSystem that is itself validated: what its `content` promises, its count, its value set.

Source: http://hl7.org/fhir/R4/codesystem.html#content, #supplements, codesystem-definitions.html
(count, valueSet), as HL7's own validator reads them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.validation.codes import Codes
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.library import Library

_DEEPEST: Final = 64
_OF_WHOLE_SYSTEMS: Final = ("caseSensitive", "hierarchyMeaning")
Item = Mapping[str, Any]


def look(system: dict[str, Any], library: Library) -> Iterator[Extra]:
    """Yield what does not fit together in a code system."""
    content = str(system.get("content", ""))
    concepts = list(_concepts(system.get("concept"), "", 0))
    yield from _supplementing(system, content)
    yield from _counted(system, content, len(concepts))
    if content == "not-present" and concepts:
        yield Extra(rule="code-system-not-present", below=concepts[0][0])
    yield from _value_set(system, library)
    yield from _properties(system, concepts)
    supplemented = system.get("supplements")
    if isinstance(supplemented, str):
        yield from _supplemented(supplemented, concepts, Codes(library))


def _concepts(held: Any, below: str, depth: int) -> Iterator[tuple[str, Item]]:  # noqa: ANN401  JSON
    for at, each in enumerate(held if isinstance(held, list) and depth < _DEEPEST else ()):
        if isinstance(each, dict):
            place = f"{below}.concept[{at}]"
            yield place, each
            yield from _concepts(each.get("concept"), place, depth + 1)


def _supplementing(system: Item, content: str) -> Iterator[Extra]:
    """Tell where `supplements` and `content` say different things."""
    supplements = "supplements" in system
    if supplements is not (content == "supplement") and "content" in system:
        yield Extra(rule="code-system-supplement", below=".content")
    for name in _OF_WHOLE_SYSTEMS if supplements else ():
        if name in system:
            yield Extra(rule="code-system-supplement", below=f".{name}")


def _counted(system: Item, content: str, found: int) -> Iterator[Extra]:
    count = system.get("count")
    if not isinstance(count, int):
        return
    told: dict[str, str | int] = {"expected": count, "found": found}
    partly = content in {"example", "fragment"}
    if (content == "complete" and count != found) or (partly and count < found):
        yield Extra(rule="code-system-count", below=".count", params=told)


def _value_set(system: Item, library: Library) -> Iterator[Extra]:
    """Tell a value set of the whole system that is not that."""
    canonical = system.get("valueSet")
    found = library.find("ValueSet", canonical) if isinstance(canonical, str) else None
    if found is None:
        return
    compose = found.get("compose")
    parts = compose.get("include") if isinstance(compose, dict) else None
    part = parts[0] if isinstance(parts, list) and len(parts) == 1 else None
    whole = isinstance(part, dict) and part.get("system") == system.get("url")
    if not whole or (isinstance(part, dict) and {"concept", "filter", "valueSet"} & part.keys()):
        yield Extra(rule="code-system-value-set", params={"name": str(canonical)[:200]})


def _properties(system: Item, concepts: list[tuple[str, Item]]) -> Iterator[Extra]:
    """Tell properties of concepts that the system does not define, as a warning."""
    told = system.get("property")
    defined = told if isinstance(told, list) else []
    known = [each.get("code") for each in defined if isinstance(each, dict)]
    for place, concept in concepts if isinstance(told, list) else ():
        held = concept.get("property")
        for at, each in enumerate(held if isinstance(held, list) else ()):
            code = each.get("code") if isinstance(each, dict) else None
            if isinstance(code, str) and code not in known:
                yield Extra(
                    rule="code-system-property",
                    severity=Severity.WARNING,
                    below=f"{place}.property[{at}]",
                    params={"name": code[:64]},
                )


def _supplemented(
    canonical: str, concepts: list[tuple[str, Item]], codes: Codes
) -> Iterator[Extra]:
    """Tell codes that the supplemented system does not have; that it is not at hand."""
    system = canonical.partition("|")[0]
    for place, concept in concepts:
        code = concept.get("code")
        held = codes.is_code(system, code) if isinstance(code, str) else True
        if held is False:
            yield Extra(rule="code-unknown", code="code-invalid", below=f"{place}.code",
                        params={"name": system[:200], "value": str(code)[:64]})  # fmt: skip
        elif held is None:
            yield Extra(rule="code-not-checked", code="not-supported", below=place,
                        severity=Severity.INFORMATION, not_checked=True,
                        params={"name": system[:200], "value": str(code)[:64]})  # fmt: skip
