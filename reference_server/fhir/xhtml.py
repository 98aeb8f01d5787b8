"""What a narrative's XHTML may hold; shows nothing, fetches nothing.

Source: http://hl7.org/fhir/R4/narrative.html#xhtml (elements and attributes, txt-1 and txt-2).
"""

import re
from html.entities import html5
from typing import Final
from xml.etree import ElementTree as ET

LARGEST: Final = 1024 * 1024
DEEPEST: Final = 200
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_ELEMENTS: Final = frozenset(
    {"p", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "a", "span", "b", "em", "i", "strong",
     "small", "big", "tt", "dfn", "q", "var", "abbr", "acronym", "cite", "blockquote", "hr",
     "address", "bdo", "kbd", "sub", "sup", "ul", "ol", "li", "dl", "dt", "dd", "pre", "table",
     "caption", "colgroup", "col", "thead", "tr", "tfoot", "tbody", "th", "td", "code", "samp",
     "img", "map", "area", "ins", "del", "u", "s", "strike", "center", "font"}
)  # fmt: skip
_ANYWHERE: Final = frozenset({"id", "class", "style", "title", "dir", "lang", "language",
                              "accesskey", "tabindex", "charset"})  # fmt: skip
_ON: Final = {
    "a": frozenset({"href", "name", "rel", "rev", "shape", "coords", "target", "type"}),
    "img": frozenset({"src", "alt", "height", "width", "usemap", "longdesc", "ismap"}),
    "table": frozenset({"summary", "width", "border", "frame", "rules", "cellspacing",
                        "cellpadding", "bgcolor"}),
    "bdo": frozenset({"dir"}),
    "q": frozenset({"cite"}),
    "blockquote": frozenset({"cite"}),
    "ins": frozenset({"cite", "datetime"}),
    "del": frozenset({"cite", "datetime"}),
    "ol": frozenset({"start", "type"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"value", "type"}),
    "map": frozenset({"name"}),
    "area": frozenset({"shape", "coords", "href", "nohref", "alt", "target"}),
    "font": frozenset({"color", "face", "size"}),
}  # fmt: skip
_CELLS: Final = frozenset({"align", "char", "charoff", "valign", "width", "span", "abbr", "axis",
                           "headers", "scope", "rowspan", "colspan", "bgcolor", "height",
                           "nowrap"})  # fmt: skip
_CELL_ELEMENTS: Final = frozenset({"col", "colgroup", "tr", "td", "th", "thead", "tbody", "tfoot"})
_DECLARED = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*);")
_ACTIVE = re.compile(r"^\s*(?:javascript|vbscript|data:text/html)", re.IGNORECASE)


def xhtml_fault(text: str) -> str | None:
    """Return what is wrong with a narrative's `div`, in a few words; None where nothing is."""
    if len(text) > LARGEST or _DECLARED.search(text):
        return "a declaration, or too long"
    try:
        root = ET.fromstring(_spelled(text))  # noqa: S314  without declarations nothing can be expanded
    except (ET.ParseError, RecursionError) as error:
        return f"not well-formed: {error}"
    if root.tag != f"{_XHTML}div":
        return "the outermost element must be a div of XHTML"
    return _fault(root, 0)


def html_entities(text: str) -> list[str]:
    """Return the entities that HTML knows and XML does not: R4 wants their signs instead."""
    return [name for name in _ENTITY.findall(text) if f"{name};" in html5]


def _spelled(text: str) -> str:
    """Return a text in which the entities of HTML are the signs that they stand for."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda found: html5.get(f"{found[1]};", found[0]), text)


def _fault(element: ET.Element, depth: int) -> str | None:
    name = str(element.tag).removeprefix(_XHTML)
    if depth > DEEPEST or name not in _ELEMENTS:
        return f"element {name}"
    for attribute, value in element.attrib.items():
        if not _may_stand(name, attribute):
            return f"attribute {attribute} on {name}"
        if attribute in {"href", "src"} and _ACTIVE.match(value):
            return f"active content in {attribute}"
    found = (_fault(child, depth + 1) for child in element)
    return next((fault for fault in found if fault is not None), None)


def _may_stand(element: str, attribute: str) -> bool:
    if attribute in _ANYWHERE or attribute.startswith("{http://www.w3.org/XML/1998/namespace}"):
        return True
    if attribute in _ON.get(element, frozenset()):
        return True
    return attribute in {"align", "width"} or (element in _CELL_ELEMENTS and attribute in _CELLS)


def has_content(text: str) -> bool:
    """Tell whether a narrative says or shows something, as txt-2 wants."""
    try:
        root = ET.fromstring(_spelled(text))  # noqa: S314  see xhtml_fault
    except (ET.ParseError, RecursionError):
        return False
    return bool("".join(root.itertext()).strip()) or any(
        element.tag == f"{_XHTML}img" for element in root.iter()
    )
