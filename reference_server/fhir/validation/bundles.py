"""What R4 says in words of Bundles: what a reference in one means, and what each kind must hold.

Source: http://hl7.org/fhir/R4/bundle.html#references, documents.html#content, messaging.html,
http.html#transaction.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from reference_server.fhir.r4.model import types
from reference_server.fhir.validation import documents, full_urls
from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.issues import Severity

_REST: Final = re.compile(r"([a-z]+://.+/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})")
_ABSOLUTE: Final = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)
_DOCUMENT: Final = (
    "subject", "encounter", "author", "custodian", "attester.party", "event.detail",
)  # fmt: skip
_SECTION: Final = ("author", "focus", "entry")
_DEEPEST: Final = 16
_PAGING: Final = frozenset({"first", "previous", "prev", "next", "last"})
_NOT_PAGED: Final = frozenset(
    {"document", "message", "collection", "transaction", "transaction-response", "batch",
     "batch-response"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Owns the entries of one Bundle, and finds what references in them mean."""

    entries: tuple[tuple[str, Mapping[str, Any]], ...]

    def find(self, reference: str, from_url: str) -> list[Mapping[str, Any]]:
        """Return the resources that a reference means, told from the entry with that full URL."""
        plain, _, version = reference.partition("#")[0].partition("/_history/")
        if _ABSOLUTE.match(plain):
            found = [held for url, held in self.entries if url == plain]
        else:
            found = self._relative(plain, from_url)
        if version:
            found = [each for each in found if _version(each) == version]
        return found

    def _relative(self, plain: str, from_url: str) -> list[Mapping[str, Any]]:
        told = _REST.fullmatch(from_url)
        if told is not None and told[1]:
            return [held for url, held in self.entries if url == told[1] + plain]
        kind, _, key = plain.partition("/")
        return [
            held
            for _, held in self.entries
            if held.get("resourceType") == kind and held.get("id") == key
        ]


def look(value: Mapping[str, Any]) -> Iterator[Extra]:
    """Yield what is wrong with a Bundle by the words of its kind."""
    told = value.get("entry")
    entries = [each if isinstance(each, dict) else {} for each in _list(told)]
    yield from _links(value)
    yield from full_urls.look(str(value.get("type")), entries)
    match value.get("type"):
        case "document":
            yield from _rooted(entries, "Composition")
            yield from documents.look(value, entries)
        case "message":
            yield from _rooted(entries, "MessageHeader")
            yield from documents.look(value, entries)
        case "transaction" | "batch":
            yield from _requests(entries)
        case "searchset":
            yield from _modes(entries)
            yield from _searched(value, entries)


def _list(value: Any) -> list[Any]:  # noqa: ANN401  JSON
    return value if isinstance(value, list) else []


def _version(held: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON
    meta = held.get("meta")
    return meta.get("versionId") if isinstance(meta, dict) else None


def _rooted(entries: list[dict[str, Any]], kind: str) -> Iterator[Extra]:
    """Look at the references of the resource that a document or a message begins with."""
    first = entries[0].get("resource") if entries else None
    if not isinstance(first, dict) or first.get("resourceType") != kind:
        # bdl-11 and bdl-12 tell it where there is an entry; an empty one breaks neither.
        if not entries:
            yield Extra(rule="bundle-first", params={"name": kind})
        return
    known = Entries(
        entries=tuple(
            (str(each.get("fullUrl", "")), each["resource"])
            for each in entries
            if isinstance(each.get("resource"), dict)
        )
    )
    places = _composed(first) if kind == "Composition" else _at(first, "", ("focus",))
    url = str(entries[0].get("fullUrl", ""))
    for below, reference in places:
        found = known.find(reference, url)
        if len(found) != 1:
            rule = "bundle-reference-many" if found else "bundle-reference-none"
            told: dict[str, str | int] = {"name": reference[:200], "found": len(found)}
            yield Extra(rule=rule, below=f".entry[0].resource{below}", params=told)


def _composed(composition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from _at(composition, "", _DOCUMENT)
    waiting = [("", composition, 0)]
    while waiting:
        below, holder, depth = waiting.pop()
        for at, section in enumerate(_list(holder.get("section"))):
            if isinstance(section, dict) and depth < _DEEPEST:
                where = f"{below}.section[{at}]"
                yield from _at(section, where, _SECTION)
                waiting.append((where, section, depth + 1))


def _at(holder: Mapping[str, Any], below: str, ways: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the references at some elements, with their places; contained ones are left out."""
    for way in ways:
        name, _, rest = way.partition(".")
        value = holder.get(name)
        for at, each in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(each, dict):
                continue
            where = f"{below}.{name}[{at}]" if isinstance(value, list) else f"{below}.{name}"
            reference = each.get("reference")
            if rest:
                yield from _at(each, where, (rest,))
            elif isinstance(reference, str) and not reference.startswith("#"):
                yield where, reference


def _requests(entries: list[dict[str, Any]]) -> Iterator[Extra]:
    """Tell requests whose address is another than that of the resource they bring."""
    seen: set[str] = set()
    for at, entry in enumerate(entries):
        request, held = entry.get("request"), entry.get("resource")
        if not isinstance(request, dict) or not isinstance(request.get("url"), str):
            continue
        method, address = str(request.get("method")), request["url"].partition("?")[0]
        kind, _, key = address.removeprefix("/").partition("/")
        place = f".entry[{at}].request"
        if method in {"PUT", "POST"} and isinstance(held, dict) and not address.startswith("$"):
            own = held.get("resourceType")
            plain = _ABSOLUTE.match(address) is None and "$" not in address
            other = method == "PUT" and bool(key) and key != held.get("id", key)
            if plain and kind and (kind != own or other):
                told = {"name": address[:200], "expected": f"{own}/{held.get('id', '')}"[:200]}
                yield Extra(rule="request-address", below=place, params=told)
        elif method in {"PUT", "POST"} and held is None and "$" not in address:
            yield Extra(rule="request-resource", below=place, params={"name": str(method)})
        if method in {"PUT", "DELETE", "PATCH"} and key and "?" not in request["url"]:
            if address in seen:
                yield Extra(rule="request-twice", below=place, params={"name": address[:200]})
            seen.add(address)


def _modes(entries: list[dict[str, Any]]) -> Iterator[Extra]:
    """Tell results without a resource or an id, and outcomes that are none."""
    modes = [_mode(each) for each in entries]
    for at, entry in enumerate(entries):
        held, place = entry.get("resource"), f".entry[{at}].resource"
        if not isinstance(held, dict):
            if "resource" not in entry:
                yield Extra(rule="search-no-resource", code="required", below=f".entry[{at}]")
            continue
        name = str(held.get("resourceType"))
        if modes[at] == "outcome" and name != "OperationOutcome":
            yield Extra(rule="search-outcome", below=place, params={"name": name[:64]})
        elif "id" in held:
            continue
        elif modes[at] in {"match", "include"}:
            yield Extra(rule="search-result-id", below=place)
        elif not any(modes) and name != "OperationOutcome":
            yield Extra(rule="search-result-id", severity=Severity.WARNING, below=place)


def _mode(entry: Mapping[str, Any]) -> str | None:
    search = entry.get("search")
    mode = search.get("mode") if isinstance(search, dict) else None
    return mode if isinstance(mode, str) else None


def _links(value: Mapping[str, Any]) -> Iterator[Extra]:
    """Tell links of paging where nothing is paged, and relations that are there twice."""
    seen: set[str] = set()
    for at, link in enumerate(_list(value.get("link"))):
        relation = str(link.get("relation")) if isinstance(link, dict) else ""
        told = {"name": relation[:64]}
        if relation in _PAGING and str(value.get("type")) in _NOT_PAGED:
            yield Extra(rule="link-paging", below=f".link[{at}].relation", params=told)
        elif relation in {*_PAGING, "self"} and relation in seen:
            yield Extra(rule="link-twice", below=f".link[{at}].relation", params=told)
        seen.add(relation)


def _searched(value: Mapping[str, Any], entries: list[dict[str, Any]]) -> Iterator[Extra]:
    """Tell matches of another type than the search asked for, as its `self` link tells it."""
    links = [each for each in _list(value.get("link")) if isinstance(each, dict)]
    own = next((str(each.get("url")) for each in links if each.get("relation") == "self"), "")
    asked = parse_qs(own.partition("?")[2]).get("_type")
    place = own.partition("?")[0].rstrip("/").rpartition("/")[2]
    wanted = asked[0].split(",") if asked else [place]
    if not own or not all(types().is_resource(each) for each in wanted):
        return
    for at, entry in enumerate(entries):
        search, held = entry.get("search"), entry.get("resource")
        mode = search.get("mode") if isinstance(search, dict) else None
        if mode == "match" and isinstance(held, dict) and held.get("resourceType") not in wanted:
            told = {"name": str(held.get("resourceType"))[:64], "expected": ", ".join(wanted)[:200]}
            yield Extra(rule="search-type", below=f".entry[{at}].resource", params=told)
