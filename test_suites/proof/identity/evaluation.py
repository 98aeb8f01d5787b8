"""Precision and recall of `$match`, asked record by record as a caller would; judges no weights."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Final

from reference_server.kernel.store import Store
from reference_server.population.country.mistakes import KINDS, Duplicate, duplicate
from reference_server.population.country.people import inhabitants
from reference_server.services.patients.model.comparison import Comparison, Hold, Zone
from reference_server.services.patients.operations.match import match
from test_suites.proof.identity.febrl import Labelled
from test_suites.proof.identity.index import fill, number_of, open_index, person_of

ALL: Final = "all"
NOTHING: Final = "no change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What came of one set or kind: true pairs, and those found and wrongly found by zone.

    `truth` pairs are to be found. `certain` and `possible` were found rightly, the `false_` ones
    wrongly.
    """

    name: str
    truth: int
    certain: int
    possible: int
    false_certain: int
    false_possible: int

    @property
    def recall(self) -> float:
        """The share of the truth that was found in either zone."""
        return (self.certain + self.possible) / self.truth if self.truth else 1.0

    @property
    def precision(self) -> float:
        """The share of what was found in either zone that is true."""
        found = self.certain + self.possible
        wrong = self.false_certain + self.false_possible
        return found / (found + wrong) if found + wrong else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)

    @property
    def certain_recall(self) -> float:
        """The share of the truth that is certain."""
        return self.certain / self.truth if self.truth else 1.0

    @property
    def certain_precision(self) -> float:
        """The share of what is certain that is true."""
        found = self.certain + self.false_certain
        return self.certain / found if found else 1.0

    def as_json(self) -> dict[str, str | int | float]:
        """Return counts and shares."""
        shares = ("recall", "precision", "f1", "certain_recall", "certain_precision")
        return {**asdict(self), **{name: round(getattr(self, name), 5) for name in shares}}


def evaluate_pairs(labelled: Labelled) -> Line:
    """Keep every record of a labelled set, ask for each, and compare the pairs with the truth.

    Each record is a person of its own here, so that doubles of one person hold each other back as
    *several*; a pair that nothing else holds back counts as certain.
    """
    zones: dict[tuple[int, int], Zone] = {}
    with open_index(":memory:") as store:
        fill(store, labelled.records)
        with store.read() as tx:
            for position, traits in enumerate(labelled.records):
                for each in match(tx, traits, but_person=person_of(position)):
                    other = number_of(each.person)
                    pair = (min(position, other), max(position, other))
                    if zones.get(pair) is not Zone.CERTAIN:
                        zones[pair] = _alone(each.comparison)
    counted = Counter((zone, pair in labelled.truth) for pair, zone in zones.items())
    return _line(labelled.name, len(labelled.truth), counted)


def _alone(comparison: Comparison) -> Zone:
    held_as_one_of_several = comparison.holds == (Hold.SEVERAL,)
    return Zone.CERTAIN if held_as_one_of_several else comparison.zone


def evaluate_population(*, size: int, sought: int, seed: int) -> tuple[Line, ...]:
    """Ask for `sought` faulty records of people of the country, of each kind and drawn.

    The first line is of records with the changes that come together by themselves; then one for
    each kind of change alone, and one for none. All without the national number.
    """
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    people = list(inhabitants(size, seed=seed))
    some = [people[int(random.random() * size)] for _ in range(sought)]
    with open_index(":memory:") as store:
        fill(store, (each.traits for each in people))
        drawn = [duplicate(each, random) for each in some]
        lines = [_ask(store, ALL, (_unnumbered(each) for each in drawn))]
        few = some[: max(1, sought // 5)]
        for kind in KINDS:
            made = (duplicate(each, random, kinds=(kind,)) for each in few)
            lines.append(_ask(store, kind, (_unnumbered(each) for each in made if each.kinds)))
        made = (duplicate(each, random, kinds=()) for each in few)
        lines.append(_ask(store, NOTHING, (_unnumbered(each) for each in made)))
    return tuple(lines)


def _ask(store: Store, name: str, sought: Iterable[Duplicate]) -> Line:
    counted: Counter[tuple[Zone, bool]] = Counter()
    total = 0
    with store.read() as tx:
        for each in sought:
            total += 1
            for found in match(tx, each.traits):
                counted[found.comparison.zone, number_of(found.person) == each.person] += 1
    return _line(name, total, counted)


def _unnumbered(made: Duplicate) -> Duplicate:
    return replace(made, traits=replace(made.traits, identifiers=()))


def _line(name: str, truth: int, counted: Counter[tuple[Zone, bool]]) -> Line:
    return Line(
        name=name,
        truth=truth,
        certain=counted[Zone.CERTAIN, True],
        possible=counted[Zone.POSSIBLE, True],
        false_certain=counted[Zone.CERTAIN, False],
        false_possible=counted[Zone.POSSIBLE, False],
    )


def worst(lines: Sequence[Line]) -> int:
    """Return how many certain matches were false: the number that must be zero."""
    return sum(each.false_certain for each in lines)
