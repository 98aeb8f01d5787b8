"""Who is born where, marries whom and moves: a country's people, alike for the same seed.

Matricules lie in the declared synthetic block. It has 100 numbers for each birth date: with one
million people there are about 30 births a day in memory, 60 on the fullest; a day that is full
passes the birth on to the next one. That holds up to `MOST` people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from reference_server.national.identifiers import MATRICULE
from reference_server.national.matricule import SYNTHETIC_BLOCK, make_matricule
from reference_server.population.country.words import Community, Country, Place, country, is_rare
from reference_server.services.patients.model.traits import (
    Address,
    Identifier,
    Sex,
    Telecom,
    Traits,
)

AS_OF: Final = date(2026, 1, 1)
"""The day on which the country is looked at: a fixed one, so that every run is alike."""

MOST: Final = 2_000_000
_OLDEST: Final = 97
_TWINS: Final = 0.017
_ABROAD: Final = 0.18
_MIXED: Final = 0.22
_MOVED: Final = 0.16
_HUSBANDS_NAME: Final = 0.38
_FATHERS_NAME: Final = 0.03
_SECOND_NAME: Final = 0.35
_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhabitant:
    """A person of the country. `number` counts from 0; `household` is shared by who lives together.

    `former` is where somebody lived before a move; None for who never moved.
    """

    number: int
    household: int
    community: str
    traits: Traits
    former: Address | None = None


@dataclass(slots=True)
class _Draft:
    """A member of a household before dates and numbers are given out."""

    sex: Sex
    born: date
    given: tuple[str, ...]
    family: str
    used: str = ""
    mother: str = ""
    twin: bool = False


class Calendar:
    """Gives out matricules: the next free number of a day, or of the days after it."""

    def __init__(self, taken: frozenset[str] = frozenset(), *, as_of: date = AS_OF) -> None:
        self._given: dict[date, int] = {}
        self._taken = taken
        self._as_of = as_of

    def number(self, born: date) -> tuple[date, str]:
        """Return the birth date, moved where its day is full, and the number."""
        while True:
            sequence = SYNTHETIC_BLOCK.start + self._given.get(born, 0)
            if sequence in SYNTHETIC_BLOCK:
                self._given[born] = sequence - SYNTHETIC_BLOCK.start + 1
                matricule = make_matricule(born, sequence=sequence)
                if matricule not in self._taken:
                    return born, matricule
            else:
                born = _ordinary(born - timedelta(days=1))


def inhabitants(
    size: int, *, seed: int, taken: frozenset[str] = frozenset()
) -> Iterator[Inhabitant]:
    """Give `size` people, household by household; `taken` are numbers that others have.

    Raises ValueError for more than `MOST` people, or fewer than one.
    """
    if not 0 < size <= MOST:
        raise ValueError(size)
    random, land, calendar = Random(seed), country(), Calendar(taken)  # noqa: S311 - repeatable on purpose
    number = household = 0
    while True:
        community, members = _household(random, land)
        place = land.abroad if random.random() < _ABROAD else land.home
        home, former = address(random, land, place.one(random)), None
        if random.random() < _MOVED:
            former = address(random, land, place.one(random))
        number_at_home = phone(random, home.country)
        for draft in members:
            if number == size:
                return
            yield Inhabitant(
                number=number,
                household=household,
                community=community.name,
                traits=_traits(random, draft, calendar, (home, number_at_home)),
                former=former,
            )
            number += 1
        household += 1


def _traits(random: Random, draft: _Draft, calendar: Calendar, home: tuple[Address, str]) -> Traits:
    """Return what is told of a person; `home` is where they live and the household's phone."""
    lives, shared = home
    born, matricule = calendar.number(draft.born)
    age = (AS_OF - born).days / _YEAR
    dead = random.random() < max(0.0, (age - 60) / 260)
    place = country().home.one(random) if random.random() < 0.55 else country().abroad.one(random)  # noqa: PLR2004 - share born here
    return Traits(
        birth_family=draft.family,
        used_family=draft.used,
        given=draft.given,
        sex=draft.sex,
        birth_date=born.isoformat(),
        birth_place=place.name,
        birth_country=place.country,
        addresses=(lives,),
        telecom=_telecom(random, draft, shared, lives.country),
        mothers_maiden_name=draft.mother,
        multiple_birth=draft.twin,
        deceased=dead,
        deceased_on="",
        identifiers=(Identifier(system=MATRICULE, value=matricule),),
    )


def _household(random: Random, land: Country) -> tuple[Community, list[_Draft]]:
    """Draw who lives together: alone, a couple, a family, one parent, three generations."""
    community = land.communities.one(random)
    kind = random.random()
    age = min(_OLDEST, 19 + random.betavariate(1.5, 2.2) * 80)
    first = _adult(random, community, age, Sex.MALE if random.random() < 0.5 else Sex.FEMALE)  # noqa: PLR2004 - half
    if kind < 0.34:  # noqa: PLR2004 - share of households of one
        return community, [first]
    if kind < 0.42 and age < 60:  # noqa: PLR2004 - share of single parents
        return community, [first, *_children(random, community, (first,), age)]
    other = land.communities.one(random) if random.random() < _MIXED else community
    sex = Sex.FEMALE if first.sex is Sex.MALE else Sex.MALE
    second = _adult(random, other, max(19.0, min(_OLDEST, random.gauss(age, 4))), sex)
    wife, husband = (first, second) if first.sex is Sex.FEMALE else (second, first)
    if random.random() < _HUSBANDS_NAME:
        wife.used = husband.family
    couple = [first, second]
    if kind < 0.66 or age > 66:  # noqa: PLR2004 - share of couples without children at home
        return community, couple
    return community, [*couple, *_children(random, community, (wife, husband), min(age, 55))]


def _adult(random: Random, community: Community, age: float, sex: Sex) -> _Draft:
    return _Draft(
        sex=sex,
        born=_born(random, age),
        given=_given(random, community, sex),
        family=_family(random, community),
        mother=_family(random, community),
    )


def _children(
    random: Random, community: Community, parents: tuple[_Draft, ...], age: float
) -> list[_Draft]:
    """Draw the children at home: the family name of one parent or of both, now and then twins."""
    mother = next((each for each in parents if each.sex is Sex.FEMALE), None)
    father = next((each for each in parents if each.sex is Sex.MALE), None)
    family = _childrens_name(random, community, mother, father)
    children: list[_Draft] = []
    for _ in range(1 + int(random.random() < 0.6) + int(random.random() < 0.2)):  # noqa: PLR2004 - shares of second and third children
        born = _born(random, max(0.1, age - random.uniform(22, 40)))
        count = 2 if random.random() < _TWINS else 1
        for _ in range(count):
            sex = Sex.MALE if random.random() < 0.512 else Sex.FEMALE  # noqa: PLR2004 - share of boys
            child = _Draft(
                sex=sex,
                born=born,
                given=_given(random, community, sex),
                family=family,
                mother="" if mother is None else mother.family,
                twin=count > 1,
            )
            if father is not None and sex is Sex.MALE and random.random() < _FATHERS_NAME:
                child.given = father.given
            children.append(child)
    return children


def _childrens_name(
    random: Random, community: Community, mother: _Draft | None, father: _Draft | None
) -> str:
    if mother is None or father is None:
        known = mother or father
        return "" if known is None else known.family
    if random.random() < community.double:
        return f"{mother.family.split(' ')[-1]} {father.family}"
    if random.random() < 0.08:  # noqa: PLR2004 - share of hyphened names
        return f"{father.family}-{mother.family}"
    return father.family


def _family(random: Random, community: Community) -> str:
    name = (community.rare if is_rare(random) else community.family).one(random)
    if random.random() < community.double:
        return f"{community.family.one(random)} {name}"
    return name


def _given(random: Random, community: Community, sex: Sex) -> tuple[str, ...]:
    names = community.women if sex is Sex.FEMALE else community.men
    first = names.one(random)
    if random.random() >= _SECOND_NAME:
        return (first,)
    second = names.one(random)
    return (first,) if second == first else (first, second)


def _born(random: Random, age: float) -> date:
    days = age * _YEAR + random.uniform(-182, 182)
    return _ordinary(AS_OF - timedelta(days=max(3, int(days))))


def _ordinary(born: date) -> date:
    """Return a birth date that looks ordinary: never the first of January."""
    return born - timedelta(days=1) if (born.month, born.day) == (1, 1) else born


def address(random: Random, land: Country, place: Place) -> Address:
    """Draw where somebody lives in a town."""
    streets = land.streets[place.country]
    at = int(random.random() * len(streets))
    house = str(1 + int(random.random() ** 1.6 * 120))
    code = place.codes[int(random.random() * len(place.codes))]
    if place.country == "LU":
        # A postal code belongs to a street: its last digits follow from it.
        code += f"{(at * 7 + len(place.name) * 13) % 100:02d}"
        line = f"{house}, {streets[at]}"
    elif place.country == "DE":
        line = f"{streets[at]} {house}"
    else:
        line = f"{house}, {streets[at]}"
    return Address(line=(line,), postal_code=code, city=place.name, country=place.country)


_PHONES: Final = {"LU": "+352 621 ", "FR": "+33 6 ", "DE": "+49 151 ", "BE": "+32 47 "}


def phone(random: Random, land: str) -> str:
    """Draw a phone number of a country."""
    digits = f"{random.randrange(10**8):08d}"
    return f"{_PHONES[land]}{digits[:2]} {digits[2:4]} {digits[4:6]}{digits[6:]}"


def _telecom(random: Random, draft: _Draft, household: str, land: str) -> tuple[Telecom, ...]:
    kind = random.random()
    if kind < 0.15:  # noqa: PLR2004 - share of people without a number on file
        return ()
    shared = kind < 0.35 or (AS_OF - draft.born).days < 15 * _YEAR  # noqa: PLR2004 - share of family phones
    return (Telecom(system="phone", value=household if shared else phone(random, land)),)
