"""Subscription and feed of IHE PMIR (ITI-94, ITI-93) to values and back; knows no table.

The published forms are those of PMIR 1.5 (`https://profiles.ihe.net/ITI/PMIR`). Read strictly: what
of a subscription is not kept to is refused, never passed over.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from reference_server.kernel.errors import ParameterInvalid, Refusal
from reference_server.services.patients.errors import ModifierUnknown
from reference_server.services.patients.fhir.patient import write_person
from reference_server.services.patients.model.index import Person
from reference_server.services.patients.model.subscription import Subscriber

PROFILE: Final = "https://profiles.ihe.net/ITI/PMIR/StructureDefinition/IHE.PMIR."
EVENT: Final = "urn:ihe:iti:pmir:2019:patient-feed"
JSON, XML = "application/fhir+json", "application/fhir+xml"
PAYLOADS: Final = (JSON, XML)
_CRITERIA: Final = re.compile(
    r"Patient(?:\?(?:_id=[0-9]{10}|identifier=[^&?|\s]{1,200}\|[^&?|\s]{0,64}))?"
)
_LONGEST: Final = 250
_READ: Final = frozenset(
    {"resourceType", "id", "meta", "text", "status", "contact", "reason", "criteria", "channel"}
)
_CHANNEL: Final = frozenset({"id", "type", "endpoint", "payload"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a subscription asks for: to be told at `endpoint` of whom `criteria` name."""

    endpoint: str
    criteria: str
    reason: str
    payload: str = JSON


def read_subscription(resource: Mapping[str, Any], *, hosts: Collection[str]) -> Wish:
    """Return what is asked for; `hosts` are the only ones that may be told.

    Raises ModifierUnknown, and ParameterInvalid with the place of what is not kept to.
    """
    if resource.get("modifierExtension"):
        raise ModifierUnknown(expression="Subscription.modifierExtension")
    for name in sorted(set(resource) - _READ):
        raise _wrong(name[:64])
    channel = resource.get("channel")
    if not isinstance(channel, Mapping):
        raise _wrong("channel")
    for name in sorted(set(channel) - _CHANNEL):
        raise _wrong(f"channel.{name[:64]}")
    for name, value, wanted in (
        ("status", resource.get("status"), ("requested",)),
        ("channel.type", channel.get("type"), ("message",)),
        ("channel.payload", channel.get("payload"), PAYLOADS),
    ):
        if value not in wanted:
            raise _wrong(name)
    return Wish(
        endpoint=_endpoint(channel.get("endpoint"), hosts),
        criteria=_criteria(resource.get("criteria")),
        reason=_reason(resource.get("reason")),
        payload=str(channel["payload"]),
    )


def _wrong(name: str) -> Refusal:
    return ParameterInvalid(name=name, expression=f"Subscription.{name}")


def _criteria(told: object) -> str:
    if not isinstance(told, str) or not _CRITERIA.fullmatch(told):
        raise _wrong("criteria")
    return told


def _reason(told: object) -> str:
    if not isinstance(told, str) or not told.strip() or len(told) > _LONGEST:
        raise _wrong("reason")
    return told


def _endpoint(told: object, hosts: Collection[str]) -> str:
    """Return the address, which must be of a declared host; without TLS only this machine's own."""
    wrong = _wrong("channel.endpoint")
    if not isinstance(told, str) or len(told) > _LONGEST or not told.isascii():
        raise wrong
    try:
        where = urlsplit(told)
        known = where.hostname in hosts and where.port != 0
    except ValueError:
        raise wrong from None
    own = where.hostname in {"127.0.0.1", "::1", "localhost"}
    plain = where.scheme == "http" and own
    if not known or where.username or where.fragment or not (plain or where.scheme == "https"):
        raise wrong
    return told


def concerns(person: Person, criteria: str) -> bool:
    """Tell whether a person is one of those that criteria name."""
    name, _, value = criteria.removeprefix("Patient").removeprefix("?").partition("=")
    if name == "_id":
        return value == person.mpi
    if name == "identifier":
        system, _, number = value.partition("|")
        told = (each for each in person.traits.identifiers if each.system == system)
        return any(not number or each.value == number for each in told)
    return True


def write_subscription(kept: Subscriber) -> dict[str, Any]:
    """Return a subscription as the registry keeps it: active, or in error while nobody answers."""
    told: dict[str, Any] = {
        "resourceType": "Subscription",
        "id": kept.id,
        "meta": {"profile": [f"{PROFILE}Subscription"]},
        "status": "error" if kept.failures else "active",
        "reason": kept.reason,
        "criteria": kept.criteria,
        "channel": {"type": "message", "endpoint": kept.told, "payload": kept.payload},
    }
    if kept.failures:
        told["error"] = f"not-taken: {kept.failures}"
    return told


def write_feed(person: Person, *, base: str, endpoint: str, message_id: str) -> dict[str, Any]:
    """Return the message that tells of one person as they are now (ITI-93)."""
    header, history = f"{base}/MessageHeader/{message_id}", f"{base}/Bundle/{message_id}"
    told = {
        "resourceType": "Bundle",
        "id": message_id,
        "meta": {"profile": [f"{PROFILE}Bundle.History"]},
        "type": "history",
        "entry": [
            {
                "fullUrl": f"{base}/Patient/{person.mpi}",
                "resource": write_person(person),
                "request": {"method": "PUT", "url": f"Patient/{person.mpi}"},
                "response": {"status": "200"},
            }
        ],
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
