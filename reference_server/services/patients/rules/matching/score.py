"""Fellegi-Sunter: what each agreement is worth in bits, their sum, and how probable it makes it.

Source: I. P. Fellegi, A. B. Sunter, "A Theory for Record Linkage", JASA 64 (1969). A level is
worth log2(m/u); where names are equal, u is how often that name occurs, in this index and in the
country. The prior is one in as many records as the index holds. Pure.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from reference_server.services.patients.model.comparison import Contribution, Field
from reference_server.services.patients.rules.matching.compare import EXACT, Agreement, agreements
from reference_server.services.patients.rules.matching.features import Features

SMALLEST_INDEX: Final = 2000
"""An index of a few records is no country: the prior never takes it for smaller than this."""

_BELIEF: Final = 2000.0
_RAREST, _MOST_COMMON = 1e-6, 0.05
_ANOTHER_MEMBER: Final = -16.0
_TWIN: Final = -20.0
_ADDRESS: Final = frozenset({Field.STREET, Field.POSTAL_CODE})
_AGREES: Final = frozenset({EXACT, "sound", "near", "part"})
Frequency = Callable[[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The facts of `weights.json`: bits by field and level, and how common names are."""

    made: str
    match: Mapping[str, float]
    levels: Mapping[str, Mapping[str, float]]
    common: Mapping[str, Mapping[str, float]]
    rare: Mapping[str, float]


@cache
def weights() -> Weights:
    """Return the weights that come with the service, read once."""
    raw = (files(__package__) / "weights.json").read_bytes()
    return msgspec.json.decode(raw, type=Weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequencies:
    """How common names are: what the index counted, on top of what is known of the country.

    `counted` is by kind (`family`, `given`) and name; `records` how many the index holds.
    """

    counted: Mapping[tuple[str, str], int]
    records: int
    known: Weights

    def of(self, kind: str, value: str) -> float:
        """Return the share of people of this name, between one in a million and one in twenty."""
        before = self.known.common[kind].get(value, self.known.rare[kind])
        seen = self.counted.get((kind, value), 0)
        share = (seen + _BELIEF * before) / (self.records + _BELIEF)
        return min(max(share, _RAREST), _MOST_COMMON)

    @property
    def prior(self) -> float:
        """The bits that speak against any one record before anything was compared."""
        return -math.log2(max(self.records, SMALLEST_INDEX))


def contributions(
    ours: Features, theirs: Features, frequencies: Frequencies
) -> tuple[Contribution, ...]:
    """Return what each field gives, and what the household tells beside."""
    found = tuple(agreements(ours, theirs))
    given = [_contribution(each, frequencies) for each in found]
    beside = _household(found, ours, theirs)
    return (*given, *(() if beside is None else (beside,)))


def probability(bits: float, prior: float) -> float:
    """Return how probable it is that two records are of one person, 0 to 1."""
    against = max(-200.0, min(200.0, -(bits + prior)))
    return 1.0 / (1.0 + math.pow(2.0, against))


def _contribution(found: Agreement, frequencies: Frequencies) -> Contribution:
    known = frequencies.known
    if found.level == EXACT and found.field in (Field.FAMILY, Field.GIVEN):
        share = frequencies.of(found.field, found.value)
        bits = math.log2(known.match[found.field] / share)
    else:
        bits = known.levels[found.field][found.level]
    return Contribution(
        field=found.field, level=found.level, weight=bits, ours=found.ours, theirs=found.theirs
    )


def _household(found: Sequence[Agreement], ours: Features, theirs: Features) -> Contribution | None:
    """Return what speaks for another member of the same household, or for a twin.

    People who live together share family name and address, twins the birth date, too: these
    agreements do not add up as if they were independent.
    """
    levels: dict[Any, str] = {each.field: each.level for each in found}
    if levels.get(Field.GIVEN) not in {"different", "similar"}:
        return None
    family = levels.get(Field.FAMILY) in _AGREES
    if levels.get(Field.BIRTH_DATE) in {"different", "two-digits"} and any(
        levels.get(field) in _AGREES for field in _ADDRESS
    ):
        return Contribution(field=Field.HOUSEHOLD, level="another-member", weight=_ANOTHER_MEMBER)
    if levels.get(Field.BIRTH_DATE) == EXACT and family and (ours.twin or theirs.twin):
        return Contribution(field=Field.HOUSEHOLD, level="twin", weight=_TWIN)
    return None
