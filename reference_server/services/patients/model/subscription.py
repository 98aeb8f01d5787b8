"""Who hears of changes to patients of theirs, how, and how far they heard; knows no table."""

from dataclasses import dataclass
from enum import StrEnum

from reference_server.services.patients.model.index import Person


class Channel(StrEnum):
    """How somebody is told: by ADT^A31 over MLLP (ITI-10), or by PMIR's message (ITI-93)."""

    MLLP = "mllp"
    FHIR = "fhir"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """An organisation that is told at `told` (`mllp://host:port`, or a URL) of its own patients.

    `heard` is the last event of the history that it took; after `failures` in a row it is tried
    again from `next_try` on (UTC, ISO 8601). `criteria`, `reason` and `payload` (the
    media type of its messages) are of its FHIR Subscription; `is_off` while it wants to hear
    nothing: what happens meanwhile it hears afterwards.
    """

    id: str
    channel: Channel
    organisation: str
    told: str
    heard: int
    failures: int = 0
    next_try: str = ""
    criteria: str = ""
    reason: str = ""
    payload: str = "application/fhir+json"
    is_off: bool = False


class Became(StrEnum):
    """What became of a person by an event."""

    CREATED = "created"
    UPDATED = "updated"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody is told of one person, who is as they are now.

    `is_theirs` is false where the event made the person no longer a patient of whoever is told.
    """

    person: Person
    became: Became
    is_theirs: bool
