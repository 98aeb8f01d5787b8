"""FHIR's XML as the JSON it stands for: by the types of R4, losing nothing that JSON can hold.

Source: http://hl7.org/fhir/R4/xml.html and http://hl7.org/fhir/R4/json.html.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from xml.etree import ElementTree as ET

from reference_server.fhir.json_reader import MAX_DIGITS, MAX_EXPONENT
from reference_server.fhir.r4.model import ElementInfo, TypeInfo, types
from reference_server.fhir.sentences import Said
from reference_server.fhir.xml_sentences import said_of

LARGEST: Final = 64 * 1024 * 1024
DEEPEST: Final = 64
_FHIR: Final = "{http://hl7.org/fhir}"
_XHTML: Final = "{http://www.w3.org/1999/xhtml}"
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBERS: Final = frozenset({"integer", "unsignedInt", "positiveInt"})


class XmlFault(ValueError):
    """A body is not the XML that FHIR asks for: what, and in which line."""

    def __init__(self, what: Said, line: int = 1) -> None:
        super().__init__(f"{what} (line {line})")
        self.what = what
        self.line = line


def _wrong(fault: str, **params: str | int) -> XmlFault:
    return XmlFault(Said.of(f"xml-fault.{fault}", params))


def read_xml(raw: bytes) -> dict[str, Any]:
    """Return the resource that an XML document holds, as JSON; raises XmlFault."""
    if len(raw) > LARGEST:
        raise _wrong("too-long")
    if _DECLARED.search(raw):
        raise _wrong("declared")
    try:
        raw.decode("utf-8")
        # FHIR is always UTF-8, whatever the document declares of itself.
        parser = ET.XMLParser(encoding="utf-8")  # noqa: S314  without declarations nothing can be expanded
        root = ET.fromstring(raw, parser)  # noqa: S314  as above
        return _resource(root, 0)
    except UnicodeDecodeError as error:
        raise _wrong("not-utf8", position=error.start) from None
    except ET.ParseError as error:
        raise XmlFault(said_of(error), error.position[0]) from error
    except RecursionError:
        raise _wrong("nested") from None


def _resource(element: ET.Element, depth: int) -> dict[str, Any]:
    name = str(element.tag).removeprefix(_FHIR)
    if name == element.tag or not types().is_resource(name):
        raise _wrong("no-resource", name=name[:64])
    return {"resourceType": name, **_object(element, types().get(name), depth)}


def _object(element: ET.Element, kind: TypeInfo, depth: int) -> dict[str, Any]:
    if depth > DEEPEST:
        raise _wrong("nested")
    out: dict[str, Any] = {k: v for k, v in element.attrib.items() if k in {"id", "url"}}
    for child in element:
        name = child.tag.removeprefix(_FHIR).removeprefix(_XHTML)
        found = kind.keys.get(name)
        if found is None:
            out[name] = child.attrib.get("value", {})
            continue
        info, inner = found
        _add(out, name, info, *_value(child, inner, depth))
    return out


def _value(child: ET.Element, kind: TypeInfo | None, depth: int) -> tuple[Any, Any]:
    """Return an element's JSON value, and what stands beside it for a primitive."""
    if kind is None:
        held = next(iter(child), None)
        return ({} if held is None else _resource(held, depth + 1)), None
    if kind.name == "xhtml":
        return ET.tostring(child, encoding="unicode").replace("html:", "").replace(
            "xmlns:html=", "xmlns="
        ), None
    if not kind.primitive:
        return _object(child, kind, depth + 1), None
    beside = _object(child, kind, depth + 1)
    value = child.attrib.get("value")
    return (None if value is None else _primitive(value, kind.name)), beside or None


def _primitive(value: str, kind: str) -> Any:  # noqa: ANN401  JSON
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    if kind in _NUMBERS:
        return int(value) if len(value) <= MAX_DIGITS and _INTEGER.fullmatch(value) else value
    if kind != "decimal" or len(value) > MAX_DIGITS or not _DECIMAL.fullmatch(value):
        return value
    try:
        read = Decimal(value)
    except InvalidOperation:
        return value
    return read if abs(read.adjusted()) <= MAX_EXPONENT else value


def _add(  # noqa: PLR0917  called for each element
    out: dict[str, Any],
    name: str,
    info: ElementInfo,
    value: Any,  # noqa: ANN401  JSON
    beside: Any,  # noqa: ANN401  JSON
) -> None:
    if not info.repeats:
        if value is not None or beside is None:
            out[name] = value
        if beside is not None:
            out[f"_{name}"] = beside
        return
    values, shadows = out.setdefault(name, []), out.get(f"_{name}")
    values.append(value)
    if beside is not None or shadows is not None:
        shadows = out.setdefault(f"_{name}", [None] * (len(values) - 1))
        shadows.append(beside)
    if all(each is None for each in values) and shadows:
        out[name] = values
