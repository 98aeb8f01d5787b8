"""Dispensation identifiers, and the slip a defective copy makes with them; knows no network."""

import json
from uuid import uuid4

from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.laboratory.behaviour import Behaviour

URI = "urn:ietf:rfc:3986"


def new_urn() -> str:
    """Return a fresh value for a dispensation's identifier."""
    return f"urn:uuid:{uuid4()}"


def new_dispensation(value: str) -> JsonObject:
    """Return a dispensation's identifier in FHIR."""
    return {"system": URI, "value": value}


def tried_again(body: bytes, *, behaviour: Behaviour) -> bytes:
    """Return what this copy sends after an attempt that got no answer."""
    if behaviour.same_identifier_on_retry:
        return body
    resource = json.loads(body)  # defect: new-identifier-on-retry
    for parameter in resource.get("parameter", ()):
        if parameter["name"] == "dispensation":
            parameter["valueIdentifier"] = new_dispensation(new_urn())
    return json.dumps(resource).encode()
