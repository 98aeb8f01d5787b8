"""The texts of FHIR resources in the reader's language; knows no page.

Source: the extension `translation` (http://hl7.org/fhir/StructureDefinition/translation) and the
designations of concepts. Where a language is missing, the resource's own text stands.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"
_FROM_FHIR: Final = "FHIR R4 4.0.1: "


def said(holder: Mapping[str, Any], key: str, language: str) -> str:
    """Return a text of a resource or element in a language, empty where it has none."""
    own = holder.get(key)
    if not isinstance(own, str):
        return ""
    return dict(_translations(holder.get(f"_{key}"))).get(language, own)


def in_every_language(holder: Mapping[str, Any], key: str) -> Iterator[str]:
    """Yield a text in every language that it has."""
    own = holder.get(key)
    if isinstance(own, str):
        yield own
    yield from (text for _, text in _translations(holder.get(f"_{key}")))


def display(concept: Mapping[str, Any], language: str) -> str:
    """Return what a concept is called in a language."""
    for each in concept.get("designation", ()):
        if str(each.get("language", "")).partition("-")[0] == language and not each.get("use"):
            return str(each.get("value", ""))
    return str(concept.get("display", ""))


def own_words(text: str) -> str:
    """Return a text that is more than a pointer to FHIR's own."""
    return "" if text.startswith(_FROM_FHIR) else text


def title(resource: Mapping[str, Any], language: str) -> str:
    """Return what a resource is called: its title, else its name, else its id."""
    return said(resource, "title", language) or str(
        resource.get("title") or resource.get("name") or resource.get("id", "")
    )


def _translations(beside: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  JSON
    extensions = beside.get("extension", ()) if isinstance(beside, Mapping) else ()
    for each in extensions:
        if each.get("url") == _TRANSLATION:
            parts = {part.get("url"): part for part in each.get("extension", ())}
            language = parts.get("lang", {}).get("valueCode", "")
            content = parts.get("content", {})
            text = content.get("valueString") or content.get("valueMarkdown")
            if isinstance(text, str):
                yield str(language).partition("-")[0], text
