"""Whether two records are one person's does not depend on which of them asks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_server.kernel.store import Transaction
from reference_server.population.country.mistakes import KINDS, Duplicate, duplicate
from reference_server.population.country.people import Inhabitant, inhabitants
from reference_server.services.patients.model.comparison import Comparison, Zone
from reference_server.services.patients.model.traits import Address, Sex, Telecom, Traits
from reference_server.services.patients.operations.match import frequencies_for, near
from reference_server.services.patients.rules.matching.features import Features, features
from reference_server.services.patients.rules.matching.keys import passes
from reference_server.services.patients.rules.matching.policy import Question, compare
from reference_server.services.patients.rules.matching.score import Frequencies, weights
from reference_server.services.patients.store.near import look_up
from reference_server.services.patients.store.records import counted
from test_suites.proof.identity.index import fill, number_of, open_index

_WORDS = st.sampled_from(
    [
        *("Anna", "Maria", "Annemarie", "Jean", "Pierre", "Jeanpierre", "Jhang", "Al", "Albert"),
        *("Maggy", "Maddy", "Lopez", "Garcia", "Müller", "Mueller", "Muller", "Schmit", "Schmitt"),
        *("Schmidt", "da", "Silva", "Sylva", "Ferreira", "Reuter", "Weber", "Veber", "X"),
    ]
)
_NAMES = st.lists(_WORDS, max_size=3).map(" ".join)
_DATES = st.sampled_from(
    ["", "1984", "1984-03", "1984-03-04", "1984-04-03", "1984-03-14", "1948-03-04", "2001-12-31"]
)
_STREETS = st.sampled_from(
    ["", "12, rue des Fleurs", "rue de la Fleur 12", "12A Grand-Rue", "Grand-Rue", "7 Haaptstrooss"]
)
_ADDRESSES = st.builds(
    Address,
    line=st.lists(_STREETS, max_size=2).map(tuple),
    postal_code=st.sampled_from(["", "1234", "1243", "9050"]),
    city=st.sampled_from(["", "Luxembourg", "Luxemburg", "Ettelbruck"]),
)
_TRAITS = st.builds(
    Traits,
    birth_family=_NAMES,
    used_family=_NAMES,
    given=st.lists(_WORDS, max_size=3).map(tuple),
    sex=st.sampled_from(list(Sex)),
    birth_date=_DATES,
    birth_place=st.sampled_from(["", "Luxembourg", "Porto", "Luxembourg-Ville"]),
    mothers_maiden_name=_NAMES,
    addresses=st.lists(_ADDRESSES, max_size=2).map(tuple),
    telecom=st.lists(
        st.builds(
            Telecom,
            system=st.just("phone"),
            value=st.sampled_from(["621100200", "+352 621 100 200", "691555444", "621100201"]),
        ),
        max_size=2,
    ).map(tuple),
    multiple_birth=st.booleans(),
)


def asked_by(found: Features, both: tuple[Features, Features]) -> Frequencies:
    """Return what an index of these two, and many others, tells the one who asks."""
    names = Counter(name for each in both for name in counted(each))
    told = {name: 7 * names[name] for name in counted(found)}
    return Frequencies(counted=told, records=5000, known=weights())


def told(comparison: Comparison | None) -> object:
    """Return what both sides must agree on: score, zone, holds."""
    if comparison is None:
        return None
    return (round(comparison.bits, 9), comparison.zone, frozenset(comparison.holds))


@given(one=_TRAITS, other=_TRAITS)
@settings(max_examples=250, deadline=None)
def test_two_records_compare_the_same_from_either_side(one: Traits, other: Traits) -> None:
    ours, theirs = features(one), features(other)
    pair = (ours, theirs)
    there = compare(ours, theirs, asked_by(ours, pair))
    back = compare(theirs, ours, asked_by(theirs, pair))
    assert told(there) == told(back)
    quick = Question(ours, asked_by(ours, pair)).near(theirs)
    assert quick == (None if there.zone is Zone.NO else there)


def found_pairs(records: Sequence[Traits]) -> dict[tuple[int, int], object]:
    """Return what each record finds in an index of them all."""
    with open_index(":memory:") as store:
        fill(store, records)
        with store.read() as tx:
            return {
                (number, number_of(each.person)): told(each.comparison)
                for number, traits in enumerate(records)
                for each in near(tx, features(traits))
            }


@pytest.mark.parametrize("seed", [1, 2])
def test_an_index_of_faulty_doubles_finds_each_pair_from_either_side(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    people = list(inhabitants(120, seed=seed))
    kinds = cycle(KINDS)
    doubles = [duplicate(each, random, kinds=(next(kinds),)) for each in people]
    records = [each.traits for each in people]
    records += [replace(each.traits, identifiers=()) for each in doubles]
    pairs = found_pairs(records)
    others = {pair: what for pair, what in pairs.items() if pair[0] != pair[1]}
    assert len(others) > len(people)
    assert {(two, one): what for (one, two), what in others.items()} == others


def test_where_many_are_born_on_one_day_few_are_compared_and_no_double_is_lost() -> None:
    random = Random(5)  # noqa: S311 - repeatable on purpose
    people = [_born_that_day(each) for each in inhabitants(150, seed=5)]
    doubles = [duplicate(each, random, kinds=(kind,)) for each in people[:15] for kind in KINDS]
    with open_index(":memory:") as store:
        fill(store, [each.traits for each in people])
        with store.read() as tx:
            crowds = [len(look_up(tx, passes(features(each.traits)), ())[0]) for each in people]
            lost = [each.kinds for each in doubles if _is_lost(tx, each, people)]
    assert max(crowds) < len(people) / 4
    assert lost == []


def test_who_married_moved_and_changed_the_telephone_is_met_among_many_born_that_day() -> None:
    people = [_born_that_day(each) for each in inhabitants(150, seed=5)]
    sought = replace(
        people[7].traits,
        birth_family="Zzyzx",
        used_family="",
        addresses=(Address(line=("1, Chemin Perdu",), postal_code="9999", city="Nulle-Part"),),
        telecom=(),
    )
    with open_index(":memory:") as store:
        fill(store, [each.traits for each in people])
        with store.read() as tx:
            found = look_up(tx, passes(features(sought)), ())[0]
    met = {number_of(person) for _, person, _, _ in found}
    assert 7 in met
    assert len(met) < len(people) / 4


def _born_that_day(one: Inhabitant) -> Inhabitant:
    born = replace(one.traits, birth_date="1984-03-04", identifiers=(), multiple_birth=False)
    return replace(one, traits=born)


def _is_lost(tx: Transaction, double: Duplicate, people: Sequence[Inhabitant]) -> bool:
    """Tell whether a double is worth a look, and yet not found."""
    sought = features(replace(double.traits, identifiers=()))
    known = frequencies_for(tx, sought)
    zone = compare(sought, features(people[double.person].traits), known).zone
    found = {number_of(each.person) for each in near(tx, sought)}
    return zone is not Zone.NO and double.person not in found
