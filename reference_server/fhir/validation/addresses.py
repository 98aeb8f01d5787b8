"""Addresses in a resource: URIs, canonicals, OIDs and UUIDs by their own grammars; resolves none.

Source: http://hl7.org/fhir/R4/datatypes.html#uri, #canonical, #Identifier, #Coding, #oid, #uuid.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reference_server.fhir.validation.extra import Extra
from reference_server.fhir.validation.library import Library

_OID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.+", re.DOTALL)
_IETF: Final = "urn:ietf:rfc:3986"
_SHOWN: Final = 200


def is_absolute(address: str) -> bool:
    """Tell whether an address has a scheme and something behind it."""
    return _ABSOLUTE.fullmatch(address) is not None


def address_fault(kind: str, value: str) -> Extra | None:
    """Return what is wrong with a uri, url or canonical by its form; None where nothing is."""
    shown: Mapping[str, str | int] = {"value": value[:_SHOWN]}
    if value.startswith(("oid:", "uuid:")):
        return Extra(rule="uri-scheme", code="value", params=shown)
    if value.startswith("urn:oid:") and not _OID.fullmatch(value.removeprefix("urn:oid:")):
        return Extra(rule="uri-oid", code="value", params=shown)
    plain = value.partition("#")[0].partition("|")[0]
    if plain.startswith("urn:uuid:") and not _UUID.fullmatch(plain.removeprefix("urn:uuid:")):
        return Extra(rule="uri-uuid", code="value", params=shown)
    if kind == "canonical" and not value.startswith("#") and not is_absolute(value):
        return Extra(rule="canonical-relative", code="value", params=shown)
    return None


def identifier(value: Mapping[str, Any]) -> Iterator[Extra]:
    """Yield what is wrong with an Identifier: a relative system, a URI that is none."""
    system, told = value.get("system"), value.get("value")
    if not isinstance(system, str):
        return
    if not is_absolute(system):
        yield Extra(rule="system-relative", code="code-invalid", below=".system",
                    params={"value": system[:_SHOWN]})  # fmt: skip
    elif system == _IETF and isinstance(told, str) and not is_absolute(told):
        yield Extra(rule="identifier-no-uri", code="code-invalid", below=".value",
                    params={"value": told[:_SHOWN]})  # fmt: skip


def coding(value: dict[str, Any], library: Library) -> Iterator[Extra]:
    """Yield what is wrong with the system of a Coding: relative, or that of a value set."""
    system = value.get("system")
    if not isinstance(system, str) or not system:
        return
    told: Mapping[str, str | int] = {"value": system[:_SHOWN]}
    if not is_absolute(system):
        yield Extra(rule="system-relative", code="code-invalid", below=".system", params=told)
    elif (
        "/ValueSet/" in system
        and library.find("ValueSet", system) is not None
        and library.find("CodeSystem", system) is None
    ):
        yield Extra(rule="system-value-set", code="code-invalid", below=".system", params=told)
