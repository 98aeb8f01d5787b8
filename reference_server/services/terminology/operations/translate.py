"""`$translate`: from a code to those of another system, by the maps at hand, in both directions."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.r4.store import Resource
from reference_server.kernel.errors import ParameterMissing
from reference_server.kernel.language import Voice
from reference_server.services.terminology.catalogue.terminology import Terminology
from reference_server.services.terminology.errors import MapUnknown
from reference_server.services.terminology.fhir.arguments import (
    BOOLEAN,
    CODE,
    CODEABLE,
    CODING,
    STRING,
    URI,
    codes_of,
)
from reference_server.services.terminology.fhir.parameters import (
    Part,
    coding,
    group,
    parameters,
    part,
)
from reference_server.services.terminology.model import Coded, Given

KNOWN: Final[Mapping[str, str]] = {
    "url": URI,
    "conceptMapVersion": STRING,
    "code": CODE,
    "system": URI,
    "version": STRING,
    "source": URI,
    "coding": CODING,
    "codeableConcept": CODEABLE,
    "target": URI,
    "targetsystem": URI,
    "reverse": BOOLEAN,
}
_BACK: Final[Mapping[str, str]] = {
    "wider": "narrower",
    "narrower": "wider",
    "subsumes": "specializes",
    "specializes": "subsumes",
}
_NO: Final = frozenset({"unmatched", "disjoint"})
_DEEPEST: Final = 5


def translate(terminology: Terminology, given: Given, voice: Voice) -> bytes:
    """Return the matches of a code; raises TerminologyRefusal, ParameterMissing."""
    codes, reverse = codes_of(given), given.flags.get("reverse", False)
    if any(each.system is None for each in codes):
        raise ParameterMissing(name="system")
    maps = tuple(_maps(terminology, given, codes, reverse=reverse))
    if not maps:
        asked = given.text("url") or given.text("target") or given.text("targetsystem")
        raise MapUnknown(url=asked or str(codes[0].system))
    found = [
        match
        for each in maps
        for coded in codes
        for match in _matches(terminology, each, coded, given, reverse=reverse)
    ]
    return parameters(_answer(found, codes[0], voice))


def _maps(
    terminology: Terminology, given: Given, codes: tuple[Coded, ...], *, reverse: bool
) -> Iterator[Resource]:
    """Yield the maps to look into: the one that is named, else all that speak of the systems."""
    url = given.text("url")
    if url is not None:
        yield terminology.concept_map(url, given.text("conceptMapVersion"))
        return
    systems = {each.system for each in codes}
    ends = (given.text("source"), given.text("target"))
    for listed in terminology.listed("ConceptMap").values():
        resource = listed.read()
        from_end, to_end = (_end(resource, "source"), _end(resource, "target"))
        if any(w is not None and w != e for w, e in zip(ends, (from_end, to_end), strict=True)):
            continue
        side = "target" if reverse else "source"
        if any(each.get(side) in systems for each in resource.get("group", ())):
            yield resource


def _end(resource: Resource, name: str) -> str | None:
    return resource.get(f"{name}Canonical") or resource.get(f"{name}Uri")


def _matches(
    terminology: Terminology, resource: Resource, coded: Coded, given: Given, *, reverse: bool
) -> Iterator[tuple[str, Mapping[str, str], str]]:
    """Yield equivalence, Coding and map of each match."""
    wanted = given.text("targetsystem")
    for each in resource.get("group", ()):
        here, there = ("target", "source") if reverse else ("source", "target")
        other = each.get(there, "")
        if each.get(here) != coded.system or wanted not in {None, other}:
            continue
        pairs = _backward(each, coded.code) if reverse else _forward(each, coded.code)
        found = list(pairs)
        if not found and not reverse:
            found = list(_unmapped(terminology, each, coded, depth=0))
        for equivalence, target in found:
            code = str(target.get("code", ""))
            display = target.get("display") or terminology.display(other, code, None)
            yield equivalence, coding(other, code, display), resource.get("url", "")


def _forward(told: Mapping[str, Any], code: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for element in told.get("element", ()):
        if element.get("code") == code:
            for target in element.get("target", ()):
                yield target.get("equivalence", "equivalent"), target


def _backward(told: Mapping[str, Any], code: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for element in told.get("element", ()):
        for target in element.get("target", ()):
            if target.get("code") == code:
                equivalence = target.get("equivalence", "equivalent")
                yield _BACK.get(equivalence, equivalence), element


def _unmapped(
    terminology: Terminology, told: Mapping[str, Any], coded: Coded, *, depth: int
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what a map says of codes that it does not list."""
    rule = told.get("unmapped", {})
    match rule.get("mode"):
        case "provided":
            yield "equal", {"code": coded.code}
        case "fixed":
            yield "relatedto", rule
        case "other-map" if depth < _DEEPEST:
            other = terminology.library.find("ConceptMap", str(rule.get("url", "")))
            for each in () if other is None else other.get("group", ()):
                if each.get("source") == coded.system:
                    found = list(_forward(each, coded.code))
                    yield from found or _unmapped(terminology, each, coded, depth=depth + 1)


def _answer(
    found: list[tuple[str, Mapping[str, str], str]], asked: Coded, voice: Voice
) -> Iterator[Part]:
    result = any(equivalence not in _NO for equivalence, _, _ in found)
    yield part("result", "Boolean", result)
    if not result:
        yield part("message", "String", voice.text("terminology.not-mapped", code=asked.code))
    for equivalence, concept, source in found:
        parts = [part("equivalence", "Code", equivalence)]
        if concept["code"]:
            parts.append(part("concept", "Coding", concept))
        yield group("match", (*parts, part("source", "Uri", source)))
