"""FHIR XML at the edge: bodies come in as JSON, answers go out as XML, where a route speaks both.

No handler knows of it: it reads JSON and writes JSON, and what is refused is said in XML, too.
"""

import re
from dataclasses import replace
from typing import Final, TypeVar

import msgspec
from starlette.responses import Response

from reference_server.fhir.json_reader import read_json
from reference_server.fhir.xml_reader import XmlFault, read_xml
from reference_server.fhir.xml_writer import write_xml
from reference_server.kernel.call import Call, Environment
from reference_server.kernel.errors import BodyNotXml, NotAcceptable

W = TypeVar("W", bound=Environment)

FHIR_XML: Final = "application/fhir+xml"
_XML: Final = frozenset({FHIR_XML, "application/xml", "text/xml", "xml"})
_JSON: Final = frozenset({"application/fhir+json", "application/json", "text/json", "json"})
_ANY: Final = frozenset({"*/*", "application/*"})
_WEIGHT: Final = re.compile(r";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)", re.IGNORECASE)
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_SHOWN: Final = 80
_json: Final = msgspec.json.Encoder(decimal_format="number")


def wants_xml(call: Call[W]) -> bool:
    """Tell whether the answer is to be XML: `_format` says so, else `Accept`, else the body is."""
    told = _format(call)
    if told:
        return told in _XML
    accept = call.headers.get("accept", "").strip()
    if not accept:
        return _is_xml(call.headers.get("content-type", ""))
    weights = {"xml": 0.0, "json": 0.0, "any": 0.0}
    for item in accept.split(","):
        media_type = item.partition(";")[0].strip().lower()
        found = _WEIGHT.search(item)
        weight = 1.0 if found is None else float(found[1])
        for kind, names in (("xml", _XML), ("json", _JSON), ("any", _ANY)):
            if media_type in names:
                weights[kind] = max(weights[kind], weight)
    return weights["xml"] > weights["json"] and weights["xml"] >= weights["any"]


def as_json(call: Call[W]) -> Call[W]:
    """Return a call as if it spoke JSON only; raises BodyNotXml, NotAcceptable.

    `_format` is taken out of the query, whatever it says, and kept beside it.
    """
    told, headers, body = _format(call), dict(call.headers), call.body
    if told and told not in _XML | _JSON:
        raise NotAcceptable(accept=told[:_SHOWN])
    if told or wants_xml(call):
        headers["accept"] = "application/fhir+json"
    if call.method in _WITH_BODY and _is_xml(headers.get("content-type", "")):
        headers["content-type"] = "application/fhir+json"
        body = _read(body)
    query = tuple(each for each in call.query if each[0] != "_format")
    return replace(call, headers=headers, body=body, query=query, asked_form=told)


def in_xml(answer: Response) -> Response:
    """Return an answer of FHIR JSON as FHIR XML; any other as it is."""
    if not answer.headers.get("content-type", "").startswith("application/fhir+json"):
        return answer
    answer.body = write_xml(read_json(bytes(answer.body)))
    answer.headers["content-type"] = f"{FHIR_XML}; charset=utf-8"
    answer.headers["content-length"] = str(len(answer.body))
    return answer


def _read(body: bytes) -> bytes:
    try:
        return _json.encode(read_xml(body))
    except XmlFault as fault:
        raise BodyNotXml(line=fault.line) from None


def _format(call: Call[W]) -> str:
    """Return the `_format` of a query; a `+` in it may have come as a blank."""
    told = [value for name, value in call.query if name == "_format"]
    return told[-1].partition(";")[0].strip().lower().replace(" ", "+") if told else ""


def _is_xml(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in _XML
