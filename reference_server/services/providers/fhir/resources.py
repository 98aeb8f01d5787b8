"""Practices, laboratories, pharmacies and professionals as resources after IHE mCSD; no table.

Ids are stable: the eHealthID of a person, the CNS code of an organisation. References are relative
to the FHIR base they are served under.
"""

import base64
from collections.abc import Iterator
from typing import Any, TypeAlias

from reference_server.national.identifiers import (
    CANONICAL,
    CNS_PROVIDER_CODE,
    EHEALTH_ID,
    PROFESSIONS,
    display_cns_provider_code,
)
from reference_server.national.professions import PROFESSIONS as KNOWN
from reference_server.ports import OrganizationRecord, PractitionerRecord

Json: TypeAlias = dict[str, Any]

MCSD = "https://profiles.ihe.net/ITI/mCSD/StructureDefinition"
FACILITY = {"system": "urn:ietf:rfc:3986", "code": "urn:ihe:iti:mcsd:2019:facility"}
ROLES = f"{CANONICAL}/CodeSystem/directory-organization-role"
SPECIALITIES = f"{CANONICAL}/CodeSystem/directory-speciality"
CERTIFICATE = f"{CANONICAL}/StructureDefinition/directory-certificate"
SECURE_MAIL_DOMAIN = "securemail.example"
_TERMS = "http://terminology.hl7.org/CodeSystem"


def of_organization(record: OrganizationRecord) -> Iterator[Json]:
    """Give an organisation, its site, its service and its endpoint."""
    code, address = record.cns_code, _address(record)
    organization = {"reference": f"Organization/{code}"}
    location = {"reference": f"Location/{code}"}
    yield {
        "resourceType": "Organization",
        "id": code,
        "meta": {"profile": [f"{MCSD}/IHE.mCSD.FacilityOrganization"]},
        "identifier": [_cns(code)],
        "active": True,
        "type": [{"coding": [FACILITY]}, {"coding": [{"system": ROLES, "code": record.role}]}],
        "name": record.name,
        "telecom": [_secure_mail(f"organisation.{code}")],
        **({"address": [address]} if address else {}),
        "endpoint": [{"reference": f"Endpoint/{code}"}],
    }
    yield {
        "resourceType": "Location",
        "id": code,
        "meta": {"profile": [f"{MCSD}/IHE.mCSD.FacilityLocation"]},
        "status": "active",
        "name": record.name,
        "type": [{"coding": [FACILITY]}, {"coding": [{"system": ROLES, "code": record.role}]}],
        **({"address": address} if address else {}),
        "physicalType": {"coding": [{"system": f"{_TERMS}/location-physical-type", "code": "bu"}]},
        "managingOrganization": organization,
    }
    yield {
        "resourceType": "HealthcareService",
        "id": code,
        "meta": {"profile": [f"{MCSD}/IHE.mCSD.HealthcareService"]},
        "active": True,
        "providedBy": organization,
        "type": [{"coding": [{"system": ROLES, "code": record.role}]}],
        "location": [location],
        "name": record.name,
    }
    yield _endpoint(code)


def _endpoint(code: str) -> Json:
    return {
        "resourceType": "Endpoint",
        "id": code,
        "meta": {"profile": [f"{MCSD}/IHE.mCSD.Endpoint"]},
        "status": "active",
        "connectionType": {
            "system": f"{_TERMS}/endpoint-connection-type",
            "code": "direct-project",
        },
        "managingOrganization": {"reference": f"Organization/{code}"},
        "payloadType": [{"coding": [{"system": f"{_TERMS}/endpoint-payload-type", "code": "any"}]}],
        "address": f"mailto:organisation.{code}@{SECURE_MAIL_DOMAIN}",
    }


def of_practitioner(
    record: PractitionerRecord, *, certificate: bytes | None = None
) -> Iterator[Json]:
    """Give a professional and their role; `certificate` is DER."""
    number = record.ehealth_id
    known = KNOWN.get(record.profession)
    profession = {
        "coding": [{"system": PROFESSIONS, "code": record.profession}],
        **({"text": known.fr} if known else {}),
    }
    person: Json = {
        "resourceType": "Practitioner",
        "id": number,
        "meta": {"profile": [f"{MCSD}/IHE.mCSD.Practitioner"]},
        "identifier": [{"system": EHEALTH_ID, "value": number}, _cns(record.cns_code)],
        "active": True,
        "name": [{"family": record.family, "given": [record.given]}],
        "telecom": [_secure_mail(number)],
        "qualification": [{"code": profession}],
    }
    if certificate is not None:
        person["extension"] = [
            {"url": CERTIFICATE, "valueBase64Binary": base64.b64encode(certificate).decode()}
        ]
    yield person
    yield {
        "resourceType": "PractitionerRole",
        "id": number,
        "meta": {"profile": [f"{MCSD}/IHE.mCSD.PractitionerRole"]},
        "active": True,
        "practitioner": {"reference": f"Practitioner/{number}"},
        "organization": {"reference": f"Organization/{record.organization}"},
        "code": [profession],
        "specialty": [{"coding": [{"system": SPECIALITIES, "code": record.speciality}]}],
        "location": [{"reference": f"Location/{record.organization}"}],
        "healthcareService": [{"reference": f"HealthcareService/{record.organization}"}],
    }


def _cns(code: str) -> Json:
    return {
        "system": CNS_PROVIDER_CODE,
        "value": code,
        "type": {"text": f"Code prestataire CNS {display_cns_provider_code(code)}"},
    }


def _secure_mail(name: str) -> Json:
    return {"system": "email", "value": f"{name}@{SECURE_MAIL_DOMAIN}", "use": "work"}


def _address(record: OrganizationRecord) -> Json:
    if record.town is None:
        return {}
    return {"city": record.town, "postalCode": record.postal_code or "", "country": "LU"}
