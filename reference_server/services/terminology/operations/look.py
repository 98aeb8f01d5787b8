"""Reading and finding code systems, value sets, maps and naming systems; expands nothing."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from reference_server.fhir.compose import write_json
from reference_server.fhir.r4.store import Resource
from reference_server.kernel.errors import (
    NotAcceptable,
    SearchParameterInvalid,
    SearchParameterUnknown,
)
from reference_server.services.terminology.catalogue.terminology import Listed, Terminology
from reference_server.services.terminology.errors import ResourceUnknown

TYPES: Final = ("CodeSystem", "ValueSet", "ConceptMap", "NamingSystem")
CANONICALS: Final = ("_id", "url", "version", "name", "status")
NAMES: Final = ("_id", "name", "status", "value")
PAGING: Final = ("_count", "_offset", "_format")
DEFAULT_COUNT: Final = 20
MAX_COUNT: Final = 100
_FORMATS: Final = frozenset({"json", "application/json", "application/fhir+json"})
_SUBSETTED: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}
_DIGITS: Final = 6
LONGEST: Final = 1000
_SHOWN: Final = 64
Query = tuple[tuple[str, str], ...]


def read(terminology: Terminology, resource_type: str, resource_id: str) -> bytes:
    """Return a resource; raises ResourceUnknown."""
    found = terminology.listed(resource_type).get(resource_id)
    if found is None:
        raise ResourceUnknown(type=resource_type, id=resource_id[:_SHOWN])
    return write_json(shown(found.read()))


def search(terminology: Terminology, resource_type: str, query: Query, *, base: str) -> bytes:
    """Return a searchset; raises SearchParameterUnknown, SearchParameterInvalid, NotAcceptable."""
    told = _checked(resource_type, query)
    count, offset = min(_number(told, "_count", DEFAULT_COUNT), MAX_COUNT), _number(told, "_offset")
    wanted = {name: value for name, value in told.items() if name not in PAGING}
    every = terminology.listed(resource_type).values()
    found = [each for each in every if _fits(each, wanted)]
    page = found[offset : offset + count] if count else []
    url = f"{base}/{resource_type}"
    links = [{"relation": "self", "url": _link(url, wanted, count, offset)}]
    if count and offset + count < len(found):
        links.append({"relation": "next", "url": _link(url, wanted, count, offset + count)})
    bundle: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": links,
    }
    if page:
        bundle["entry"] = [_entry(url, each) for each in page]
    return write_json(bundle)


def shown(resource: Resource) -> Resource:
    """Return a resource as FHIR; where a licensed part was left out, it is marked as a subset."""
    if not _is_cut(resource):
        return {name: value for name, value in resource.items() if name[0] != "_"}
    meta = {**resource.get("meta", {}), "tag": [_SUBSETTED]}
    return {"resourceType": resource["resourceType"], "meta": meta, **_without_marks(resource)}


def _is_cut(resource: Resource) -> bool:
    compose = resource.get("compose", {})
    parts = (*compose.get("include", ()), *compose.get("exclude", ()))
    return any("_dropped" in each for each in parts)


def _without_marks(value: Any) -> Any:  # noqa: ANN401  JSON
    if isinstance(value, dict):
        return {name: _without_marks(each) for name, each in value.items() if name[0] != "_"}
    return [_without_marks(each) for each in value] if isinstance(value, list) else value


def _checked(resource_type: str, query: Query) -> Mapping[str, str]:
    known = NAMES if resource_type == "NamingSystem" else CANONICALS
    told: dict[str, str] = {}
    for name, value in query:
        if name not in {*known, *PAGING}:
            raise SearchParameterUnknown(name=name[:_SHOWN])
        if name in told or not 0 < len(value) <= LONGEST:
            raise SearchParameterInvalid(name=name, value=value[:_SHOWN])
        told[name] = value
    if told.get("_format", "json") not in _FORMATS:
        raise NotAcceptable(accept=told["_format"][:_SHOWN])
    return told


def _number(told: Mapping[str, str], name: str, otherwise: int = 0) -> int:
    text = told.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise SearchParameterInvalid(name=name, value=text[:_SHOWN])
    return int(text)


def _fits(listed: Listed, wanted: Mapping[str, str]) -> bool:
    plain = {"_id": listed.id, "url": listed.url, "version": listed.version}
    if any(wanted[name] != value for name, value in plain.items() if name in wanted):
        return False
    if not listed.name.casefold().startswith(wanted.get("name", "").casefold()):
        return False
    if "status" in wanted and listed.read().get("status") != wanted["status"]:
        return False
    return "value" not in wanted or wanted["value"] in _values(listed.read())


def _values(resource: Resource) -> Iterator[str]:
    return (each["value"] for each in resource.get("uniqueId", ()))


def _link(url: str, wanted: Mapping[str, str], count: int, offset: int) -> str:
    paging = {"_count": str(count), "_offset": str(offset)}
    return f"{url}?{urlencode({**wanted, **paging})}"


def _entry(url: str, listed: Listed) -> dict[str, Any]:
    return {
        "fullUrl": f"{url}/{listed.id}",
        "resource": shown(listed.read()),
        "search": {"mode": "match"},
    }
