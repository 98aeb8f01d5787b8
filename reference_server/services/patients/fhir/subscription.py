"""Subscription of IHE PMIR (ITI-94) to values and back; knows no table.

The published form is that of PMIR 1.5 (`https://profiles.ihe.net/ITI/PMIR`). Read strictly: what
of a subscription is not kept to is refused, never passed over.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from reference_server.kernel.errors import ParameterInvalid, Refusal
from reference_server.services.patients.errors import ModifierUnknown
from reference_server.services.patients.model.subscription import Subscriber

PROFILE: Final = "https://profiles.ihe.net/ITI/PMIR/StructureDefinition/IHE.PMIR."
JSON, XML = "application/fhir+json", "application/fhir+xml"
PAYLOADS: Final = (JSON, XML)
_CRITERIA: Final = re.compile(
    r"Patient(?:\?(?:_id=[0-9]{10}"
    r"|identifier=(?:[^&?|,\s]{1,200}\|)?[^&?|,\s]{1,64}"
    r"|identifier=[^&?|,\s]{1,200}\|"
    r"|organization=(?:Organization/)?[0-9A-Za-z.-]{1,64}))?"
)
"""The four forms that a registry must know (PMIR 1.5 §2:3.94.4.1.2.1.1)."""
REQUESTED, OFF = "requested", "off"
_LONGEST: Final = 250
_READ: Final = frozenset(
    {"resourceType", "id", "meta", "text", "status", "contact", "reason", "criteria", "channel"}
)
_CHANNEL: Final = frozenset({"id", "type", "endpoint", "payload"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a subscription asks for: to be told at `endpoint` of whom `criteria` name.

    `is_off`: not for the time being.
    """

    endpoint: str
    criteria: str
    reason: str
    payload: str = JSON
    is_off: bool = False


def read_subscription(
    resource: Mapping[str, Any], *, hosts: Collection[str], kept: str | None = None
) -> Wish:
    """Return what is asked for; `hosts` are the only ones that may be told.

    `kept` is the id of the subscription that is changed: it may be switched off, too.
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
    if kept is not None and resource.get("id") != kept:
        raise _wrong("id")
    for name, value, wanted in (
        ("status", resource.get("status"), (REQUESTED,) if kept is None else (REQUESTED, OFF)),
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
        is_off=resource["status"] == OFF,
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


def write_subscription(kept: Subscriber) -> dict[str, Any]:
    """Return a subscription as the registry keeps it: active, off, or in error while unheard."""
    told: dict[str, Any] = {
        "resourceType": "Subscription",
        "id": kept.id,
        "meta": {"profile": [f"{PROFILE}Subscription"]},
        "status": _status(kept),
        "reason": kept.reason,
        "criteria": kept.criteria,
        "channel": {"type": "message", "endpoint": kept.told, "payload": kept.payload},
    }
    if told["status"] == "error":
        told["error"] = f"not-taken: {kept.failures}"
    return told


def _status(kept: Subscriber) -> str:
    if kept.is_off:
        return OFF
    return "error" if kept.failures else "active"
