"""Estimates the weights of matching from the synthetic country; knows no index.

m of each level comes from expectation maximisation (Fellegi-Sunter with conditional independence)
on the pairs that blocking finds between people and their faulty records, the truth unseen; u from
pairs drawn by chance. What a
household shares is not independent: pairs that look like two of its members are left out here, and
the score has a rule of its own for them.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Final

from reference_server.population.country.mistakes import duplicate
from reference_server.population.country.people import inhabitants
from reference_server.services.patients.model.comparison import Field
from reference_server.services.patients.rules.matching.compare import EXACT, agreements
from reference_server.services.patients.rules.matching.features import Features, features
from reference_server.services.patients.rules.matching.keys import kept_keys, passes
from reference_server.services.patients.rules.matching.score import Weights, weights

MOST: Final = {Field.TELECOM: 12.0}
"""A household shares a phone; u of pairs by chance does not know."""

GIVEN: Final[Mapping[str, Mapping[str, float]]] = {
    Field.MATRICULE: {EXACT: 30.0, "near": 6.0, "different": -20.0}
}
"""A number that one person alone has cannot be counted in a sample: these are set by hand."""

_MOST_EXACT, _MOST_OTHER, _LEAST = 15.0, 9.0, -9.0
_RARE_AGREEMENT: Final = 0.004
_BLOCK: Final = 200
_ROUNDS: Final = 30
_NAMES: Final = (Field.FAMILY, Field.GIVEN)
_COMMON: Final = 400

Pattern = tuple[tuple[str, str], ...]
Table = dict[str, dict[str, float]]


def estimate(*, size: int, seed: int, random_pairs: int) -> Weights:
    """Return the weights; `size` people, a fifth of them with a faulty record."""
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    people = list(inhabitants(size, seed=seed))
    kept = [features(each.traits) for each in people]
    faulty = [
        features(duplicate(each, random).traits)
        for each in people
        if random.random() < 0.2  # noqa: PLR2004 - a fifth
    ]
    blocked = Counter(p for p in _patterns(_blocked(kept, faulty)) if not _is_household(p))
    by_chance = Counter(_patterns(_by_chance(kept, faulty, random, random_pairs)))
    m = _expectation_maximisation(blocked)
    u = _shares(by_chance)
    return Weights(
        made=(
            f"equalis identity estimate --size {size} --seed {seed}: EM on {blocked.total()}"
            f" blocked pairs, u from {by_chance.total()} pairs by chance"
        ),
        match={field: round(m[field].get(EXACT, 0.5), 4) for field in _NAMES},
        levels=_levels(m, u, least=0.5 / by_chance.total()),
        common=_common(kept),
        rare={"family": 0.00002, "given": 0.0004},
    )


def _levels(m: Table, u: Table, *, least: float) -> dict[str, dict[str, float]]:
    """Return the bits of every level that the weights know; `least` is the smallest u believed."""
    told: dict[str, dict[str, float]] = {}
    for field, levels in weights().levels.items():
        told[field] = dict(GIVEN.get(field, {}))
        for level in () if told[field] else levels:
            one = max(m.get(field, {}).get(level, 0.0), _RARE_AGREEMENT)
            other = max(u.get(field, {}).get(level, 0.0), least)
            bits = math.log2(one / other)
            most = MOST.get(Field(field), _MOST_EXACT if level == EXACT else _MOST_OTHER)
            told[field][level] = round(min(most, max(_LEAST, bits)), 2)
    return told


def _blocked(
    kept: Sequence[Features], faulty: Sequence[Features]
) -> Iterator[tuple[Features, Features]]:
    index: dict[int, list[int]] = defaultdict(list)
    for number, found in enumerate(kept):
        for key in kept_keys(found):
            index[key].append(number)
    for found in faulty:
        near: set[int] = set()
        for key in passes(found):
            under = index.get(key, ())
            if len(under) <= _BLOCK:
                near.update(under)
        yield from ((found, kept[number]) for number in sorted(near))


def _by_chance(
    kept: Sequence[Features], faulty: Sequence[Features], random: Random, count: int
) -> Iterator[tuple[Features, Features]]:
    for _ in range(count):
        yield (
            faulty[int(random.random() * len(faulty))],
            kept[int(random.random() * len(kept))],
        )


def _patterns(pairs: Iterable[tuple[Features, Features]]) -> Iterator[Pattern]:
    for one, two in pairs:
        yield tuple((each.field.value, each.level) for each in agreements(one, two))


def _is_household(pattern: Pattern) -> bool:
    """Tell whether a pattern is another member of the household's: the score has its own rule."""
    levels = dict(pattern)
    return levels.get(Field.GIVEN) in {"different", "similar"} and levels.get(Field.BIRTH_DATE) in {
        "different",
        "two-digits",
        "two-parts",
        "digit",
        "partial",
    }


def _shares(counted: Mapping[Pattern, float]) -> Table:
    """Return how often each level stands among the patterns that tell its field."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for pattern, times in counted.items():
        for field, level in pattern:
            sums[field][level] += times
    return {
        field: {level: times / sum(levels.values()) for level, times in levels.items()}
        for field, levels in sums.items()
    }


def _expectation_maximisation(counted: Mapping[Pattern, int]) -> Table:
    """Return m; begins with the weights in force, which tell the two classes apart well enough."""
    believed = {pattern: _first_belief(pattern) for pattern in counted}
    m: Table = {}
    for _ in range(_ROUNDS):
        m = _shares({p: n * believed[p] for p, n in counted.items()})
        u = _shares({p: n * (1 - believed[p]) for p, n in counted.items()})
        share = sum(n * believed[p] for p, n in counted.items()) / sum(counted.values())
        believed = {pattern: _belief(pattern, m, u, share) for pattern in counted}
    return m


def _first_belief(pattern: Pattern) -> float:
    known = weights()
    bits = sum(known.levels[field].get(level, 8.0) for field, level in pattern) - 16.0
    return 1 / (1 + math.pow(2.0, -max(-60.0, min(60.0, bits))))


def _belief(pattern: Pattern, m: Table, u: Table, share: float) -> float:
    bits = math.log2(share / (1 - share))
    for field, level in pattern:
        one, other = m.get(field, {}).get(level, 0.0), u.get(field, {}).get(level, 0.0)
        bits += math.log2(max(one, 1e-5) / max(other, 1e-5))
    return 1 / (1 + math.pow(2.0, -max(-60.0, min(60.0, bits))))


def _common(kept: Sequence[Features]) -> dict[str, dict[str, float]]:
    """Return how common the most common names are."""
    families = Counter("".join(name) for found in kept for name in found.families[:1])
    given = Counter(found.given[0] for found in kept if found.given)
    return {
        kind: {
            name: round(times / len(kept), 6) for name, times in sorted(names.most_common(_COMMON))
        }
        for kind, names in (("family", families), ("given", given))
    }
