"""An audit entry as the FHIR AuditEvent that IHE BALP describes for it; knows no table.

Which profile an event claims depends on what was done (`Interaction`) and whether a patient is
concerned. BALP's patterns are for what succeeded: a refusal is a plain AuditEvent with its outcome.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import quote
from zoneinfo import ZoneInfo

from reference_server.fhir.r4.model import types
from reference_server.kernel.access import Caller
from reference_server.kernel.interaction import Interaction
from reference_server.national.identifiers import (
    CANONICAL,
    CNS_PROVIDER_CODE,
    EHEALTH_ID,
    MATRICULE,
    PROFESSIONS,
    is_uuid_urn,
)
from reference_server.ports import AuditEntry, AuditOutcome

Json: TypeAlias = dict[str, Any]

BALP = "https://profiles.ihe.net/ITI/BALP"
AUDIT_ACTION = f"{CANONICAL}/CodeSystem/audit-action"
DATA_CATEGORY = f"{CANONICAL}/CodeSystem/data-category"
CLIENT_ID = f"{CANONICAL}/NamingSystem/client-id"
ZONE = "Europe/Luxembourg"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_TIMEZONE = "http://hl7.org/fhir/StructureDefinition/timezone"
_LUXEMBOURG = ZoneInfo(ZONE)
_SOURCE, _DESTINATION, _APPLICATION = "110153", "110152", "110150"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """What one BALP pattern fixes: profile, action, the roles of client, server and person."""

    profile: str
    action: str
    subtype: str | None
    client: tuple[str, str] = (_DCM, _SOURCE)
    server: tuple[str, str] = (_DCM, _DESTINATION)
    person: str = "AUT"


_PATTERNS: Mapping[Interaction, _Pattern] = {
    Interaction.CREATE: _Pattern(profile="Create", action="C", subtype="create"),
    Interaction.READ: _Pattern(
        profile="Read",
        action="R",
        subtype="read",
        client=(_DCM, _DESTINATION),
        server=(_DCM, _SOURCE),
        person="IRCP",
    ),
    Interaction.UPDATE: _Pattern(profile="Update", action="U", subtype="update"),
    Interaction.DELETE: _Pattern(
        profile="Delete",
        action="D",
        subtype="delete",
        client=(_DCM, _APPLICATION),
        server=(f"{_TERMS}/provenance-participant-type", "custodian"),
    ),
    Interaction.SEARCH: _Pattern(profile="Query", action="E", subtype="search-type", person="IRCP"),
    Interaction.AUTHORIZE: _Pattern(
        profile="AuthZconsent",
        action="E",
        subtype=None,
        client=(_DCM, _APPLICATION),
        server=(f"{_TERMS}/extra-security-role-type", "authserver"),
        person="IRCP",
    ),
    Interaction.DISCLOSE: _Pattern(
        profile="PrivacyDisclosure.Source",
        action="R",
        subtype=None,
        client=(_DCM, _DESTINATION),
        server=(_DCM, _SOURCE),
        person="IRCP",
    ),
    Interaction.EXECUTE: _Pattern(profile="", action="E", subtype=None, person="IRCP"),
}
_ABOUT_PATIENTS_ONLY = frozenset({Interaction.AUTHORIZE, Interaction.DISCLOSE})


def to_fhir(entry: AuditEntry, *, number: int, at: datetime, base_url: str) -> Json:
    """Return the AuditEvent of an entry; its id is the entry's number."""
    pattern = _PATTERNS[entry.interaction]
    profile = _profile(entry, pattern)
    event: Json = {
        "resourceType": "AuditEvent",
        "id": str(number),
        "meta": {"profile": [profile]} if profile else {},
        "type": _type(entry.interaction),
        "subtype": list(_subtypes(entry, pattern)),
        "action": pattern.action,
        "recorded": at.astimezone(_LUXEMBOURG).isoformat(timespec="milliseconds"),
        "_recorded": {"extension": [{"url": _TIMEZONE, "valueCode": ZONE}]},
        "outcome": entry.outcome.value,
        "agent": list(_agents(entry, pattern, base_url)),
        "source": {
            "site": base_url,
            "observer": {"identifier": {"value": base_url}},
            "type": [{"system": f"{_TERMS}/security-source-type", "code": "4"}],
        },
        "entity": list(_entities(entry)),
    }
    if entry.refusal:
        event["outcomeDesc"] = entry.refusal
    if entry.caller is not None and entry.caller.purpose is not None:
        event["purposeOfEvent"] = [_purpose(entry.caller.purpose)]
    return {name: value for name, value in event.items() if value}


def _profile(entry: AuditEntry, pattern: _Pattern) -> str | None:
    """Return the profile that the event keeps to; None where BALP has no pattern for it."""
    about_somebody = entry.patient is not None
    if entry.interaction in _ABOUT_PATIENTS_ONLY:
        is_whole = about_somebody and entry.caller is not None
        if entry.interaction is Interaction.AUTHORIZE:
            is_whole = (
                is_whole
                and entry.consent is not None
                and entry.caller is not None
                and entry.caller.ehealth_id is not None
            )
        return f"{BALP}/StructureDefinition/IHE.BasicAudit.{pattern.profile}" if is_whole else None
    has_subject = bool(entry.entities) or entry.interaction is Interaction.SEARCH
    if entry.outcome is not AuditOutcome.SUCCESS or not pattern.profile or not has_subject:
        return None
    who = "Patient" if about_somebody else ""
    return f"{BALP}/StructureDefinition/IHE.BasicAudit.{who}{pattern.profile}"


def _type(interaction: Interaction) -> Json:
    if interaction is Interaction.AUTHORIZE:
        return {"system": _DCM, "code": "110113", "display": "Security Alert"}
    if interaction is Interaction.DISCLOSE:
        return {"system": _DCM, "code": "110106", "display": "Export"}
    return {"system": f"{_TERMS}/audit-event-type", "code": "rest"}


def _subtypes(entry: AuditEntry, pattern: _Pattern) -> Iterator[Json]:
    if pattern.subtype is not None:
        yield {"system": "http://hl7.org/fhir/restful-interaction", "code": pattern.subtype}
    elif entry.interaction is Interaction.DISCLOSE:
        yield {"system": f"{_TERMS}/iso-21089-lifecycle", "code": "disclose"}
    elif entry.interaction is Interaction.AUTHORIZE:
        yield {"system": f"{BALP}/CodeSystem/AuthZsubType", "code": "AuthZ-Consent"}
        return
    yield {"system": AUDIT_ACTION, "code": entry.action}


def _agents(entry: AuditEntry, pattern: _Pattern, base_url: str) -> Iterator[Json]:
    caller = entry.caller
    client_id = "unknown" if caller is None else caller.client_id
    is_decision = entry.interaction is Interaction.AUTHORIZE
    here = {"address": base_url, "type": "5"}
    there = {"address": entry.address or "unknown", "type": "2" if entry.address else "5"}
    client: Json = {
        "type": _coded(*pattern.client),
        "who": {"identifier": {"system": CLIENT_ID, "value": client_id}},
        "requestor": caller is None,
        "network": there,
    }
    yield client
    server: Json = {
        "type": _coded(*pattern.server),
        "who": {"identifier": {"value": base_url}},
        "requestor": False,
    }
    yield server if is_decision else {**server, "network": here}
    if caller is not None:
        yield from _people(caller, pattern)


def _people(caller: Caller, pattern: _Pattern) -> Iterator[Json]:
    participation = f"{_TERMS}/v3-ParticipationType"
    purpose = {} if caller.purpose is None else {"purposeOfUse": [_purpose(caller.purpose)]}
    system = EHEALTH_ID if caller.ehealth_id is not None else f"{CANONICAL}/NamingSystem/subject"
    role = {"coding": [{"system": f"{CANONICAL}/CodeSystem/role", "code": caller.role}]}
    profession = caller.profession and _coded(PROFESSIONS, caller.profession)
    yield {
        "type": _coded(participation, pattern.person),
        "role": [each for each in (role, profession) if each],
        "who": {"identifier": {"system": system, "value": caller.ehealth_id or caller.subject}},
        "requestor": True,
        **_policy(caller.token_id),
        **purpose,
    }
    if caller.organization:
        yield {
            "type": _coded(f"{_TERMS}/v3-RoleClass", "PROV"),
            "who": {"identifier": {"system": CNS_PROVIDER_CODE, "value": caller.organization}},
            "requestor": False,
        }


def _policy(token_id: str) -> Json:
    """Name the token: a UUID by its URN, any other id by a `data:` URI, none not at all."""
    if not token_id:
        return {}
    urn = f"urn:uuid:{token_id}"
    return {"policy": [urn if is_uuid_urn(urn) else f"data:,{quote(token_id, safe='')}"]}


def _entities(entry: AuditEntry) -> Iterator[Json]:
    if entry.patient is not None:
        yield {
            "what": {"identifier": {"system": MATRICULE, "value": entry.patient}},
            "type": {"system": f"{_TERMS}/audit-entity-type", "code": "1"},
            "role": {"system": f"{_TERMS}/object-role", "code": "1"},
        }
    if entry.interaction is Interaction.AUTHORIZE:
        if entry.consent is not None:
            yield {
                "what": {"reference": entry.consent},
                "type": {"system": "http://hl7.org/fhir/resource-types", "code": "Consent"},
            }
        return
    yield {
        "what": {"identifier": {"value": entry.request_id}},
        "type": {"system": f"{BALP}/CodeSystem/BasicAuditEntityType", "code": "XrequestId"},
    }
    if entry.query is not None:
        yield {
            "type": {"system": f"{_TERMS}/audit-entity-type", "code": "2"},
            "role": {"system": f"{_TERMS}/object-role", "code": "24"},
            "query": base64.b64encode(entry.query.encode()).decode(),
        }
    yield from _records(entry)
    for origin in entry.origins:
        yield {
            "what": {"identifier": {"system": CNS_PROVIDER_CODE, "value": origin}},
            "type": {"system": f"{_TERMS}/audit-entity-type", "code": "3"},
            "name": "origin",
        }


def _records(entry: AuditEntry) -> Iterator[Json]:
    """Give the records touched: the first is BALP's `data`, the rest stand beside it."""
    labels = [{"system": DATA_CATEGORY, "code": category} for category in entry.categories]
    for position, reference in enumerate(entry.entities):
        is_data = position == 0 and entry.query is None
        yield {
            "what": _what(reference),
            "type": {"system": f"{_TERMS}/audit-entity-type", "code": "2" if is_data else "4"},
            "role": {"system": f"{_TERMS}/object-role", "code": "4"},
            **({"securityLabel": labels} if labels else {}),
        }


def _what(record: str) -> Json:
    """Refer to a resource; what FHIR has no type for (`Client/…`) is identified by its name."""
    kind, slash, _ = record.partition("/")
    if slash and ":" not in kind and not types().is_resource(kind):
        return {"identifier": {"value": record}}
    return {"reference": record}


@lru_cache(maxsize=256)
def _coded(system: str, code: str) -> Json:
    """Return a concept, remembered: whoever made an event does not change it."""
    return {"coding": [{"system": system, "code": code}]}


def _purpose(code: str) -> Json:
    return _coded(f"{_TERMS}/v3-ActReason", code)
