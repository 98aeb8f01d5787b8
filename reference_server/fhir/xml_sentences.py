"""What is wrong with a text as XML, as it can be said in each language; parses nothing."""

from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET
from xml.parsers.expat import errors

from reference_server.fhir.sentences import Said

_WORDS: Final[Mapping[str, str]] = {
    errors.XML_ERROR_SYNTAX: "token",
    errors.XML_ERROR_NO_ELEMENTS: "no-element",
    errors.XML_ERROR_INVALID_TOKEN: "token",
    errors.XML_ERROR_UNCLOSED_TOKEN: "unclosed",
    errors.XML_ERROR_PARTIAL_CHAR: "character",
    errors.XML_ERROR_TAG_MISMATCH: "tag",
    errors.XML_ERROR_DUPLICATE_ATTRIBUTE: "attribute-twice",
    errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "more-behind",
    errors.XML_ERROR_UNDEFINED_ENTITY: "entity",
    errors.XML_ERROR_BAD_CHAR_REF: "character",
    errors.XML_ERROR_MISPLACED_XML_PI: "declaration",
    errors.XML_ERROR_XML_DECL: "declaration",
    errors.XML_ERROR_UNCLOSED_CDATA_SECTION: "unclosed",
    errors.XML_ERROR_UNBOUND_PREFIX: "prefix",
}
_OTHER: Final = "other"


def said_of(error: ET.ParseError) -> Said:
    """Return what the parser says; what is rare has the parser's own English words."""
    words = errors.messages.get(error.code, "")
    name = _WORDS.get(words, _OTHER)
    return Said.of(f"xml-fault.{name}", {"what": words} if name == _OTHER else {})


def placed(error: ET.ParseError) -> Said:
    """Return what the parser says, with line and column, both from 1."""
    line, column = error.position
    params: dict[str, str | int] = {"reason": said_of(error), "line": line, "column": column + 1}
    return Said.of("xml-fault.at", params)
