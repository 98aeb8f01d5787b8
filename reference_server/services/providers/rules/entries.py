"""What a resource of the directory must have to be found again; pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from reference_server.national.identifiers import CNS_PROVIDER_CODE, EHEALTH_ID
from reference_server.services.providers.errors import EntryMalformed
from reference_server.services.providers.rules.identifiers import (
    check_cns_code,
    check_ehealth_id,
)

# IHE mCSD: what its profiles make mandatory.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "Organization": ("type", "name"),
    "Location": ("type", "name", "status", "physicalType"),
    "Practitioner": ("name",),
    "PractitionerRole": (),
    "HealthcareService": ("type",),
    "Endpoint": ("status", "connectionType", "payloadType", "address"),
    "OrganizationAffiliation": (),
}
_LISTS = ("identifier", "type", "code", "specialty", "endpoint", "location", "healthcareService")


def check_entry(resource: Mapping[str, Any]) -> None:
    """Raise EntryMalformed where a part is missing or misshapen (OID 1.3.182.4: numbers)."""
    kind = str(resource["resourceType"])
    for name in _NEEDED[kind]:
        if not resource.get(name):
            raise EntryMalformed(expression=f"{kind}.{name}", name=name)
    if not isinstance(resource.get("meta", {}), dict):
        raise EntryMalformed(expression=f"{kind}.meta", name="meta")
    for name in _LISTS:
        found = resource.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise EntryMalformed(expression=f"{kind}.{name}", name=name)
    _check_identifiers(resource.get("identifier", ()))


def _check_identifiers(identifiers: Iterable[Mapping[str, Any]]) -> None:
    """OID 1.3.182.4.1 and OID 1.3.182.4.6 have forms of their own."""
    for identifier in identifiers:
        value = str(identifier.get("value", ""))
        if identifier.get("system") == EHEALTH_ID:
            check_ehealth_id(value)
        elif identifier.get("system") == CNS_PROVIDER_CODE:
            check_cns_code(value)
