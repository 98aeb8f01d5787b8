"""What R4 says in words only, of single types: sizes, full URLs, results of searches; no invariant.

Source: http://hl7.org/fhir/R4/datatypes.html#Attachment, http://hl7.org/fhir/R4/bundle.html.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.fhirpath.nodes import Node
from reference_server.fhir.validation import (
    addresses,
    answers,
    bundles,
    measures,
    operations,
    structures,
)
from reference_server.fhir.validation.addresses import address_fault
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.library import Library
from reference_server.fhir.xhtml import html_entities

_ADDRESSES: Final = frozenset({"uri", "url", "canonical"})
_FULL_URL_MAY_MISS: Final = frozenset(
    {"transaction", "transaction-response", "batch", "batch-response"}
)


def extras(node: Node, library: Library) -> Iterator[Extra]:
    """Yield what is wrong with an element by the words of its type."""
    name = node.type.name
    if name == "xhtml":
        found = html_entities(node.value) if isinstance(node.value, str) else []
        if found:
            yield Extra(rule="narrative-entity", severity=Severity.WARNING,
                        params={"name": ", ".join(dict.fromkeys(found))[:64]})  # fmt: skip
    elif name in _ADDRESSES:
        wrong = address_fault(name, node.value) if isinstance(node.value, str) else None
        yield from () if wrong is None else (wrong,)
    elif name in _LOOKS and isinstance(node.value, dict):
        yield from _LOOKS[name](node.value)
    elif name in _BESIDE and isinstance(node.value, dict):
        yield from _BESIDE[name](node.value, library)


def _attachment(value: Mapping[str, Any]) -> Iterator[Extra]:
    data, size = value.get("data"), value.get("size")
    if isinstance(data, str) and isinstance(size, int):
        try:
            length = len(base64.b64decode("".join(data.split()), validate=True))
        except (binascii.Error, ValueError):
            return
        if length != size:
            yield Extra(rule="attachment-size")


def _bundle(value: Mapping[str, Any]) -> Iterator[Extra]:
    yield from bundles.look(value)
    entries = value.get("entry")
    kind = value.get("type")
    for at, entry in enumerate(entries if isinstance(entries, list) else ()):
        if not isinstance(entry, dict):
            continue
        url, held = entry.get("fullUrl"), entry.get("resource")
        if isinstance(url, str) and ":" not in url:
            yield Extra(rule="full-url-relative", below=f".entry[{at}]")
        if url is None and isinstance(held, dict) and str(kind) not in _FULL_URL_MAY_MISS:
            yield Extra(rule="full-url-missing", code="required", below=f".entry[{at}]")
        if isinstance(held, dict) and isinstance(url, str):
            yield from _full_url(url, held, at)
        if kind != "searchset" or not isinstance(held, dict):
            continue
        search = entry.get("search")
        mode = search.get("mode") if isinstance(search, dict) else None
        outcome = held.get("resourceType") == "OperationOutcome" and mode is None
        if mode != "outcome" and not outcome and "id" not in held:
            yield Extra(rule="search-result-id", below=f".entry[{at}].resource")


def _full_url(url: str, held: Mapping[str, Any], at: int) -> Iterator[Extra]:
    """Tell a RESTful full URL that ends in another id than its resource has."""
    name, own = held.get("resourceType"), held.get("id")
    tail = url.rstrip("/").rpartition("/")[2]
    if own and url.startswith("http") and f"/{name}/" in url and tail != own:
        yield Extra(rule="full-url-id", below=f".entry[{at}]")


_LOOKS: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Extra]]]] = {
    "Attachment": _attachment,
    "Bundle": _bundle,
    "ElementDefinition": structures.look_at_element,
    "Identifier": addresses.identifier,
    "SearchParameter": structures.look_at_search,
}
_BESIDE: Final[Mapping[str, Callable[[dict[str, Any], Library], Iterator[Extra]]]] = {
    "Coding": addresses.coding,
    "MeasureReport": measures.look,
    "OperationDefinition": operations.look,
    "QuestionnaireResponse": answers.look,
    "StructureDefinition": structures.look,
}
