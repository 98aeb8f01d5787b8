"""What R4 says in words only, of single types: sizes, full URLs, results of searches; no invariant.

Source: http://hl7.org/fhir/R4/datatypes.html#Attachment, http://hl7.org/fhir/R4/bundle.html.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.fhirpath.nodes import Node
from reference_server.fhir.validation import (
    addresses,
    answers,
    attachments,
    bundles,
    code_systems,
    concept_maps,
    measures,
    operations,
    questionnaires,
    structures,
    value_sets,
)
from reference_server.fhir.validation.addresses import address_fault
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.library import Library
from reference_server.fhir.xhtml import html_entities

_ADDRESSES: Final = frozenset({"uri", "url", "canonical"})


def extras(node: Node, library: Library) -> Iterable[Extra]:
    """Return what is wrong with an element by the words of its type."""
    return _looked(node, library) if node.type.name in LOOKED_AT else ()


def _looked(node: Node, library: Library) -> Iterator[Extra]:
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


_LOOKS: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Extra]]]] = {
    "Attachment": attachments.look,
    "Bundle": bundles.look,
    "ElementDefinition": structures.look_at_element,
    "Identifier": addresses.identifier,
    "Questionnaire": questionnaires.look,
    "SearchParameter": structures.look_at_search,
}
_BESIDE: Final[Mapping[str, Callable[[dict[str, Any], Library], Iterator[Extra]]]] = {
    "CodeSystem": code_systems.look,
    "Coding": addresses.coding,
    "ConceptMap": concept_maps.look,
    "MeasureReport": measures.look,
    "OperationDefinition": operations.look,
    "QuestionnaireResponse": answers.look,
    "StructureDefinition": structures.look,
    "ValueSet": value_sets.look,
}
LOOKED_AT: Final = frozenset({"xhtml", *_ADDRESSES, *_LOOKS, *_BESIDE})
"""The types of which anything is said in words."""
