"""Conformance resources on FHIR paths: read and searched as FHIR does; knows no page."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from reference_server.kernel.errors import (
    NotAcceptable,
    SearchParameterInvalid,
    SearchParameterUnknown,
)
from reference_server.services.documentation.catalogue.shelf import Shelf
from reference_server.services.documentation.describe import PARAMETERS
from reference_server.services.documentation.errors import DefinitionUnknown
from reference_server.services.documentation.model import Artefact

PAGING: Final = ("_count", "_offset", "_format")
DEFAULT_COUNT: Final = 20
MOST: Final = 100
_FORMATS: Final = frozenset({"json", "application/json", "application/fhir+json"})
_SHOWN: Final = 64
_DIGITS: Final = 6
Query = tuple[tuple[str, str], ...]


def read(shelf: Shelf, kind: str, own: str) -> dict[str, Any]:
    """Return an artefact in force; raises DefinitionUnknown."""
    found = shelf.find(kind, own)
    if found is None:
        raise DefinitionUnknown(type=kind, id=own[:_SHOWN])
    return shelf.whole(found)


def search(shelf: Shelf, kind: str, query: Query, *, base: str) -> dict[str, Any]:
    """Return a searchset; raises SearchParameterUnknown, SearchParameterInvalid, NotAcceptable."""
    told = _checked(query)
    count = min(_number(told, "_count", DEFAULT_COUNT), MOST)
    offset = _number(told, "_offset", 0)
    wanted = {name: value for name, value in told.items() if name not in PAGING}
    found = [each for each in shelf.of_type(kind) if _fits(each, wanted)]
    url = f"{base}/{kind}"
    links = [{"relation": "self", "url": _link(url, wanted, count, offset)}]
    if count and offset + count < len(found):
        links.append({"relation": "next", "url": _link(url, wanted, count, offset + count)})
    bundle: dict[str, Any] = {
        "resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links
    }  # fmt: skip
    entries = [
        {
            "fullUrl": f"{url}/{each.id}",
            "resource": shelf.whole(each),
            "search": {"mode": "match"},
        }
        for each in found[offset : offset + count]
    ]
    return {**bundle, "entry": entries} if entries else bundle


def _checked(query: Query) -> Mapping[str, str]:
    told: dict[str, str] = {}
    for name, value in query:
        if name not in {*PARAMETERS, *PAGING}:
            raise SearchParameterUnknown(name=name[:_SHOWN])
        if name in told or not value:
            raise SearchParameterInvalid(name=name, value=value[:_SHOWN])
        told[name] = value
    if told.get("_format", "json") not in _FORMATS:
        raise NotAcceptable(accept=told["_format"][:_SHOWN])
    return told


def _number(told: Mapping[str, str], name: str, otherwise: int) -> int:
    text = told.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise SearchParameterInvalid(name=name, value=text[:_SHOWN])
    return int(text)


def _fits(artefact: Artefact, wanted: Mapping[str, str]) -> bool:
    told = {"_id": artefact.id, "url": artefact.url, "version": artefact.version,
            "status": str(artefact.resource.get("status", ""))}  # fmt: skip
    if any(told[name] != value for name, value in wanted.items() if name in told):
        return False
    name = str(artefact.resource.get("name", "")).casefold()
    return name.startswith(wanted.get("name", "").casefold())


def _link(url: str, wanted: Mapping[str, str], count: int, offset: int) -> str:
    return f"{url}?{urlencode({**wanted, '_count': count, '_offset': offset})}"
