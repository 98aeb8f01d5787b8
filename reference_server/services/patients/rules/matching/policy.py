"""What a score may lead to: three zones, and what forbids to link without a person looking; pure.

Two patients taken for one is the worst that can happen here, so *certain* wants more than a high
score: nothing that identifies may differ, and something beside name and birth date must speak for
it, unless the national number is the same. *Assumed*: no national text on this is public.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from reference_server.services.patients.model.comparison import (
    Comparison,
    Contribution,
    Field,
    Hold,
    Zone,
)
from reference_server.services.patients.rules.matching.compare import (
    EXACT,
    Agreement,
    agreements,
    keys_beside_place,
    keys_of_place,
    same_family,
    same_given,
)
from reference_server.services.patients.rules.matching.features import Features
from reference_server.services.patients.rules.matching.score import (
    Frequencies,
    bits_of,
    contributions,
    most_by_names,
    probability,
)

POSSIBLE_FROM: Final = 0.2
"""From here on it is worth a look: one in five is the same person."""

CERTAIN_FROM: Final = 0.9995

_POSSIBLE_BITS: Final = math.log2(POSSIBLE_FROM / (1 - POSSIBLE_FROM))
_SAME_MATRICULE: Final = f"{Field.MATRICULE}/{EXACT}"

_SUPPORT: Final = (
    Field.STREET,
    Field.POSTAL_CODE,
    Field.TELECOM,
    Field.MOTHER,
    Field.BIRTH_PLACE,
)
_SPEAKS_FOR: Final = frozenset({EXACT, "near", "sound"})
_SAME_NAME: Final = frozenset({EXACT, "sound", "near", "part", "nickname", "exchanged"})


def compare(
    ours: Features, theirs: Features, frequencies: Frequencies, *, holds: Collection[Hold] = ()
) -> Comparison:
    """Compare two records; `holds` are reasons from outside against linking them by itself."""
    found = agreements(ours, theirs)
    near = _if_near(found, (ours, theirs), frequencies, holds)
    if near is not None:
        return near
    given = contributions(found, ours, theirs, frequencies)
    bits = sum(each.weight for each in given) + frequencies.prior
    return Comparison(
        bits=bits,
        probability=probability(bits),
        zone=Zone.NO,
        contributions=_told(given, frequencies),
    )


class Question:
    """One record that many are compared with; what follows from it alone is reckoned once."""

    __slots__ = ("_frequencies", "_most", "_needed", "_ours", "_place")

    def __init__(self, ours: Features, frequencies: Frequencies) -> None:
        self._ours = ours
        self._frequencies = frequencies
        self._needed = _POSSIBLE_BITS - frequencies.prior
        self._most = most_by_names(ours, frequencies).bits
        self._place = frequencies.known.place

    def near(self, theirs: Features, *, holds: Collection[Hold] = ()) -> Comparison | None:
        """Return what `compare` does, but None for zone `no`: most candidates end here, cheaply.

        What costs more is looked at only where it can still make it possible: first all but place
        and names, then place, then names.
        """
        ours, levels = self._ours, self._frequencies.known.flat
        reached = self._needed - self._most[same_family(ours, theirs)][same_given(ours, theirs)]
        keys = keys_beside_place(ours, theirs)
        bits = sum([levels[key] for key in keys])
        if bits + self._place < reached and not (ours.matricules and theirs.matricules):
            return None
        keys = keys_of_place(ours, theirs)
        if bits + sum([levels[key] for key in keys]) < reached and _SAME_MATRICULE not in keys:
            return None
        found = agreements(ours, theirs)
        return _if_near(found, (ours, theirs), self._frequencies, holds)


def _if_near(
    found: Sequence[Agreement],
    pair: tuple[Features, Features],
    frequencies: Frequencies,
    holds: Collection[Hold],
) -> Comparison | None:
    ours, theirs = pair
    bits = bits_of(found, ours, theirs, frequencies) + frequencies.prior
    # One number in two files is for somebody to look at, however little else agrees.
    if bits < _POSSIBLE_BITS and all(each.key != _SAME_MATRICULE for each in found):
        return None
    given = contributions(found, ours, theirs, frequencies)
    against = (*holds_between(given, ours, theirs), *holds)
    likely = probability(bits)
    zone = Zone.CERTAIN if likely >= CERTAIN_FROM and not against else Zone.POSSIBLE
    return Comparison(
        bits=bits,
        probability=likely,
        zone=zone,
        contributions=_told(given, frequencies),
        holds=against,
    )


def _told(given: Sequence[Contribution], frequencies: Frequencies) -> tuple[Contribution, ...]:
    prior = Contribution(field=Field.PRIOR, level="records", weight=frequencies.prior)
    return (*given, prior)


def holds_between(
    given: Sequence[Contribution], ours: Features, theirs: Features
) -> Iterator[Hold]:
    """Give every reason in the records themselves not to link them unseen."""
    level: Mapping[Any, str] = {each.field: each.level for each in given}
    same_number = level.get(Field.MATRICULE) == EXACT
    if level.get(Field.MATRICULE) not in (None, EXACT):
        yield Hold.IDENTIFIER_CONFLICT
    if same_number:
        yield from _holds_under_one_number(level)
        return
    if level.get(Field.GIVEN) != EXACT:
        yield Hold.TWIN if ours.twin or theirs.twin else Hold.GIVEN_DIFFERS
    if level.get(Field.SEX) == "different":
        yield Hold.SEX_DIFFERS
    if level.get(Field.BIRTH_DATE) != EXACT:
        yield Hold.BIRTH_DATE_DIFFERS if Field.BIRTH_DATE in level else Hold.TOO_LITTLE
    told = [level[field] for field in _SUPPORT if field in level]
    if not any(each in _SPEAKS_FOR for each in told):
        yield Hold.HOMONYM if told else Hold.TOO_LITTLE


def _holds_under_one_number(level: Mapping[Any, str]) -> Iterator[Hold]:
    """A national number typed into the wrong file must not make one person of two."""
    names = (level.get(Field.FAMILY), level.get(Field.GIVEN))
    told = [name for name in names if name is not None]
    agreeing = sum(name in _SAME_NAME for name in told)
    born = level.get(Field.BIRTH_DATE)
    if (told and agreeing == 0) or (agreeing < len(told) and born not in (None, EXACT, "partial")):
        yield Hold.TRAITS_CONTRADICT
    elif level.get(Field.GIVEN) in {"different", "similar"}:
        yield Hold.GIVEN_DIFFERS
    elif born in {"different", "two-digits"}:
        yield Hold.BIRTH_DATE_DIFFERS
    if level.get(Field.SEX) == "different":
        yield Hold.SEX_DIFFERS
