"""The nouns of a directory search: parameters, conditions, pages; knows no HTTP and no table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """How a search parameter compares."""

    STRING = "string"
    CODE = "token"
    REFERENCE = "reference"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A search parameter: how it compares and, of a reference, which type it leads to."""

    kind: Kind
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a search: any of `values`. `chain` is what the target must fulfil."""

    name: str
    values: tuple[str, ...] = ()
    modifier: str | None = None
    chain: "Condition | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """What comes along: `source:name`, outwards from matches, or (`is_reverse`) towards them."""

    source: str
    name: str
    is_reverse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryQuery:
    """What is looked for in one type: all conditions hold; `changed` as comparison and time."""

    type: str
    ids: tuple[str, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    inclusions: tuple[Inclusion, ...] = ()
    count: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one resource; `method` is how it came: POST, PUT or DELETE."""

    type: str
    id: str
    version: int
    at: str
    method: str
    content: bytes


_STRING, _TOKEN = Parameter(kind=Kind.STRING), Parameter(kind=Kind.CODE)


def _to(target: str) -> Parameter:
    return Parameter(kind=Kind.REFERENCE, target=target)


# IHE mCSD, ITI-90 §2:3.90.4.1.2; the two parameters of hierarchies find nothing here.
PARAMETERS: Mapping[str, Mapping[str, Parameter]] = MappingProxyType(
    {
        "Organization": {
            "active": _TOKEN,
            "identifier": _TOKEN,
            "name": _STRING,
            "partof": _to("Organization"),
            "type": _TOKEN,
            "endpoint": _to("Endpoint"),
            "ihe-mcsd-hierarchy-type": _TOKEN,
            "ihe-mcsd-hierarchy-partof": _to("Organization"),
        },
        "Location": {
            "identifier": _TOKEN,
            "name": _STRING,
            "organization": _to("Organization"),
            "partof": _to("Location"),
            "status": _TOKEN,
            "type": _TOKEN,
        },
        "Practitioner": {
            "active": _TOKEN,
            "identifier": _TOKEN,
            "name": _STRING,
            "given": _STRING,
            "family": _STRING,
        },
        "PractitionerRole": {
            "active": _TOKEN,
            "location": _to("Location"),
            "organization": _to("Organization"),
            "practitioner": _to("Practitioner"),
            "role": _TOKEN,
            "service": _to("HealthcareService"),
            "specialty": _TOKEN,
        },
        "HealthcareService": {
            "active": _TOKEN,
            "identifier": _TOKEN,
            "location": _to("Location"),
            "name": _STRING,
            "organization": _to("Organization"),
            "service-type": _TOKEN,
        },
        "Endpoint": {
            "connection-type": _TOKEN,
            "identifier": _TOKEN,
            "organization": _to("Organization"),
            "payload-type": _TOKEN,
            "status": _TOKEN,
        },
        "OrganizationAffiliation": {
            "active": _TOKEN,
            "date": Parameter(kind=Kind.DATE),
            "endpoint": _to("Endpoint"),
            "identifier": _TOKEN,
            "participating-organization": _to("Organization"),
            "primary-organization": _to("Organization"),
            "role": _TOKEN,
        },
    }
)
TYPES = tuple(PARAMETERS)
HIERARCHICAL = frozenset({"partof", "ihe-mcsd-hierarchy-partof"})
