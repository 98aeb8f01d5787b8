"""A document: whether every resource that it holds belongs to its composition.

Source: http://hl7.org/fhir/R4/documents.html#content (what a document bundle holds is reached from
the Composition; a Provenance and others may lead to what is reached).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity


def look(bundle: Mapping[str, Any], entries: list[dict[str, Any]]) -> Iterator[Extra]:
    """Yield entries of a document or a message that nothing links with its first one."""
    held = {
        at: e["resource"] for at, e in enumerate(entries) if isinstance(e.get("resource"), dict)
    }
    if len(held) < 2 or 0 not in held:  # noqa: PLR2004  one resource is linked with itself
        return
    targets = dict(_targets(entries, held))
    reached = {at for at, each in held.items() if _is_stylesheet(bundle, each)}
    _reach(reached, 0, targets)
    grown = True
    while grown:
        back = [at for at in held if at not in reached and targets[at] & reached]
        for at in back:
            _reach(reached, at, targets)
        grown = bool(back)
    severity = Severity.ERROR if bundle.get("type") == "document" else Severity.WARNING
    for at in held:
        if at not in reached:
            yield Extra(rule="bundle-unlinked", severity=severity, below=f".entry[{at}]")


def _reach(reached: set[int], start: int, targets: Mapping[int, set[int]]) -> None:
    waiting = [start]
    while waiting:
        at = waiting.pop()
        if at not in reached:
            reached.add(at)
            waiting.extend(targets[at])


def _targets(
    entries: list[dict[str, Any]], held: Mapping[int, Mapping[str, Any]]
) -> Iterator[tuple[int, set[int]]]:
    """Yield each entry with those that some text of its resource is the address of."""
    known: dict[str, set[int]] = {}
    for at, resource in held.items():
        for name in (
            entries[at].get("fullUrl"),
            f"{resource.get('resourceType')}/{resource.get('id')}",
        ):
            if isinstance(name, str):
                known.setdefault(name, set()).add(at)
    for at, resource in held.items():
        found: set[int] = set()
        for text in _texts(resource):
            plain = text.partition("#")[0].partition("/_history/")[0]
            found |= known.get(plain, set())
            if "/" in plain:
                found |= known.get("/".join(plain.rsplit("/", 2)[-2:]), set())
        yield at, found - {at}


def _texts(resource: Any) -> Iterator[str]:  # noqa: ANN401  JSON
    waiting = [resource]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _is_stylesheet(bundle: Mapping[str, Any], resource: Mapping[str, Any]) -> bool:
    links = bundle.get("link")
    name = f"{resource.get('resourceType')}/{resource.get('id')}"
    return any(
        isinstance(each, dict) and each.get("relation") == "stylesheet" and each.get("url") == name
        for each in (links if isinstance(links, list) else ())
    )
