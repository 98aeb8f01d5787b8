"""What is told of a person: the traits that identify; knows no record and no table.

Dates are FHIR's: `1984-03-17`, `1984-03` where the day is unknown, `1984` where the month is, too,
and the empty text where nothing is. Texts are as they were written; nothing is normalised here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reference_server.national.identifiers import DSP_PATIENT_ID, MATRICULE

LOCAL_ARC: Final = "urn:oid:1.3.182.3.1.1"
"""Arc of the local identifier domains: `.<organisation>.2` are an organisation's patients."""

PATIENTS_OF_ORGANISATION: Final = 2
OLD_MATRICULE: Final = f"{MATRICULE}.1987"
"""*Assumed* [G]: numbers of 11 digits have no OID of their own that is public."""

PERSON_IDENTIFIER: Final = DSP_PATIENT_ID


class Sex(StrEnum):
    """Administrative sex, in FHIR's codes; the matricule of 13 digits does not tell it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Identifier:
    """A number in a domain; `system` is `urn:oid:…`."""

    system: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where somebody lives; `country` is ISO 3166-1 alpha-2 or empty."""

    line: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    country: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telecom:
    """How somebody is reached; `system` is FHIR's code: phone, email and so on."""

    system: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Everything that one source tells of a person.

    `birth_family` is the name at birth, `used_family` the one in use where it differs;
    `given` all given names in order. `identifiers` are those of other domains than the source's
    own: the matricule above all. `multiple_birth` tells that there is a twin. `deceased_on` may be
    empty although `deceased` is true.
    """

    birth_family: str = ""
    used_family: str = ""
    given: tuple[str, ...] = ()
    sex: Sex = Sex.UNKNOWN
    birth_date: str = ""
    birth_place: str = ""
    birth_country: str = ""
    addresses: tuple[Address, ...] = ()
    telecom: tuple[Telecom, ...] = ()
    mothers_maiden_name: str = ""
    multiple_birth: bool = False
    deceased: bool = False
    deceased_on: str = ""
    identifiers: tuple[Identifier, ...] = ()

    def identifier(self, system: str) -> str | None:
        """Return the first number of a domain."""
        return next((each.value for each in self.identifiers if each.system == system), None)

    @property
    def matricule(self) -> str | None:
        """The national number of 13 digits."""
        return self.identifier(MATRICULE)


STRICT: Final = ("birth_family", "given", "sex", "birth_date", "birth_place", "birth_country")
"""The traits that carry an identity state: when one changes, what was verified no longer is."""


def local_domain(organisation: str) -> str:
    """Return the domain of an organisation's patient numbers, by its CNS provider code."""
    return f"{LOCAL_ARC}.{organisation}.{PATIENTS_OF_ORGANISATION}"
