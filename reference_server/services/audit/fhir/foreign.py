"""AuditEvents that other software made and sent (RESTful ITI-20): kept as they came.

What is looked at is what the trail needs to find them again; a validator judges the rest.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from reference_server.fhir.primitives import read_instant
from reference_server.services.audit.errors import AuditEventIncomplete

MOST = 100
"""AuditEvents that one Bundle may bring."""
_NEEDED = ("type", "recorded", "agent", "source")


def events_of(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the AuditEvents of what was posted: one, or those of a Bundle; raises AuditRefusal."""
    if resource.get("resourceType") != "Bundle":
        yield _whole(resource, "AuditEvent")
        return
    entries = resource.get("entry")
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST:
        raise AuditEventIncomplete(expression="Bundle.entry", name=f"entry (1..{MOST})")
    for position, entry in enumerate(entries):
        at = f"Bundle.entry[{position}].resource"
        found = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(found, dict):
            raise AuditEventIncomplete(expression=at, name="resource")
        yield _whole(found, at)


def kept(resource: Mapping[str, Any], *, number: int, at: datetime) -> dict[str, Any]:
    """Return an AuditEvent under the id that the trail gives it; when it came is told beside."""
    meta = dict(resource.get("meta") or {})
    meta["lastUpdated"] = at.isoformat(timespec="milliseconds")
    return {**resource, "id": str(number), "meta": meta}


def _whole(resource: Mapping[str, Any], at: str) -> Mapping[str, Any]:
    if resource.get("resourceType") != "AuditEvent":
        raise AuditEventIncomplete(expression=at, name="resourceType")
    for name in _NEEDED:
        if not resource.get(name):
            raise AuditEventIncomplete(expression=at, name=name)
    recorded = resource["recorded"]
    if not isinstance(recorded, str) or read_instant(recorded) is None:
        raise AuditEventIncomplete(expression=f"{at}.recorded", name="recorded")
    if not _is_shaped(resource):
        raise AuditEventIncomplete(expression=at, name="agent, entity, type, source")
    return resource


def _is_shaped(resource: Mapping[str, Any]) -> bool:
    """Tell whether the parts that are searched by are what FHIR says they are."""
    try:
        agents, entities = (_objects(resource.get(name, [])) for name in ("agent", "entity"))
        _objects([resource["type"], resource["source"], *_objects(resource.get("subtype", []))])
        _objects([resource.get("meta", {})])
        targets = [each.get("who", {}) for each in agents]
        targets += [each.get("what", {}) for each in entities]
        _objects([target.get("identifier", {}) for target in _objects(targets)])
        _objects([each.get("network", {}) for each in agents])
        _objects([each.get("type", {}) for each in entities])
        for agent in agents:
            for role in _objects(agent.get("role", [])):
                _objects(role.get("coding", []))
    except TypeError:
        return False
    return all(isinstance(each.get("policy", []), list) for each in agents)


def _objects(found: object) -> list[dict[str, Any]]:
    """Return a list of JSON objects; raises TypeError where it is none."""
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise TypeError
    return found
