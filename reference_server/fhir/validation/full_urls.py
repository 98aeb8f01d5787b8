"""The full URLs of a Bundle's entries: absolute, there where they must be, of the same resource.

Source: http://hl7.org/fhir/R4/bundle.html#bundle-unique, #Bundle.entry.fullUrl.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.r4.model import types
from reference_server.fhir.validation.extra import Extra

_MAY_MISS: Final = frozenset({"transaction", "transaction-response", "batch", "batch-response"})
_REST: Final = re.compile(r"https?://.+/([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})")
_OF_V2_AND_V3: Final = ("http://hl7.org/fhir/v2/", "http://hl7.org/fhir/v3/")
Entry = Mapping[str, Any]


def look(kind: str, entries: list[dict[str, Any]]) -> Iterator[Extra]:
    """Yield full URLs that are relative, missing, or another resource's than the entry brings."""
    for at, entry in enumerate(entries):
        url, held = entry.get("fullUrl"), entry.get("resource")
        place = f".entry[{at}]"
        if isinstance(url, str) and ":" not in url:
            yield Extra(rule="full-url-relative", below=place)
        if not isinstance(held, dict):
            continue
        if url is None and kind not in _MAY_MISS:
            yield Extra(rule="full-url-missing", code="required", below=place)
        if isinstance(url, str):
            yield from _of_resource(url, held, place, may_lack_id=kind in _MAY_MISS)


def _of_resource(url: str, held: Entry, place: str, *, may_lack_id: bool) -> Iterator[Extra]:
    """Tell a RESTful full URL of another type or id than its resource has."""
    told = _REST.fullmatch(url)
    name, own, canonical = held.get("resourceType"), held.get("id"), held.get("url")
    if told is not None and types().is_resource(told[1]):
        if own is None and not may_lack_id:
            yield Extra(rule="full-url-no-id", below=place, params={"name": url[:200]})
        elif own is not None and (told[1], told[2]) != (name, own):
            yield Extra(rule="full-url-id", below=place)
    if canonical == url and not url.startswith(_OF_V2_AND_V3) and (
        told is None or told[2] != own
    ):  # fmt: skip
        yield Extra(rule="full-url-canonical", below=place, params={"name": url[:200]})
