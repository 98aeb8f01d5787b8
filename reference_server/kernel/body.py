"""A JSON body read strictly, and the media types around it; knows no resource."""

import re
from collections.abc import Mapping

from reference_server.fhir import json_reader
from reference_server.fhir.json_reader import JsonObject
from reference_server.kernel.call import Call, Environment
from reference_server.kernel.errors import (
    BodyDuplicateKey,
    BodyNotJson,
    BodyNotUtf8,
    BodyTooDeep,
    CharsetUnsupported,
    MediaTypeUnsupported,
    NotAcceptable,
    RequestRefusal,
)

_READ = ("application/fhir+json", "application/json")
_WRITTEN = (*_READ, "application/*", "*/*")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]+)"?', re.IGNORECASE)
_WEIGHT_ZERO = re.compile(r";\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)", re.IGNORECASE)
_SHOWN = 80


def read_json(call: Call[Environment]) -> JsonObject:
    """Return the body as an object; numbers with a fraction are Decimal.

    Raises MediaTypeUnsupported, CharsetUnsupported, NotAcceptable, BodyNotUtf8, BodyNotJson,
    BodyDuplicateKey and BodyTooDeep.
    """
    check_media_type(call.headers)
    check_accept(call.headers)
    return parse_object(call.body)


def check_media_type(headers: Mapping[str, str]) -> None:
    """Raise unless the body is declared as FHIR JSON in UTF-8."""
    declared = headers.get("content-type", "")
    media_type = declared.partition(";")[0].strip().lower()
    if media_type not in _READ:
        raise MediaTypeUnsupported(media_type=media_type[:_SHOWN])
    charset = _CHARSET.search(declared)
    if charset is not None and charset[1].lower() not in {"utf-8", "utf8"}:
        raise CharsetUnsupported(charset=charset[1][:_SHOWN])


def check_accept(headers: Mapping[str, str]) -> None:
    """Raise unless the caller accepts FHIR JSON."""
    accept = headers.get("accept")
    if accept is None or not accept.strip():
        return
    for item in accept.split(","):
        if item.partition(";")[0].strip().lower() in _WRITTEN and not _WEIGHT_ZERO.search(item):
            return
    raise NotAcceptable(accept=accept[:_SHOWN])


def parse_object(body: bytes) -> JsonObject:
    """Return one JSON object; see `read_json` for what is raised."""
    try:
        return json_reader.read_json(body)
    except json_reader.JsonFault as fault:
        raise _REFUSALS[fault.code](expression=None, requirement=None, **fault.params) from None


_REFUSALS: Mapping[str, type[RequestRefusal]] = {
    refusal.code: refusal for refusal in (BodyNotUtf8, BodyNotJson, BodyDuplicateKey, BodyTooDeep)
}
