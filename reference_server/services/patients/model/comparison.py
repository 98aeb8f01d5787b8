"""What comes of comparing two identities: contributions, a score, a zone; knows no weight."""

from dataclasses import dataclass
from enum import StrEnum


class Zone(StrEnum):
    """Where a comparison falls.

    `certain` may be linked without a person looking, `possible` goes to the worklist, `no` is
    forgotten.
    """

    CERTAIN = "certain"
    POSSIBLE = "possible"
    NO = "no"


class Field(StrEnum):
    """What is compared."""

    FAMILY = "family"
    GIVEN = "given"
    BIRTH_DATE = "birth-date"
    SEX = "sex"
    STREET = "street"
    POSTAL_CODE = "postal-code"
    CITY = "city"
    TELECOM = "telecom"
    MOTHER = "mother"
    BIRTH_PLACE = "birth-place"
    MATRICULE = "matricule"
    IDENTIFIER = "identifier"
    HOUSEHOLD = "household"
    PRIOR = "prior"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one field gave: `weight` in bits, for (positive) or against; `level` says how.

    `ours` and `theirs` are the values as compared.
    """

    field: Field
    level: str
    weight: float
    ours: str = ""
    theirs: str = ""


class Hold(StrEnum):
    """Why a policy does not let a comparison be certain, whatever its score."""

    IDENTIFIER_CONFLICT = "identifier-conflict"
    HOMONYM = "homonym"
    TWIN = "twin"
    GIVEN_DIFFERS = "given-differs"
    SEX_DIFFERS = "sex-differs"
    BIRTH_DATE_DIFFERS = "birth-date-differs"
    TOO_LITTLE = "too-little"
    DECIDED_DIFFERENT = "decided-different"
    SAME_DOMAIN = "same-domain"
    SEVERAL = "several"
    TRAITS_CONTRADICT = "traits-contradict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A score and where it comes from. `probability` is 0 to 1, `bits` the sum of the weights.

    `holds` say why it is not certain although its score would be.
    """

    bits: float
    probability: float
    zone: Zone
    contributions: tuple[Contribution, ...] = ()
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person that may be the one sought, through the record of theirs that is nearest."""

    person: str
    record: int
    comparison: Comparison


class Decision(StrEnum):
    """What was decided about two records. `open` awaits somebody."""

    OPEN = "open"
    DIFFERENT = "different"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two records that may be of one person, `low` before `high`, and what was decided.

    A pair whose records stand for the same person is settled, whatever it says.
    """

    low: int
    high: int
    decision: Decision
    comparison: Comparison
    found_at: str
    decided_by: str = ""
    decided_at: str = ""
    why: str = ""
