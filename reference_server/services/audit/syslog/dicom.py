"""DICOM audit messages (PS3.15 A.5) as FHIR AuditEvents, as FHIR R4 maps them; knows no socket.

Codes are read as DICOM has them (`csd-code`) and as RFC 3881 did (`code`).
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias
from xml.etree import ElementTree as ET

from reference_server.national.identifiers import MATRICULE

Json: TypeAlias = dict[str, Any]
_DECLARED: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_DEEPEST: Final = 8
_MOST_ELEMENTS: Final = 5000
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_SYSTEMS: Final[Mapping[str, str]] = {
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "IHE Transactions": "urn:ihe:event-type-code",
}
_CX: Final = re.compile(r"(?P<value>[^^]*)\^\^\^(?:[^&]*)&(?P<oid>[0-9.]+)&ISO")
_OID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_NAMES_A_PLACE: Final = frozenset({"1", "2", "3", "4", "5"})


class AuditMessageError(ValueError):
    """What came is no audit message; says in a word what is wrong."""


def read_audit_message(content: bytes) -> Json:
    """Return the AuditEvent of an audit message; raises AuditMessageError."""
    if _DECLARED.search(content):
        raise AuditMessageError("declaration")
    try:
        root = ET.fromstring(content)  # noqa: S314  without declarations nothing can be expanded
    except (ET.ParseError, ValueError, LookupError):
        raise AuditMessageError("xml") from None
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS or _depth(root) > _DEEPEST:
        raise AuditMessageError("size")
    if _local(root) != "AuditMessage":
        raise AuditMessageError("AuditMessage")
    event = _one(root, "EventIdentification")
    told: Json = {
        "resourceType": "AuditEvent",
        "type": _coding(_one(event, "EventID")),
        "subtype": [_coding(each) for each in _every(event, "EventTypeCode")],
        "action": event.get("EventActionCode"),
        "recorded": _needed(event, "EventDateTime"),
        "outcome": _needed(event, "EventOutcomeIndicator"),
        "outcomeDesc": _text(event, "EventOutcomeDescription"),
        "purposeOfEvent": [{"coding": [_coding(each)]} for each in _every(event, "PurposeOfUse")],
        "agent": [_agent(each) for each in _every(root, "ActiveParticipant")],
        "source": _source(_one(root, "AuditSourceIdentification")),
        "entity": [_entity(each) for each in _every(root, "ParticipantObjectIdentification")],
    }
    return _filled(told)


def _agent(element: ET.Element) -> Json:
    kind = element.get("NetworkAccessPointTypeCode")
    network = {
        "address": element.get("NetworkAccessPointID"),
        "type": kind if kind in _NAMES_A_PLACE else None,
    }
    return _filled(
        {
            "role": [{"coding": [_coding(each)]} for each in _every(element, "RoleIDCode")],
            "who": {"identifier": {"value": _needed(element, "UserID")}},
            "altId": element.get("AlternativeUserID"),
            "name": element.get("UserName"),
            # PS3.15 A.5.2.2: true where it is not told.
            "requestor": element.get("UserIsRequestor", "true") == "true",
            "network": _filled(network),
        }
    )


def _source(element: ET.Element) -> Json:
    kinds = _every(element, "AuditSourceTypeCode")
    return _filled(
        {
            "site": element.get("AuditEnterpriseSiteID"),
            "observer": {"identifier": {"value": _needed(element, "AuditSourceID")}},
            "type": [_numbered(each, "security-source-type") for each in kinds],
        }
    )


def _entity(element: ET.Element) -> Json:
    query = _text(element, "ParticipantObjectQuery")
    return _filled(
        {
            "what": {"identifier": _identifier(_needed(element, "ParticipantObjectID"))},
            "type": _of(element, "ParticipantObjectTypeCode", "audit-entity-type"),
            "role": _of(element, "ParticipantObjectTypeCodeRole", "object-role"),
            "lifecycle": _of(element, "ParticipantObjectDataLifeCycle", "dicom-audit-lifecycle"),
            # FHIR wants one of both (invariant sev-1): a query has no name beside it.
            "name": None if query else _text(element, "ParticipantObjectName"),
            "query": None if query is None else _base64(query),
            "detail": [_detail(each) for each in _every(element, "ParticipantObjectDetail")],
        }
    )


def _identifier(told: str) -> Json:
    """Return an identifier; one in HL7 CX has its authority's OID, the matricule's among them."""
    found = _CX.fullmatch(told)
    if found is None:
        return {"value": told}
    system = f"urn:oid:{found['oid']}"
    return {"system": MATRICULE if system == MATRICULE else system, "value": found["value"]}


def _detail(element: ET.Element) -> Json:
    value = _needed(element, "value")
    return {"type": _needed(element, "type"), "valueBase64Binary": _base64(value)}


def _base64(told: str) -> str:
    """Return base64 as it came; other text is encoded."""
    compact = "".join(told.split())
    try:
        base64.b64decode(compact, validate=True)
    except ValueError:
        return base64.b64encode(told.encode()).decode()
    return compact


def _of(element: ET.Element, name: str, system: str) -> Json | None:
    code = element.get(name)
    return None if code is None else {"system": f"{_TERMS}/{system}", "code": code}


def _numbered(element: ET.Element, system: str) -> Json:
    """Return a code of DICOM's own numbers as FHIR's list has them, any other as it is told."""
    code = _code(element)
    if code.isdigit() and len(code) == 1:
        return {"system": f"{_TERMS}/{system}", "code": code}
    return _coding(element)


def _coding(element: ET.Element) -> Json:
    named = element.get("codeSystemName", "")
    system = _SYSTEMS.get(named)
    if system is None and _OID.fullmatch(named):
        system = f"urn:oid:{named}"
    if system is None and ":" in named:
        system = named
    display = element.get("originalText") or element.get("displayName")
    return _filled({"system": system, "code": _code(element), "display": display})


def _code(element: ET.Element) -> str:
    code = element.get("csd-code") or element.get("code")
    if not code:
        raise AuditMessageError(f"{_local(element)}/@csd-code")
    return code


def _needed(element: ET.Element, name: str) -> str:
    value = element.get(name)
    if not value:
        raise AuditMessageError(f"{_local(element)}/@{name}")
    return value


def _one(element: ET.Element, name: str) -> ET.Element:
    found = _every(element, name)
    if not found:
        raise AuditMessageError(name)
    return found[0]


def _every(element: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in element if _local(each) == name]


def _text(element: ET.Element, name: str) -> str | None:
    found = _every(element, name)
    return (found[0].text or "").strip() or None if found else None


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _depth(root: ET.Element) -> int:
    deepest, open_ones = 0, [(root, 1)]
    while open_ones:
        element, depth = open_ones.pop()
        deepest = max(deepest, depth)
        open_ones.extend((each, depth + 1) for each in element)
    return deepest


def _filled(told: Json) -> Json:
    return dict(_present(told))


def _present(told: Json) -> Iterator[tuple[str, Any]]:
    for name, value in told.items():
        if value is not None and value not in ([], {}, ""):
            yield name, value
