"""What FHIR's XML says beside its values, which JSON cannot hold: order, attributes, stray text.

Source: http://hl7.org/fhir/R4/xml.html.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from reference_server.fhir.r4.model import TypeInfo, types
from reference_server.fhir.validation.issues import Issue, Severity

_FHIR: Final = "{http://hl7.org/fhir}"
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_SCHEMA: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_DEEPEST: Final = 64


def look(source: bytes) -> Iterator[Issue]:
    """Yield what is wrong with the form of an XML document that was read before."""
    parser = ET.XMLParser(encoding="utf-8")  # noqa: S314  the reader refused what declares anything
    root = ET.fromstring(source, parser)  # noqa: S314  as above
    name = str(root.tag).removeprefix(_FHIR)
    if types().is_resource(name):
        yield from _element(root, types().get(name), name, 0)


def _issue(rule: str, path: str, **params: str | int) -> Issue:
    return Issue(
        rule=rule, severity=Severity.ERROR, code="structure", expression=path, params=params
    )


def _element(element: ET.Element, kind: TypeInfo, path: str, depth: int) -> Iterator[Issue]:
    if depth > _DEEPEST:
        return
    yield from _attributes(element, kind, path)
    texts = [element.text or "", *(child.tail or "" for child in element)]
    if "".join(texts).strip():
        yield _issue("xml-text", path)
    order = {name: at for at, name in enumerate(kind.elements)}
    last, seen = -1, Counter[str]()
    for child in element:
        name = str(child.tag).removeprefix(_FHIR).removeprefix(_XHTML)
        found = kind.keys.get(name)
        if found is None:
            continue
        info, inner = found
        if order[info.name] < last:
            yield _issue("xml-order", path, name=name)
        last = max(last, order[info.name])
        where = f"{path}.{name}[{seen[name]}]" if info.repeats else f"{path}.{name}"
        seen[name] += 1
        if inner is None:
            yield from _held(child, where, depth)
        elif inner.name != "xhtml":
            yield from _element(child, inner, where, depth + 1)


def _held(child: ET.Element, where: str, depth: int) -> Iterator[Issue]:
    for held in child:
        name = str(held.tag).removeprefix(_FHIR)
        if types().is_resource(name):
            yield from _element(held, types().get(name), where, depth + 1)


def _attributes(element: ET.Element, kind: TypeInfo, path: str) -> Iterator[Issue]:
    allowed = {"id"} if not kind.resource else set()
    allowed |= {"value"} if kind.primitive else set()
    allowed |= {"url"} if kind.is_a("Extension") else set()
    for name in element.attrib:
        if name not in allowed and not name.startswith(_SCHEMA):
            yield _issue("xml-attribute", path, name=name[:64])
