"""Names and places of the synthetic country, ready to be drawn by weight; draws nothing itself."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Any, Final, Generic, TypeVar

import yaml

T = TypeVar("T")
_HEAD: Final = 8.0
"""Ranks are counted from here: the first name is not twice as common as the second."""

_TAIL: Final = 0.22
"""Share of people whose family name is one of the rare ones."""


class Draw(Generic[T]):
    """Values drawn by weight, quickly."""

    def __init__(self, values: Sequence[T], weights: Sequence[float]) -> None:
        self.values = tuple(values)
        self._sums = tuple(accumulate(weights))

    @classmethod
    def ranked(cls, values: Sequence[T]) -> "Draw[T]":
        """Make one whose first values are the most common."""
        return cls(values, [1.0 / (rank + _HEAD) for rank in range(len(values))])

    def one(self, random: Random) -> T:
        """Draw a value."""
        at = bisect(self._sums, random.random() * self._sums[-1])
        return self.values[min(at, len(self.values) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """Whose names are alike. `double` is how often somebody has two family names."""

    name: str
    family: Draw[str]
    rare: Draw[str]
    women: Draw[str]
    men: Draw[str]
    double: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A town, its country and the beginnings of its postal codes; whole ones abroad."""

    name: str
    country: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """Everything that is drawn from."""

    communities: Draw[Community]
    home: Draw[Place]
    abroad: Draw[Place]
    streets: dict[str, tuple[str, ...]]


@cache
def country() -> Country:
    """Return the country, read once."""
    names, places = _read("names.yaml"), _read("places.yaml")
    told = names["communities"]
    home = [
        (Place(name=name, country="LU", codes=tuple(codes)), weight)
        for name, (codes, weight) in places["communes"].items()
    ]
    abroad = [
        (Place(name=name, country=code, codes=(postal,)), weight)
        for code, towns in places["abroad"].items()
        for name, (postal, weight) in towns.items()
    ]
    return Country(
        communities=Draw(
            [_community(name, each) for name, each in told.items()],
            [each["share"] for each in told.values()],
        ),
        home=Draw([place for place, _ in home], [weight for _, weight in home]),
        abroad=Draw([place for place, _ in abroad], [weight for _, weight in abroad]),
        streets={code: tuple(streets) for code, streets in places["streets"].items()},
    )


def is_rare(random: Random) -> bool:
    """Tell whether the next family name comes from the long tail."""
    return random.random() < _TAIL


def _community(name: str, told: dict[str, Any]) -> Community:
    roots, ends = told["roots"].split(), told["endings"].split()
    stems = (*roots, *(f"{one}{two.lower()}" for one in roots for two in roots if one != two))
    rare = [f"{stem}{end}" for stem in stems for end in ends]
    return Community(
        name=name,
        family=Draw.ranked(_names(told["family"])),
        rare=Draw(rare, [1.0] * len(rare)),
        women=Draw.ranked(_names(told["women"])),
        men=Draw.ranked(_names(told["men"])),
        double=told.get("double", 0.02),
    )


def _names(text: str) -> tuple[str, ...]:
    """Return names; a low line stands for a blank inside one."""
    return tuple(dict.fromkeys(name.replace("_", " ") for name in text.split()))


def _read(name: str) -> dict[str, Any]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read
