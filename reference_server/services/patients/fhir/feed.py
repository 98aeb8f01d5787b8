"""The message of IHE PMIR's Mobile Patient Identity Feed (ITI-93) and what is answered to it.

The published forms are those of PMIR 1.5 (`https://profiles.ihe.net/ITI/PMIR`): a message Bundle of
MessageHeader and history Bundle, whose entries say by `request.method` what became of a Patient.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from reference_server.fhir.xml_reader import XmlFault, read_xml
from reference_server.services.patients.fhir.patient import write_person
from reference_server.services.patients.fhir.subscription import PROFILE
from reference_server.services.patients.model.subscription import Became, Change
from reference_server.services.patients.model.traits import PERSON_IDENTIFIER

EVENT: Final = "urn:ihe:iti:pmir:2019:patient-feed"
NOT_TAKEN: Final = frozenset({"transient-error", "fatal-error"})
"""Codes of `MessageHeader.response` that say that a message was not worked in (FHIR R4)."""
_BARE: Final = ("resourceType", "id", "active", "link")


def write_feed(
    changes: Sequence[Change], *, base: str, endpoint: str, message_id: str
) -> dict[str, Any]:
    """Return the message that tells what became of some persons, each as they are now."""
    header, history = f"{base}/MessageHeader/{message_id}", f"{base}/Bundle/{message_id}"
    told = {
        "resourceType": "Bundle",
        "id": message_id,
        "meta": {"profile": [f"{PROFILE}Bundle.History"]},
        "type": "history",
        "entry": [dict(_entry(each, base)) for each in changes],
    }
    return {
        "resourceType": "Bundle",
        "id": message_id,
        "meta": {"profile": [f"{PROFILE}Bundle"]},
        "type": "message",
        "entry": [
            {
                "fullUrl": header,
                "resource": {
                    "resourceType": "MessageHeader",
                    "id": message_id,
                    "meta": {"profile": [f"{PROFILE}MessageHeader"]},
                    "eventUri": EVENT,
                    "destination": [{"endpoint": endpoint}],
                    "source": {"endpoint": base},
                    "focus": [{"reference": f"Bundle/{message_id}"}],
                },
            },
            {"fullUrl": history, "resource": told},
        ],
    }


def _entry(change: Change, base: str) -> Iterator[tuple[str, Any]]:
    where = f"Patient/{change.person.mpi}"
    yield "fullUrl", f"{base}/{where}"
    if change.became is not Became.REMOVED:
        yield "resource", write_person(change.person) if change.is_theirs else _bare(change)
    match change.became:
        case Became.CREATED:
            yield "request", {"method": "POST", "url": "Patient"}
            yield "response", {"status": "201", "location": f"{base}/{where}"}
        case Became.UPDATED:
            yield "request", {"method": "PUT", "url": where}
            yield "response", {"status": "200"}
        case Became.REMOVED:
            yield "request", {"method": "DELETE", "url": where}
            yield "response", {"status": "204"}


def _bare(change: Change) -> dict[str, Any]:
    """Return a person who is no longer a patient of whoever is told: that they stand, no more."""
    told = write_person(change.person)
    identifier = [{"system": PERSON_IDENTIFIER, "value": change.person.mpi}]
    bare: dict[str, Any] = {key: told[key] for key in _BARE if key in told}
    bare["meta"] = {key: each for key, each in told["meta"].items() if key != "tag"}
    return {**bare, "identifier": identifier}


def says_taken(body: bytes, *, media_type: str) -> bool:
    """Tell whether what was answered with a status 2xx leaves it at that.

    Only a message that says by its `response.code` that there was an error does not; what is
    empty or cannot be read was answered by somebody who took the message.
    """
    try:
        told = read_xml(body) if "xml" in media_type else msgspec.json.decode(body)
    except (XmlFault, msgspec.DecodeError, UnicodeDecodeError):
        return True
    return not NOT_TAKEN & set(_codes(told))


def _codes(told: object) -> Iterator[str]:
    """Give the codes of the responses in a message."""
    entries = told.get("entry", ()) if isinstance(told, Mapping) else ()
    for entry in entries if isinstance(entries, Sequence) else ():
        header = entry.get("resource") if isinstance(entry, Mapping) else None
        response = header.get("response") if isinstance(header, Mapping) else None
        if isinstance(response, Mapping) and isinstance(response.get("code"), str):
            yield str(response["code"])
