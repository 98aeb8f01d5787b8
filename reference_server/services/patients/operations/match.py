"""Who may be the person described: matched against the index without changing it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from reference_server.kernel.store import Transaction
from reference_server.services.patients.model.comparison import (
    Candidate,
    Comparison,
    Contribution,
    Field,
    Hold,
    Zone,
)
from reference_server.services.patients.model.index import Standing
from reference_server.services.patients.model.traits import PERSON_IDENTIFIER, Traits
from reference_server.services.patients.rules.matching.compare import EXACT
from reference_server.services.patients.rules.matching.features import Features, features
from reference_server.services.patients.rules.matching.keys import passes
from reference_server.services.patients.rules.matching.policy import Question
from reference_server.services.patients.rules.matching.score import Frequencies, weights
from reference_server.services.patients.store.near import counts, look_up
from reference_server.services.patients.store.pairs import different_from
from reference_server.services.patients.store.persons import owner_of
from reference_server.services.patients.store.records import (
    ALL,
    counted,
    get_record,
    records_of,
)
from reference_server.services.patients.store.waiting import Name

_NAMED: Final = Comparison(
    bits=0.0,
    probability=1.0,
    zone=Zone.CERTAIN,
    contributions=(Contribution(field=Field.IDENTIFIER, level=EXACT, weight=0.0),),
)
_ZONES: Final = {Zone.CERTAIN: 2, Zone.POSSIBLE: 1, Zone.NO: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A record that was compared, and how."""

    record: int
    person: str
    domain: str
    comparison: Comparison


def match(
    tx: Transaction,
    traits: Traits,
    *,
    only_certain: bool = False,
    count: int | None = None,
    but_person: str = "",
) -> tuple[Candidate, ...]:
    """Return the persons that may be the one described, the likeliest first; changes nothing.

    Each person once, through the record of theirs that is nearest. `only_certain` gives at most
    one: two certain ones are none. Records of zone `no` are left out, and those of `but_person`:
    whoever seeks a person's doubles names that person.
    """
    found = best_by_person(
        [*near(tx, features(traits), but_person=but_person), *_by_number(tx, traits)]
    )
    if only_certain:
        found = [each for each in found if each.comparison.zone is Zone.CERTAIN]
        found = found if len(found) == 1 else []
    return tuple(
        Candidate(person=each.person, record=each.record, comparison=each.comparison)
        for each in found[:count]
    )


def _by_number(tx: Transaction, traits: Traits) -> list[Near]:
    """Return whom a local number or an MPI identifier names, where nothing else is told.

    The agency's own form of `$match` asks so. Beside names, such a number is not believed: it is
    compared like any trait, through the record that has it.
    """
    if traits.birth_family or traits.used_family or traits.given:
        return []
    found = []
    for each in traits.identifiers:
        mpi = each.value if each.system == PERSON_IDENTIFIER else owner_of(tx, each)
        records = () if mpi is None else records_of(tx, mpi)
        standing = [record for record in records if record.standing is Standing.ACTIVE]
        if mpi is not None and standing:
            found.append(
                Near(
                    record=standing[0].number,
                    person=mpi,
                    domain=standing[0].domain,
                    comparison=_NAMED,
                )
            )
    return found


def near(
    tx: Transaction,
    sought: Features,
    *,
    but_person: str = "",
    domain: str = "",
    different: Collection[str] = (),
) -> list[Near]:
    """Return the records that are possibly or certainly of the one sought, unordered.

    Not those of `but_person`. `domain` is where the one sought has a number already, `different`
    the persons of whom somebody decided that they are others: both forbid certainty.
    """
    held, seen = look_up(tx, passes(sought), _names(sought))
    question = Question(sought, _frequencies(seen))
    found = []
    for number, person, theirs, kept in held:
        if person == but_person:
            continue
        holds = _outside(theirs == domain, person in different)
        comparison = question.near(kept, holds=holds)
        if comparison is not None:
            found.append(Near(record=number, person=person, domain=theirs, comparison=comparison))
    return found


def best_by_person(found: Iterable[Near]) -> list[Near]:
    """Return the nearest record of each person, the likeliest first.

    Where more than one person is certain, none is: each is held back as one of several.
    """
    best: dict[str, Near] = {}
    for each in sorted(found, key=_rank):
        best.setdefault(each.person, each)
    ordered = list(best.values())
    certain = [each for each in ordered if each.comparison.zone is Zone.CERTAIN]
    if len(certain) > 1:
        ordered = [_held(each) if each in certain else each for each in ordered]
    return ordered


def frequencies_for(tx: Transaction, sought: Features) -> Frequencies:
    """Return how common the names of the one sought are, and how many records there are."""
    return _frequencies(counts(tx, _names(sought)))


def decided_different(tx: Transaction, person: str) -> frozenset[str]:
    """Return the persons of whom somebody decided that they are not this one."""
    apart = different_from(tx, (each.number for each in records_of(tx, person)))
    found = (get_record(tx, number) for number in apart)
    return frozenset(each.person for each in found if each is not None)


def _names(sought: Features) -> tuple[Name, ...]:
    """Return the names whose frequency may matter, and what counts the records."""
    return tuple(dict.fromkeys((ALL, *counted(sought), *_exchanged(sought))))


def _frequencies(seen: Mapping[Name, int]) -> Frequencies:
    return Frequencies(counted=seen, records=seen.get(ALL, 0), known=weights())


def _exchanged(sought: Features) -> Iterable[Name]:
    """Give the names as they are counted when family and given name were exchanged."""
    if sought.given:
        yield "family", "".join(sought.given)
    yield from (("given", family[0]) for family in sought.families)


def _outside(same_domain: bool, decided: bool) -> tuple[Hold, ...]:  # noqa: FBT001 - two facts, named
    found = []
    if same_domain:
        found.append(Hold.SAME_DOMAIN)
    if decided:
        found.append(Hold.DECIDED_DIFFERENT)
    return tuple(found)


def _rank(each: Near) -> tuple[int, float, int]:
    return (-_ZONES[each.comparison.zone], -each.comparison.bits, each.record)


def _held(each: Near) -> Near:
    comparison = each.comparison
    held = replace(comparison, zone=Zone.POSSIBLE, holds=(*comparison.holds, Hold.SEVERAL))
    return replace(each, comparison=held)
