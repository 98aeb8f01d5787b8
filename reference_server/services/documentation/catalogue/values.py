"""The codes of a value set or code system as a list, where they can be listed here; asks nobody."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from reference_server.services.documentation.catalogue.said import display
from reference_server.services.documentation.catalogue.shelf import Shelf

DEEPEST: Final = 12
Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code; `level` counts what stands above it in its system."""

    system: str
    code: str
    display: str
    definition: str = ""
    level: int = 0
    properties: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The codes, and why there may be more of them: a system that is absent, a filter."""

    codes: tuple[Code, ...]
    gaps: tuple[tuple[str, str], ...] = ()


def of_system(system: Resource, language: str) -> Listing:
    """Return the codes of a code system with their hierarchy."""
    codes = tuple(_concepts(system.get("concept", ()), str(system.get("url", "")), language, 0))
    content = str(system.get("content", ""))
    gaps = () if content == "complete" else (("content", content),)
    return Listing(codes=codes, gaps=gaps)


def of_value_set(shelf: Shelf, value_set: Resource, language: str) -> Listing:
    """Return the codes of a value set: its expansion, else what its compose lets in.

    Candidates are the codes that it and the value sets in it name; the judge of membership, which
    validation asks too, says which of them belong to it.
    """
    expansion = value_set.get("expansion", {}).get("contains")
    if expansion:
        return Listing(codes=tuple(_expanded(expansion, language)))
    gaps: list[tuple[str, str]] = []
    url = str(value_set.get("url", ""))
    candidates = {
        (each.system, each.code): each for each in _candidates(shelf, value_set, language, gaps)
    }
    held = {key: shelf.codes.is_member(url, *key) for key in candidates}
    gaps += [("undecided", key[0]) for key, answer in held.items() if answer is None]
    codes = tuple(each for key, each in candidates.items() if held[key])
    return Listing(codes=codes, gaps=tuple(dict.fromkeys(gaps)))


def _candidates(
    shelf: Shelf, value_set: Resource, language: str, gaps: list[tuple[str, str]], *, depth: int = 0
) -> Iterator[Code]:
    for part in value_set.get("compose", {}).get("include", ()):
        for url in part.get("valueSet", ()):
            found = shelf.library.find("ValueSet", str(url))
            if found is None or depth >= DEEPEST:
                gaps.append(("absent", str(url)))
            else:
                yield from _candidates(shelf, found, language, gaps, depth=depth + 1)
        if "system" in part:
            yield from _of_part(shelf, part, language, gaps)


def _of_part(
    shelf: Shelf, part: Resource, language: str, gaps: list[tuple[str, str]]
) -> Iterator[Code]:
    system = str(part["system"])
    known = shelf.codes.system(system)
    every = () if known is None else of_system(known.resource, language).codes
    if "concept" not in part:
        if known is None or not known.complete:
            gaps.append(("absent", system))
        yield from every
        return
    by_code = {each.code: each for each in every}
    for each in part["concept"]:
        code = str(each.get("code", ""))
        own = by_code.get(code, Code(system=system, code=code, display=""))
        yield replace(own, display=display(each, language) or own.display, level=0)


def _concepts(
    concepts: Iterable[Resource], system: str, language: str, level: int
) -> Iterator[Code]:
    for each in concepts:
        properties = (
            (str(told.get("code", "")), _value(told)) for told in each.get("property", ())
        )
        yield Code(
            system=system,
            code=str(each.get("code", "")),
            display=display(each, language),
            definition=str(each.get("definition", "")),
            level=level,
            properties=tuple(properties),
        )
        yield from _concepts(each.get("concept", ()), system, language, level + 1)


def _value(told: Resource) -> str:
    value = next((held for key, held in told.items() if key.startswith("value")), "")
    if isinstance(value, Mapping):
        words = (str(value[key]) for key in ("code", "display") if value.get(key))
        return " · ".join(words)
    return str(value)


def _expanded(contains: Iterable[Resource], language: str, level: int = 0) -> Iterator[Code]:
    for each in contains:
        if each.get("code") and not each.get("abstract"):
            yield Code(system=str(each.get("system", "")), code=str(each["code"]),
                       display=display(each, language), level=level)  # fmt: skip
        yield from _expanded(each.get("contains", ()), language, level + 1)
