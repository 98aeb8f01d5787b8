"""The CapabilityStatement, from what the services declare; knows no service."""

from collections.abc import Mapping

from reference_server.kernel.service import Capability, Operation, ResourceCapability, Service
from reference_server.national.identifiers import CANONICAL
from reference_server.world import World

_SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"
SOFTWARE_VERSION = "0.1.0"
_DATE = "2026-11-01"


def capability_statement(world: World, services: tuple[Service[World], ...]) -> dict[str, object]:
    """Return what this World's FHIR API can do (FHIR R4 CapabilityStatement, kind instance)."""
    capabilities = [service.capability for service in services if service.capability is not None]
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{CANONICAL}/CapabilityStatement/reference-server",
        "version": SOFTWARE_VERSION,
        "name": "ReferenceServer",
        "title": "Reference of the national eHealth services (test system, synthetic people only)",
        "status": "active",
        "experimental": True,
        "date": _DATE,
        "publisher": "eQualis Lab",
        "kind": "instance",
        "implementation": {"description": world.name, "url": world.fhir_base},
        "software": {"name": "eQualis Lab", "version": SOFTWARE_VERSION},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [_rest(world, capabilities)],
    }


def _rest(world: World, capabilities: list[Capability]) -> dict[str, object]:
    rest: dict[str, object] = {"mode": "server", "security": _security(world)}
    resources = [_resource(item) for capability in capabilities for item in capability.resources]
    operations = [item for capability in capabilities for item in capability.operations]
    if resources:
        rest["resource"] = resources
    if operations:
        rest["operation"] = [_operation(item) for item in operations]
    return rest


def _security(world: World) -> dict[str, object]:
    issuer = f"{world.base_url}/auth/realms/organization"
    oauth_uris = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
    endpoint = f"{issuer}/protocol/openid-connect"
    return {
        "service": [{"coding": [{"system": _SECURITY, "code": "OAuth"}]}],
        "extension": [
            {
                "url": oauth_uris,
                "extension": [
                    {"url": "authorize", "valueUri": f"{endpoint}/auth"},
                    {"url": "token", "valueUri": f"{endpoint}/token"},
                ],
            }
        ],
    }


def _resource(item: ResourceCapability) -> Mapping[str, object]:
    resource: dict[str, object] = {"type": item.type}
    if item.interactions:
        resource["interaction"] = [{"code": code} for code in item.interactions]
    if item.search_parameters:
        resource["searchParam"] = [
            {"name": parameter.name, "type": parameter.type} for parameter in item.search_parameters
        ]
    if item.operations:
        resource["operation"] = [_operation(operation) for operation in item.operations]
    return resource


def _operation(item: Operation) -> dict[str, str]:
    return {"name": item.name, "definition": item.definition}
