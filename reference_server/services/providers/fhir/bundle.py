"""Answers of the directory as Bundles: of a search, and of its changes (ITI-91)."""

from dataclasses import dataclass

import msgspec

from reference_server.services.providers.model import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: what fits, what comes along, how many fit in all, and where the next page is."""

    found: tuple[Version, ...]
    along: tuple[Version, ...] = ()
    total: int
    self_url: str
    next_url: str | None


def searchset(page: Page, *, fhir_base: str) -> bytes:
    """Return the Bundle of a search."""
    entries = [_match(each, "match", fhir_base) for each in page.found]
    entries += [_match(each, "include", fhir_base) for each in page.along]
    return _bundle("searchset", page, entries)


def history(page: Page, *, fhir_base: str) -> bytes:
    """Return the Bundle of changes, the latest first: how each came, and what it was then."""
    return _bundle("history", page, [_change(each, fhir_base) for each in page.found])


def _bundle(kind: str, page: Page, entries: list[dict[str, object]]) -> bytes:
    links = [{"relation": "self", "url": page.self_url}]
    if page.next_url is not None:
        links.append({"relation": "next", "url": page.next_url})
    bundle: dict[str, object] = {
        "resourceType": "Bundle",
        "type": kind,
        "total": page.total,
        "link": links,
    }
    if entries:
        bundle["entry"] = entries
    return msgspec.json.encode(bundle)


def _match(each: Version, mode: str, fhir_base: str) -> dict[str, object]:
    return {
        "fullUrl": f"{fhir_base}/{each.type}/{each.id}",
        "resource": msgspec.Raw(each.content),
        "search": {"mode": mode},
    }


def _change(each: Version, fhir_base: str) -> dict[str, object]:
    is_deleted = each.method == "DELETE"
    url = each.type if each.method == "POST" else f"{each.type}/{each.id}"
    status = {"POST": "201", "PUT": "200", "DELETE": "204"}[each.method]
    entry: dict[str, object] = {
        "fullUrl": f"{fhir_base}/{each.type}/{each.id}",
        "request": {"method": each.method, "url": url},
        "response": {
            "status": status,
            "etag": f'W/"{each.version}"',
            "lastModified": f"{each.at[:23]}Z",
        },
    }
    return entry if is_deleted else {**entry, "resource": msgspec.Raw(each.content)}
