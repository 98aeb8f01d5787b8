"""What a narrative's XHTML may hold; shows nothing, fetches nothing.

Source: http://hl7.org/fhir/R4/narrative.html#xhtml (elements and attributes, txt-1 and txt-2).
"""

import re
from collections.abc import Mapping
from html.entities import html5
from typing import Final
from xml.etree import ElementTree as ET

from reference_server.fhir.sentences import Said
from reference_server.fhir.xml_sentences import placed

LARGEST: Final = 1024 * 1024
DEEPEST: Final = 200
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_ELEMENTS: Final = frozenset(
    {"p", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "a", "span", "b", "em", "i", "strong",
     "small", "big", "tt", "dfn", "q", "var", "abbr", "acronym", "cite", "blockquote", "hr",
     "address", "bdo", "kbd", "sub", "sup", "ul", "ol", "li", "dl", "dt", "dd", "pre", "table",
     "caption", "colgroup", "col", "thead", "tr", "tfoot", "tbody", "th", "td", "code", "samp",
     "img", "map", "area"}
)  # fmt: skip
"""HTML 4.0's chapters 7 to 11 and 15 but for 9.4 (ins, del) and what HTML calls deprecated."""
_ANYWHERE: Final = frozenset({"id", "class", "style", "title", "dir", "lang", "accesskey",
                              "tabindex", "align", "width"})  # fmt: skip
_ON: Final = {
    "a": frozenset({"href", "name", "rel", "rev", "shape", "coords", "target", "type", "charset",
                    "hreflang"}),
    "img": frozenset({"src", "alt", "height", "width", "usemap", "longdesc", "ismap", "border"}),
    "table": frozenset({"summary", "border", "frame", "rules", "cellspacing", "cellpadding"}),
    "q": frozenset({"cite"}),
    "blockquote": frozenset({"cite"}),
    "ol": frozenset({"start", "type"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"value", "type"}),
    "map": frozenset({"name"}),
    "area": frozenset({"shape", "coords", "href", "nohref", "alt", "target"}),
}  # fmt: skip
_CELLS: Final = frozenset({"align", "char", "charoff", "valign", "width", "span", "abbr", "axis",
                           "headers", "scope", "rowspan", "colspan", "nowrap"})  # fmt: skip
_CELL_ELEMENTS: Final = frozenset({"col", "colgroup", "tr", "td", "th", "thead", "tbody", "tfoot"})
_BLOCKS: Final = frozenset({"div", "pre", "table", "ul", "ol"})
_PARAGRAPHS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "address"})
_INLINE: Final = frozenset(
    {"a", "b", "em", "i", "strong", "small", "big", "sub", "sup", "code", "tt", "dfn", "q", "var",
     "abbr", "acronym", "cite", "bdo", "kbd", "samp", "span", "caption", "dt"}
)  # fmt: skip
_FORBIDDEN_IN: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(_INLINE | _PARAGRAPHS, _BLOCKS),
    "p": _BLOCKS | {"p", "blockquote"},
    "pre": _BLOCKS,
    "a": _BLOCKS | {"a"},
}
"""What may not stand at whatever depth in an element."""
_ROWS: Final = frozenset({"thead", "tfoot", "tbody"})
_ONLY_IN: Final[Mapping[str, frozenset[str]]] = {
    "tr": _ROWS | {"table"},
    **dict.fromkeys(_ROWS | {"caption", "col", "colgroup"}, frozenset({"table", "colgroup"})),
    **dict.fromkeys(("td", "th"), frozenset({"tr"})),
    "li": frozenset({"ul", "ol"}),
    **dict.fromkeys(("dt", "dd"), frozenset({"dl"})),
}
_ONLY: Final[Mapping[str, frozenset[str]]] = {
    "table": _ROWS | {"tr", "caption", "col", "colgroup"},
    **dict.fromkeys(_ROWS, frozenset({"tr"})),
    "tr": frozenset({"td", "th"}),
    **dict.fromkeys(("ul", "ol"), frozenset({"li"})),
    "dl": frozenset({"dt", "dd"}),
    **dict.fromkeys(("br", "hr", "img", "area", "col"), frozenset()),
}
"""What alone may stand directly in an element, and no text."""
_DECLARED = re.compile(r"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*);")
_ACTIVE = re.compile(r"^\s*(?:javascript|vbscript|data:text/html)", re.IGNORECASE)


def xhtml_fault(text: str) -> str | None:
    """Return what is wrong with a narrative's `div`, in a few words; None where nothing is."""
    if len(text) > LARGEST or _DECLARED.search(text):
        return "<!…>"
    try:
        root = ET.fromstring(_spelled(text))  # noqa: S314  without declarations nothing can be expanded
    except ET.ParseError as error:
        return placed(error)
    except RecursionError:
        return Said.of("xml-fault.nested", {})
    if root.tag != f"{_XHTML}div":
        return f"<div xmlns={_XHTML[1:-1]}>"
    return _fault(root, 0)


def html_entities(text: str) -> list[str]:
    """Return the entities that HTML knows and XML does not: R4 wants their signs instead."""
    return [name for name in _ENTITY.findall(text) if f"{name};" in html5]


def _spelled(text: str) -> str:
    """Return a text in which the entities of HTML are the signs that they stand for."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda found: html5.get(f"{found[1]};", found[0]), text)


def _fault(element: ET.Element, depth: int, around: frozenset[str] = frozenset()) -> str | None:
    """Return what is wrong at or below an element; `around` may not stand where it stands."""
    name = _name(element)
    if depth > DEEPEST or name not in _ELEMENTS:
        return f"<{name}>"[:80]
    if name in around:
        return f"… <{name}>"
    for attribute, value in element.attrib.items():
        if not _may_stand(name, attribute):
            return f"<{name} {attribute}>"[:80]
        if attribute in {"href", "src"} and _ACTIVE.match(value):
            return f"<{name} {attribute}={value}>"[:80]
    misplaced = _misplaced(element, name)
    if misplaced is not None:
        return misplaced
    forbidden = around | _FORBIDDEN_IN.get(name, frozenset())
    found = (_fault(child, depth + 1, forbidden) for child in element)
    return next((fault for fault in found if fault is not None), None)


def _name(element: ET.Element) -> str:
    return str(element.tag).removeprefix(_XHTML)


def _misplaced(element: ET.Element, name: str) -> str | None:
    """Return a child that may not stand in an element, and the element."""
    allowed = _ONLY.get(name)
    texts = [element.text, *(child.tail for child in element)] if allowed is not None else []
    if any(text and text.strip() for text in texts):
        return f"<{name}>…"
    for child in element:
        own = _name(child)
        if allowed is not None and own not in allowed:
            return f"<{name}><{own}>"
        if name not in _ONLY_IN.get(own, {name}):
            return f"<{name}><{own}>"
    return None


def _may_stand(element: str, attribute: str) -> bool:
    if attribute in _ANYWHERE or attribute.startswith("{http://www.w3.org/XML/1998/namespace}"):
        return True
    if attribute in _ON.get(element, frozenset()):
        return True
    return element in _CELL_ELEMENTS and attribute in _CELLS


def has_content(text: str) -> bool:
    """Tell whether a narrative says or shows something, as txt-2 wants."""
    try:
        root = ET.fromstring(_spelled(text))  # noqa: S314  see xhtml_fault
    except (ET.ParseError, RecursionError):
        return False
    return bool("".join(root.itertext()).strip()) or any(
        element.tag == f"{_XHTML}img" for element in root.iter()
    )


def links_and_marks(text: str) -> tuple[list[str], set[str]]:
    """Return the places within the resource that a narrative links to, and those that it marks.

    What is not well-formed links and marks nothing: that is told elsewhere.
    """
    links: list[str] = []
    marks: set[str] = set()
    if len(text) > LARGEST or _DECLARED.search(text):
        return links, marks
    try:
        root = ET.fromstring(_spelled(text))  # noqa: S314  see xhtml_fault
    except (ET.ParseError, RecursionError):
        return links, marks
    for element in root.iter():
        for attribute, value in element.attrib.items():
            if attribute == "id" or (attribute == "name" and _name(element) == "a"):
                marks.add(value)
            elif attribute in {"href", "src"} and value.startswith("#") and value != "#":
                links.append(value[1:])
    return links, marks
