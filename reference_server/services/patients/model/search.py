"""Finding persons by what is believed of them: conditions that all must hold; knows no protocol."""

from dataclasses import dataclass
from enum import StrEnum

from reference_server.services.patients.model.index import Person


class Word(StrEnum):
    """What persons are found by in the store's index of words, and the short name there."""

    FAMILY = "f"
    GIVEN = "g"
    BIRTH_DATE = "b"
    MOTHER = "m"
    TELECOM = "t"
    STREET = "s"
    CITY = "c"
    POSTAL_CODE = "p"


class Fact(StrEnum):
    """What holds of too many persons to be found by, and only narrows."""

    SEX = "sex"
    COUNTRY = "country"
    STATE = "state"
    ACTIVE = "active"
    ADDRESS = "address"
    TOUCHED = "touched"
    CONTACT = "contact"


class How(StrEnum):
    """How a value is compared. Words are folded: small letters without accents; dates are not."""

    STARTS = "starts"
    EQUALS = "equals"
    EXACT = "exact"
    CONTAINS = "contains"
    BEFORE = "before"
    NOT_AFTER = "not-after"
    AFTER = "after"
    NOT_BEFORE = "not-before"
    DIFFERS = "differs"
    MISSING = "missing"
    PRESENT = "present"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition: any of the values will do."""

    on: Word | Fact
    values: tuple[str, ...]
    how: How = How.STARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Who is sought. `persons` None: anybody; else one of these, by MPI identifier."""

    conditions: tuple[Condition, ...] = ()
    persons: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Some of those found, in the order of their MPI identifiers.

    `after`: where to go on, None where nobody is left. A page may be short, or empty, and yet not
    the last: how many persons are looked at for one page is bounded.
    """

    persons: tuple[Person, ...]
    after: str | None
