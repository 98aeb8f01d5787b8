"""Fellegi-Sunter: what each agreement is worth in bits, their sum, and how probable it makes it.

Source: I. P. Fellegi, A. B. Sunter, "A Theory for Record Linkage", JASA 64 (1969). A level is
worth log2(m/u); where names are equal, u is how often that name occurs, in this index and in the
country. The prior is one in as many records as the index holds. Pure.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Final

import msgspec

from reference_server.services.patients.model.comparison import Contribution, Field
from reference_server.services.patients.rules.matching.compare import EXACT, Agreement
from reference_server.services.patients.rules.matching.features import Features

SMALLEST_INDEX: Final = 2000
"""An index of a few records is no country: the prior never takes it for smaller than this."""

_BELIEF: Final = 2000.0
_RAREST, _MOST_COMMON = 1e-6, 0.05
_ANOTHER_MEMBER: Final = -16.0
_TWIN: Final = -20.0
_NAMES: Final = (Field.FAMILY, Field.GIVEN)
_PLACE: Final = (Field.STREET, Field.POSTAL_CODE, Field.CITY)
_AGREES: Final = (EXACT, "sound", "near", "part")
_SAME_FAMILY: Final = frozenset(f"{Field.FAMILY}/{level}" for level in _AGREES)
_SAME_ADDRESS: Final = frozenset(
    f"{field}/{level}" for field in (Field.STREET, Field.POSTAL_CODE) for level in _AGREES
)
_OTHER_GIVEN: Final = frozenset(f"{Field.GIVEN}/{level}" for level in ("different", "similar"))
_SAME_BIRTH: Final = f"{Field.BIRTH_DATE}/{EXACT}"
_OTHER_BIRTH: Final = frozenset(
    f"{Field.BIRTH_DATE}/{level}" for level in ("different", "two-digits")
)
Frequency = Callable[[str, str], float]


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The facts of `weights.json`: bits by field and level, and how common names are."""

    made: str
    match: Mapping[str, float]
    levels: Mapping[str, Mapping[str, float]]
    common: Mapping[str, Mapping[str, float]]
    rare: Mapping[str, float]

    @cached_property
    def flat(self) -> Mapping[str, float]:
        """Bits by `field/level`; equal names are missing, they follow how common the name is."""
        return {
            f"{field}/{level}": bits
            for field, levels in self.levels.items()
            for level, bits in levels.items()
            if level != EXACT or field not in (Field.FAMILY, Field.GIVEN)
        }

    @cached_property
    def alike(self) -> Mapping[str, float]:
        """The most bits of names that are neither equal nor exchanged, by field; at least 0."""
        return {field: _most_but(self.levels[field], "exchanged") for field in _NAMES}

    @cached_property
    def exchanged(self) -> float:
        """The bits of names that were exchanged."""
        return sum(self.levels[field]["exchanged"] for field in _NAMES)

    @cached_property
    def place(self) -> float:
        """The most bits that street, postal code and city can give together."""
        return sum(max(self.levels[field].values()) for field in _PLACE)


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
        if " " in value:  # equal only when written otherwise; such forms are not counted
            return max(self.known.rare[kind], _RAREST)
        before = self.known.common[kind].get(value, self.known.rare[kind])
        seen = self.counted.get((kind, value), 0)
        share = (seen + _BELIEF * before) / (self.records + _BELIEF)
        return min(max(share, _RAREST), _MOST_COMMON)

    @property
    def prior(self) -> float:
        """The bits that speak against any one record before anything was compared."""
        return -math.log2(max(self.records, SMALLEST_INDEX))


def contributions(
    found: Sequence[Agreement], ours: Features, theirs: Features, frequencies: Frequencies
) -> tuple[Contribution, ...]:
    """Return what each agreement gives, and what the household tells beside."""
    given = [_contribution(each, frequencies) for each in found]
    beside = _household(found, ours, theirs)
    return (*given, *(() if beside is None else (beside,)))


def bits_of(
    found: Sequence[Agreement], ours: Features, theirs: Features, frequencies: Frequencies
) -> float:
    """Return the sum of what `contributions` gives, without telling it field by field."""
    levels = frequencies.known.flat
    total = 0.0
    for each in found:
        known = levels.get(each.key)
        total += _bits(each, frequencies) if known is None else known
    beside = _household(found, ours, theirs)
    return total if beside is None else total + beside.weight


@dataclass(frozen=True, slots=True)
class MostByNames:
    """The most bits that names can give whoever is compared with one record.

    By whether family names are equal, and given names: `bits[family][given]`.
    """

    bits: tuple[tuple[float, float], tuple[float, float]]


def most_by_names(ours: Features, frequencies: Frequencies) -> MostByNames:
    """Return the most bits that names can give, whoever is compared with `ours`."""
    known, written_otherwise = frequencies.known, "a b"
    equal = dict.fromkeys(_NAMES, 0.0)
    values = [(Field.FAMILY, "".join(family)) for family in ours.families]
    values += [(Field.GIVEN, given) for given in ours.given[:1]]
    values += [(field, written_otherwise) for field in equal]
    for field, value in values:
        bits = math.log2(known.match[field] / frequencies.of(field, value))
        equal[field] = max(equal[field], bits)
    alike, (family, given) = known.alike, _NAMES
    neither = max(alike[family] + alike[given], known.exchanged)
    return MostByNames(
        (
            (neither, alike[family] + equal[given]),
            (equal[family] + alike[given], equal[family] + equal[given]),
        )
    )


def _most_but(levels: Mapping[str, float], without: str) -> float:
    """Return the most bits of a level that is neither `without` nor equality; nothing gives 0."""
    return max(0.0, *(bits for level, bits in levels.items() if level not in (without, EXACT)))


def probability(bits: float) -> float:
    """Return how probable it is that two records are of one person, 0 to 1.

    `bits` are all that speaks for it, the prior among them.
    """
    against = max(-200.0, min(200.0, -bits))
    return 1.0 / (1.0 + math.pow(2.0, against))


def _contribution(found: Agreement, frequencies: Frequencies) -> Contribution:
    return Contribution(
        field=found.field,
        level=found.level,
        weight=_bits(found, frequencies),
        ours=found.ours,
        theirs=found.theirs,
    )


def _bits(found: Agreement, frequencies: Frequencies) -> float:
    known = frequencies.known
    if found.level == EXACT and found.field in (Field.FAMILY, Field.GIVEN):
        share = frequencies.of(found.field, found.value)
        return math.log2(known.match[found.field] / share)
    return known.levels[found.field][found.level]


def _household(found: Sequence[Agreement], ours: Features, theirs: Features) -> Contribution | None:
    """Return what speaks for another member of the same household, or for a twin.

    People who live together share family name and address, twins the birth date, too: these
    agreements do not add up as if they were independent.
    """
    keys = {each.key for each in found}
    if keys.isdisjoint(_OTHER_GIVEN):
        return None
    if not keys.isdisjoint(_OTHER_BIRTH) and not keys.isdisjoint(_SAME_ADDRESS):
        return Contribution(field=Field.HOUSEHOLD, level="another-member", weight=_ANOTHER_MEMBER)
    same = _SAME_BIRTH in keys and not keys.isdisjoint(_SAME_FAMILY)
    if same and (ours.twin or theirs.twin):
        return Contribution(field=Field.HOUSEHOLD, level="twin", weight=_TWIN)
    return None
