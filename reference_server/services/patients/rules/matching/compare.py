"""How two records agree, field by field, as levels without weights; pure.

A level is a word such as `exact` or `near`. What a level is worth stands in `weights.json`, which
is estimated; nothing here decides. Fields that one side lacks give nothing.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import product
from sys import intern
from typing import Any, Final, NamedTuple

from rapidfuzz.distance import OSA, Hamming, JaroWinkler

from reference_server.services.patients.model.comparison import Field
from reference_server.services.patients.rules.matching.features import Features
from reference_server.services.patients.rules.matching.nicknames import same_person_name
from reference_server.services.patients.rules.matching.normal import sound

EXACT: Final = "exact"
_VERY_NEAR, _NEAR, _SIMILAR = 0.94, 0.88, 0.80
_LONG: Final = 5
_SHORTEST_INSIDE: Final = 4
_FAR: Final = 3
"""More slips of the hand than make two words near."""
_PAIRS: Final = 16_384
"""How many pairs of values each comparison remembers: candidates share streets, cities, names."""


class Agreement(NamedTuple):
    """One field's level; `value` is what is equal, where its frequency matters.

    `key` is field and level in one word, by which the weight is found.
    """

    field: Field
    level: str
    ours: str = ""
    theirs: str = ""
    value: str = ""
    key: str = ""


def agreements(ours: Features, theirs: Features) -> list[Agreement]:
    """Return the agreement of every field that both sides tell, names first."""
    return [*names(ours, theirs), *beside_names(ours, theirs)]


def beside_names(ours: Features, theirs: Features) -> list[Agreement]:
    """Return the agreement of every field but names: names cost as much as all the others."""
    return [
        compared(ours[at], theirs[at]) for at, compared in _BESIDE_NAMES if ours[at] and theirs[at]
    ]


def keys_beside_place(ours: Features, theirs: Features) -> list[str]:
    """Return the keys of what `beside_names` finds but place and number; makes no agreement.

    What was compared is remembered, so that the whole comparison afterwards costs little more.
    """
    return [best(ours[at], theirs[at])[0] for at, best in _BESIDE_PLACE if ours[at] and theirs[at]]


def keys_of_place(ours: Features, theirs: Features) -> list[str]:
    """Return the keys of what `beside_names` finds of place and number; makes no agreement."""
    return [best(ours[at], theirs[at])[0] for at, best in _OF_PLACE if ours[at] and theirs[at]]


def same_family(ours: Features, theirs: Features) -> bool:
    """Tell whether `names` would find family names equal, without comparing any that are not."""
    for one in ours.families:
        for two in theirs.families:
            if one == two or "".join(one) == "".join(two):
                return True
            if len(one) == len(two) > 1 and sorted(one) == sorted(two):
                return True
    return False


def same_given(ours: Features, theirs: Features) -> bool:
    """Tell whether `names` would find given names equal."""
    one, two = ours.given, theirs.given
    return bool(one and two) and (one[0] == two[0] or "".join(one) == "".join(two))


_ORDER: Final = (EXACT, "near", "similar", "different")
_BIRTH_ORDER: Final = (
    *(EXACT, "day-month", "digit", "partial"),
    *("two-parts", "two-digits", "different"),
)
_STREET_ORDER: Final = (EXACT, "near", "street", "house", "different")
_NAME_ORDER: Final = (EXACT, "sound", "near", "part", "similar", "different")
_SAME_NAME: Final = frozenset({EXACT, "sound", "near"})
_GIVEN_ORDER: Final = (
    EXACT,
    "nickname",
    "sound",
    "near",
    "part",
    "initial",
    "similar",
    "different",
)


def names(ours: Features, theirs: Features) -> list[Agreement]:
    """Compare family and given names as they stand; exchanged where that fits clearly better."""
    family = _family(ours.families, theirs.families)
    given = _given(ours.given, theirs.given)
    straight: tuple[Agreement | None, ...] = (family, given)
    if _is_poor(family, _NAME_ORDER) and _is_poor(given, _GIVEN_ORDER):
        exchanged = _exchanged(ours, theirs)
        if exchanged is not None:
            straight = exchanged
    return [each for each in straight if each is not None]


def _is_poor(found: Agreement | None, order: Sequence[str]) -> bool:
    return found is None or found.level in order[-2:]


def _exchanged(ours: Features, theirs: Features) -> tuple[Agreement, ...] | None:
    """Compare our family name with their given name and the other way round."""
    if not (ours.families or ours.given) or not (theirs.families or theirs.given):
        return None
    one = _family(ours.families, (theirs.given,) if theirs.given else ())
    if one is not None and one.level not in _SAME_NAME:
        return None
    two = _family((ours.given,) if ours.given else (), theirs.families)
    found = [each for each in (one, two) if each is not None]
    if not found or any(each.level not in _SAME_NAME for each in found):
        return None
    fields = (Field.FAMILY, Field.GIVEN)
    return tuple(
        _agreement(field, "exchanged", (each.ours, each.theirs), each.value)
        for field, each in zip(fields, found, strict=False)
    )


@lru_cache(maxsize=_PAIRS)
def _family(
    ours: tuple[tuple[str, ...], ...], theirs: tuple[tuple[str, ...], ...]
) -> Agreement | None:
    """Return the best agreement among the names at birth and in use.

    Of several that are equal the first in the alphabet counts: from either side the same one.
    """
    if not ours or not theirs:
        return None
    found = [(*_family_level(one, two), one, two) for one, two in product(ours, theirs)]
    level, value, one, two = min(found, key=lambda each: (_NAME_ORDER.index(each[0]), each[1]))
    return _agreement(Field.FAMILY, level, (" ".join(one), " ".join(two)), value)


def _family_level(one: tuple[str, ...], two: tuple[str, ...]) -> tuple[str, str]:
    whole, other = "".join(one), "".join(two)
    if whole == other:
        return EXACT, whole
    if len(one) == len(two) > 1 and sorted(one) == sorted(two):
        return EXACT, " ".join(sorted(one))  # is counted nowhere: from either side as rare
    if sound(whole) == sound(other):
        return "sound", whole
    level = _near(whole, other)
    if level == "near":
        return level, whole
    if _is_part(one, two):
        return "part", min(whole, other, key=len)
    return level, ""


def _is_part(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    """Tell whether a compound name and one of its parts meet: Schmit-Reuter and Schmit."""
    if not one or not two or len(one) == len(two) == 1:
        return False
    return any(
        a == b or (min(len(a), len(b)) >= _LONG and _alike(a, b) >= _VERY_NEAR)
        for a, b in product(one, two)
    )


@lru_cache(maxsize=_PAIRS)
def _given(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Agreement | None:
    if not ours or not theirs:
        return None
    level, value = _given_level(ours, theirs)
    return _agreement(Field.GIVEN, level, (" ".join(ours), " ".join(theirs)), value)


def _given_level(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, str]:
    """Compare the first given names, then what a register makes of several."""
    one, two = ours[0], theirs[0]
    if one == two:
        return EXACT, one
    joined = "".join(ours)
    if joined == "".join(theirs):
        return EXACT, f"{joined} "  # is counted nowhere: from either side as rare
    if same_person_name(one, two):
        return "nickname", ""
    if sound(one) == sound(two) and one[0] == two[0]:
        return "sound", ""
    level = _near(one, two)
    if level != "near":
        if one in theirs or two in ours:
            level = "part"
        elif 1 in {len(one), len(two)} and one[0] == two[0]:
            level = "initial"
    return level, ""


def _alike(one: str, two: str) -> float:
    """Return how alike two texts are, 0 to 1; in one order, as Jaro's measure hangs on it."""
    return JaroWinkler.similarity(one, two) if one <= two else JaroWinkler.similarity(two, one)


def _near(one: str, two: str) -> str:
    """Tell near (a slip of the hand), similar, or different."""
    shortest = min(len(one), len(two))
    slips = OSA.distance(one, two, score_cutoff=2) if shortest >= _SHORTEST_INSIDE else _FAR
    if slips <= 1:
        return "near"
    alike = _alike(one, two)
    if alike >= _VERY_NEAR and shortest >= _SHORTEST_INSIDE:
        return "near"
    if slips < _FAR and shortest >= _LONG:
        return "near" if alike >= _NEAR else "similar"
    return "similar" if alike >= _SIMILAR else "different"


def birth_level(one: str, two: str) -> str:
    """Compare two dates `YYYYMMDD`; zeros stand for what is unknown."""
    if one == two:
        return EXACT
    month, other_month, day, other_day = one[4:6], two[4:6], one[6:], two[6:]
    if "00" in (month, other_month, day, other_day):
        return _partial(one, two)
    same_year = one[:4] == two[:4]
    if same_year and month == other_day and day == other_month:
        return "day-month"
    if OSA.distance(one, two, score_cutoff=1) <= 1:
        return "digit"
    if same_year + (month == other_month) + (day == other_day) == 2:  # noqa: PLR2004 - of three
        return "two-parts"
    return "two-digits" if Hamming.distance(one, two) <= 2 else "different"  # noqa: PLR2004 - digits


def _partial(one: str, two: str) -> str:
    if one[:4] != two[:4]:
        return "different"
    months = {one[4:6], two[4:6]} - {"00"}
    return "partial" if len(months) < 2 else "different"  # noqa: PLR2004 - two months differ


def _equal(one: str, two: str) -> str:
    return EXACT if one == two else "different"


def _text_level(one: str, two: str) -> str:
    if one == two:
        return EXACT
    level = _near(one, two)
    if level == "different" and min(len(one), len(two)) >= _LONG and (one in two or two in one):
        return "similar"
    return level


def _code_level(one: str, two: str) -> str:
    if one == two:
        return EXACT
    return "near" if OSA.distance(one, two, score_cutoff=1) <= 1 else "different"


def _street_level(one: tuple[str, str], two: tuple[str, str]) -> str:
    named = _text_level(one[0], two[0]) if one[0] and two[0] else "different"
    house = bool(one[1]) and one[1] == two[1]
    if named == EXACT:
        return EXACT if house or not (one[1] and two[1]) else "street"
    if named in {"near", "similar"}:
        return "near" if house else "street"
    return "house" if house else "different"


def _agreement(field: Field, level: str, told: tuple[str, str], value: str) -> Agreement:
    ours, theirs = told
    return Agreement(field, level, ours, theirs, value, _key(field, level))


@cache
def _key(field: Field, level: str) -> str:
    return intern(f"{field}/{level}")


class _Field:
    """Compares one field; the best of several values counts. It remembers what it compared."""

    def __init__(
        self, field: Field, level: Callable[[Any, Any], str], order: Sequence[str], *, many: bool
    ) -> None:
        ranks = {each: rank for rank, each in enumerate(order)}
        keys = {each: _key(field, each) for each in order}

        @lru_cache(maxsize=_PAIRS)
        def best(ours: Any, theirs: Any) -> tuple[str, str, Any, Any]:  # noqa: ANN401 - a field's values
            """Return key and level, and the two values that reach it."""
            if many and len(ours) == len(theirs) == 1:
                (one,), (two,) = ours, theirs
                reached = level(one, two)
                return keys[reached], reached, one, two
            if not many:
                reached = level(ours, theirs)
                return keys[reached], reached, ours, theirs
            found = min(
                [(ranks[level(one, two)], place, one, two)
                 for place, (one, two) in enumerate(product(ours, theirs))]
            )  # fmt: skip
            reached = order[found[0]]
            return keys[reached], reached, found[2], found[3]

        self._field, self.best = field, best

    def __call__(self, ours: Any, theirs: Any) -> Agreement:  # noqa: ANN401 - a field's values
        key, level, one, two = self.best(ours, theirs)
        if not isinstance(one, str):
            one, two = " ".join(one), " ".join(two)
        return Agreement(self._field, level, one, two, one if level == EXACT else "", key)


def _mother_level(one: tuple[str, ...], two: tuple[str, ...]) -> str:
    return _text_level("".join(one), "".join(two))


_PLACE: Final = {
    "streets": _Field(Field.STREET, _street_level, _STREET_ORDER, many=True),
    "postal_codes": _Field(Field.POSTAL_CODE, _code_level, _ORDER, many=True),
    "cities": _Field(Field.CITY, _text_level, _ORDER, many=True),
    "matricules": _Field(Field.MATRICULE, _code_level, _ORDER, many=True),
}
_FIELDS: Final = {
    "birth": _Field(Field.BIRTH_DATE, birth_level, _BIRTH_ORDER, many=False),
    "sex": _Field(Field.SEX, _equal, _ORDER, many=False),
    **_PLACE,
    "telecom": _Field(Field.TELECOM, _code_level, _ORDER, many=True),
    "mother": _Field(Field.MOTHER, _mother_level, _ORDER, many=False),
    "birth_place": _Field(Field.BIRTH_PLACE, _text_level, _ORDER, many=False),
}
"""How each feature but names is compared, in the order in which it is told."""
_AT: Final = {name: position for position, name in enumerate(Features._fields)}
_BESIDE_NAMES: Final = [(_AT[name], compared) for name, compared in _FIELDS.items()]
_BESIDE_PLACE: Final = [(_AT[n], each.best) for n, each in _FIELDS.items() if n not in _PLACE]
_OF_PLACE: Final = [(_AT[n], each.best) for n, each in _PLACE.items()]
