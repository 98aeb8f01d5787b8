"""JSON as the XML of FHIR that it stands for: by the types of R4, in the order of their elements.

What `xml_reader` makes of it is the same JSON again. Source: http://hl7.org/fhir/R4/xml.html.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from reference_server.fhir.r4.model import TypeInfo, types

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_NAMESPACE: Final = ' xmlns="http://hl7.org/fhir"'
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NoXmlError(ValueError):
    """A resource holds what R4 has no element for."""


def write_xml(resource: Mapping[str, Any]) -> bytes:
    """Return a resource as XML in UTF-8; raises NoXmlError, UnknownTypeError."""
    return "".join((_HEAD, *_resource(resource, _NAMESPACE))).encode()


def _resource(resource: Mapping[str, Any], namespace: str = "") -> Iterator[str]:
    kind = types().get(str(resource["resourceType"]))
    inside = {key: value for key, value in resource.items() if key != "resourceType"}
    yield f"<{kind.name}{namespace}>"
    yield from _elements(inside, kind)
    yield f"</{kind.name}>"


def _elements(held: Mapping[str, Any], kind: TypeInfo) -> Iterator[str]:
    known = kind.keys
    for key in held:
        if key.removeprefix("_") not in known:
            raise NoXmlError(f"{kind.name}.{key}")
    for key, (_, inner) in known.items():
        value, beside = held.get(key), held.get(f"_{key}")
        if value is None and beside is None:
            continue
        if isinstance(value, list) or isinstance(beside, list):
            for one, shadow in zip_longest(value or (), beside or ()):
                yield from _element(key, one, shadow, inner)
        else:
            yield from _element(key, value, beside, inner)


def _element(name: str, value: Any, beside: Any, kind: TypeInfo | None) -> Iterator[str]:  # noqa: ANN401  JSON
    if kind is None:
        yield f"<{name}>"
        yield from _resource(value)
        yield f"</{name}>"
    elif kind.name == "xhtml":
        yield str(value)
    elif kind.primitive:
        told = "" if value is None else f" value={_quoted(_text(value))}"
        yield from _open(name, beside or {}, kind, told)
    else:
        yield from _open(name, value, kind, "")


def _open(name: str, held: Mapping[str, Any], kind: TypeInfo, told: str) -> Iterator[str]:
    """Give an element with what XML says in attributes: `id`, and the `url` of an extension."""
    inside = dict(held)
    of_extension = ("id", "url") if kind.name == "Extension" else ("id",)
    for attribute in of_extension:
        value = inside.pop(attribute, None)
        if value is not None:
            told += f" {attribute}={_quoted(str(value))}"
    children = "".join(_elements(inside, kind))
    yield f"<{name}{told}>{children}</{name}>" if children else f"<{name}{told}/>"


def _text(value: Any) -> str:  # noqa: ANN401  JSON
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float | Decimal) else ""


def _quoted(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text))
