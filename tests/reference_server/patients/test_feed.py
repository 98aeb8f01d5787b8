"""What sources tell: created once, renewed, linked only where nothing speaks against it."""

from dataclasses import replace

import pytest

from reference_server.national.identifiers import MATRICULE
from reference_server.population import load, seed
from reference_server.ports import AUDIT
from reference_server.services.patients.errors import (
    DomainForeign,
    DomainUnknown,
    LocalIdWrong,
    MatriculeWrong,
    NameMissing,
    NotStanding,
    NumberTaken,
    PatientRefusal,
    RecordUnknown,
    TraitWrong,
)
from reference_server.services.patients.model.comparison import Field, Hold, Zone
from reference_server.services.patients.model.index import EventKind, IdentityState, Standing
from reference_server.services.patients.model.traits import (
    Address,
    Identifier,
    Sex,
    Telecom,
    Traits,
    local_domain,
)
from reference_server.services.patients.operations import feed, look
from reference_server.services.patients.operations.match import match
from tests.reference_server.patients.index import (
    ANNA,
    EAST,
    MAGGY,
    NORTH,
    SOUTH,
    TUN,
    Index,
    numbered,
)

BIRTH_NAME = replace(ANNA, birth_family="Schmit", used_family="Weber")


def test_the_same_told_twice_changes_nothing(index: Index) -> None:
    first = index.feed(ANNA)
    before = index.state()
    again = index.feed(ANNA)
    assert (first.kind, again.kind) == (EventKind.CREATED, EventKind.UNCHANGED)
    assert again.person == first.person
    assert index.state() == before


def test_personas_come_into_an_index_where_one_was_told_of_before(index: Index) -> None:
    told = Identifier(system=MATRICULE, value=next(iter(load().patients.values())).matricule)
    first = index.feed(replace(ANNA, identifiers=(told,))).person
    for _ in range(2):
        seed(index.world)
        with index.reading() as tx:
            known = look.by_identifier(tx, told)
        assert known is not None
        assert known.mpi == first
    assert len(index.rows("person")) == sum(p.in_directory for p in load().patients.values())


def test_a_person_gets_a_number_of_ten_digits_that_tells_nothing(index: Index) -> None:
    numbers = {index.feed(traits, number=str(at)).person for at, traits in enumerate((ANNA, TUN))}
    assert len(numbers) == 2
    assert all(len(number) == 10 and number.isdecimal() and number[0] != "0" for number in numbers)


def test_what_agrees_in_everything_is_linked_without_anybody_looking(index: Index) -> None:
    first = index.feed(ANNA, who=NORTH)
    second = index.feed(ANNA, who=SOUTH)
    assert second.person == first.person
    assert second.linked_by is not None
    assert second.linked_by.zone is Zone.CERTAIN
    assert second.possible == ()


@pytest.mark.parametrize(
    ("other", "hold"),
    [
        (MAGGY, Hold.GIVEN_DIFFERS),
        (replace(ANNA, given=("Anne",)), Hold.GIVEN_DIFFERS),
        (replace(ANNA, sex=Sex.MALE), Hold.SEX_DIFFERS),
        (replace(ANNA, birth_date="1984-07-13"), Hold.BIRTH_DATE_DIFFERS),
        (replace(ANNA, birth_date=""), Hold.TOO_LITTLE),
        (replace(ANNA, birth_date="1984-03"), Hold.BIRTH_DATE_DIFFERS),
        (replace(ANNA, given=("Anna",), multiple_birth=True), None),
        (replace(ANNA, addresses=(), telecom=()), Hold.TOO_LITTLE),
    ],
)
def test_what_identifies_must_not_differ(index: Index, other: Traits, hold: Hold | None) -> None:
    first = index.feed(ANNA, who=NORTH)
    second = index.feed(other, who=SOUTH)
    if hold is None:
        assert second.person == first.person
        return
    assert second.person != first.person
    assert [each.person for each in second.possible] == [first.person]
    assert hold in second.possible[0].comparison.holds


def test_maddy_and_maggy_who_share_all_but_the_name_stay_two(index: Index) -> None:
    maddy = index.feed(numbered(replace(ANNA, given=("Maddy",)), 901), who=NORTH)
    maggy = index.feed(numbered(MAGGY, 902), who=SOUTH)
    assert maggy.person != maddy.person
    assert maggy.linked_by is None


def test_father_and_son_of_one_name_in_one_house_stay_two(index: Index) -> None:
    father = replace(TUN, birth_date="1961-02-03")
    index.feed(father, who=NORTH)
    son = index.feed(replace(TUN, birth_date="1991-07-30"), who=SOUTH)
    assert son.linked_by is None
    assert all(Hold.BIRTH_DATE_DIFFERS in each.comparison.holds for each in son.possible)


def test_homonyms_born_on_one_day_are_for_somebody_to_look_at(index: Index) -> None:
    index.feed(replace(ANNA, telecom=()), who=NORTH)
    elsewhere = Address(line=("7, op der Heed",), postal_code="9747", city="Enscherange")
    other = index.feed(replace(ANNA, telecom=(), addresses=(elsewhere,)), who=SOUTH)
    assert other.linked_by is None
    assert Hold.HOMONYM in other.possible[0].comparison.holds


def test_two_different_national_numbers_are_never_linked_by_themselves(index: Index) -> None:
    index.feed(numbered(ANNA, 901), who=NORTH)
    other = index.feed(numbered(ANNA, 902), who=SOUTH)
    assert other.linked_by is None
    for each in other.possible:
        assert Hold.IDENTIFIER_CONFLICT in each.comparison.holds


def test_one_national_number_links_although_a_trait_is_misspelt(index: Index) -> None:
    first = index.feed(numbered(ANNA, 901), who=NORTH)
    married = numbered(replace(ANNA, birth_family="Wagner", addresses=(), telecom=()), 901)
    assert index.feed(married, who=SOUTH).person == first.person


def test_a_national_number_in_the_wrong_file_makes_no_one_person_of_two(index: Index) -> None:
    anna = numbered(ANNA, 901)
    first = index.feed(anna, who=NORTH)
    wrong = replace(TUN, identifiers=anna.identifiers)
    second = index.feed(wrong, who=SOUTH)
    assert second.person != first.person
    assert Hold.TRAITS_CONTRADICT in second.possible[0].comparison.holds
    assert index.person(second.person).contested == anna.identifiers
    with index.reading() as tx:
        owner = look.by_identifier(tx, anna.identifiers[0])
    assert owner is not None
    assert owner.mpi == first.person


def test_a_second_number_in_one_domain_is_a_duplicate_for_the_worklist(index: Index) -> None:
    first = index.feed(ANNA, number="1")
    second = index.feed(ANNA, number="2")
    assert second.person != first.person
    assert Hold.SAME_DOMAIN in second.possible[0].comparison.holds


def test_where_two_are_certain_none_is(index: Index) -> None:
    # Two numbers in one domain make two persons; then comes a third record like both.
    index.feed(ANNA, number="1")
    index.feed(ANNA, number="2")
    third = index.feed(ANNA, who=SOUTH)
    assert third.linked_by is None
    assert {Hold.SEVERAL in each.comparison.holds for each in third.possible} == {True}


def test_the_golden_record_believes_the_more_trusted_and_reaches_at_the_latest(
    index: Index,
) -> None:
    moved = Address(line=("1, rue Neuve",), postal_code="4321", city="Esch")
    mpi = index.feed(numbered(replace(ANNA, birth_place="Diekirch"), 901), who=NORTH).person
    index.feed(
        numbered(replace(BIRTH_NAME, birth_place="Dikrech", addresses=(moved,)), 901), who=EAST
    )
    person = index.person(mpi)
    assert person.traits.birth_place == "Diekirch"
    assert person.traits.addresses == (moved,)
    assert person.traits.used_family == "Weber"
    numbers = {each.system for each in person.traits.identifiers}
    assert numbers == {MATRICULE, local_domain(NORTH), local_domain(EAST)}


def test_retrieved_and_validated_make_qualified_and_a_changed_trait_unmakes_it(
    index: Index,
) -> None:
    mpi = index.feed(numbered(ANNA, 901), state=IdentityState.RETRIEVED).person
    index.feed(numbered(ANNA, 901), who=SOUTH, state=IdentityState.VALIDATED)
    assert index.person(mpi).state is IdentityState.QUALIFIED
    index.feed(numbered(replace(ANNA, birth_family="Schmidt"), 901), who=SOUTH)
    assert index.record(SOUTH, "1").state is IdentityState.PROVISIONAL
    assert index.person(mpi).state is IdentityState.RETRIEVED


def test_an_update_that_fits_nobody_else_leaves_the_link_and_takes_the_doubt_off(
    index: Index,
) -> None:
    index.feed(ANNA, who=NORTH)
    doubtful = index.feed(MAGGY, who=SOUTH)
    assert doubtful.possible
    assert index.rows("pair")
    assert index.feed(TUN, who=SOUTH).person == doubtful.person
    assert index.rows("pair") == []


def test_an_update_can_become_certain_when_nothing_else_is_linked(index: Index) -> None:
    first = index.feed(ANNA, who=NORTH)
    alone = index.feed(TUN, who=SOUTH)
    later = index.feed(ANNA, who=SOUTH)
    assert later.person == first.person
    assert index.person(alone.person).replaced_by == first.person


def test_matching_creates_nothing(index: Index) -> None:
    index.feed(ANNA)
    before = (index.state(), index.rows("event"))
    with index.reading() as tx:
        found = match(tx, replace(ANNA, birth_family="Schmitt"))
    assert found
    assert (index.state(), index.rows("event")) == before


def test_only_certain_gives_one_or_none(index: Index) -> None:
    mpi = index.feed(ANNA).person
    with index.reading() as tx:
        assert [each.person for each in match(tx, ANNA, only_certain=True)] == [mpi]
        assert match(tx, MAGGY, only_certain=True) == ()
        assert match(tx, TUN) == ()


def test_every_score_says_what_gave_it(index: Index) -> None:
    index.feed(ANNA)
    with index.reading() as tx:
        (found,) = match(tx, replace(ANNA, given=("Annette",)))
    told = {each.field: each for each in found.comparison.contributions}
    assert set(told) >= {Field.FAMILY, Field.GIVEN, Field.BIRTH_DATE, Field.SEX, Field.PRIOR}
    assert sum(each.weight for each in told.values()) == pytest.approx(found.comparison.bits)
    assert (told[Field.FAMILY].ours, told[Field.FAMILY].theirs) == ("schmit", "schmit")


def test_deactivated_is_not_matched_nor_believed_and_comes_back_exactly(index: Index) -> None:
    mpi = index.feed(numbered(ANNA, 901)).person
    before = index.state()
    with index.writing() as writing:
        feed.deactivate(writing, local_domain(NORTH), "1")
    assert index.person(mpi).standing is Standing.DEACTIVATED
    with index.reading() as tx:
        assert match(tx, ANNA) == ()
    with pytest.raises(NotStanding):
        index.feed(TUN)
    with index.writing() as writing:
        feed.reactivate(writing, local_domain(NORTH), "1")
    assert index.state() == before


def test_a_changed_number_finds_the_patient_and_the_old_one_nobody(index: Index) -> None:
    mpi = index.feed(ANNA, number="1").person
    index.feed(TUN, number="2")
    domain = local_domain(NORTH)
    with index.writing() as writing:
        feed.change_number(writing, domain, "1", "1001")
    with index.reading() as tx:
        assert look.by_identifier(tx, Identifier(system=domain, value="1")) is None
        found = look.by_identifier(tx, Identifier(system=domain, value="1001"))
    assert found is not None
    assert found.mpi == mpi
    with index.writing() as writing, pytest.raises(NumberTaken):
        feed.change_number(writing, domain, "1001", "2")
    with index.writing() as writing, pytest.raises(RecordUnknown):
        feed.change_number(writing, domain, "1", "3")


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"traits": Traits(sex=Sex.MALE)}, NameMissing),
        ({"traits": replace(ANNA, birth_date="1984-02-30")}, TraitWrong),
        ({"traits": replace(ANNA, birth_date="17.03.1984")}, TraitWrong),
        ({"traits": replace(ANNA, birth_family="S" * 251)}, TraitWrong),
        ({"traits": replace(ANNA, given=("A\x00",))}, TraitWrong),
        ({"traits": replace(ANNA, addresses=(Address(city="x" * 300),))}, TraitWrong),
        ({"traits": replace(ANNA, given=("A",) * 31)}, TraitWrong),
        ({"traits": replace(ANNA, birth_place="A\x7f")}, TraitWrong),
        ({"traits": replace(ANNA, telecom=(Telecom(system="phone", value="1\n2"),))}, TraitWrong),
        ({"traits": replace(ANNA, mothers_maiden_name='"' * 251)}, TraitWrong),
        ({"traits": ANNA, "number": ""}, LocalIdWrong),
        ({"traits": ANNA, "number": " 1"}, LocalIdWrong),
        ({"traits": ANNA, "number": "1^2"}, LocalIdWrong),
        ({"traits": ANNA, "number": "1" * 65}, LocalIdWrong),
        ({"traits": ANNA, "who": "90300111"}, DomainUnknown),
        (
            {
                "traits": replace(
                    ANNA, identifiers=(Identifier(system=MATRICULE, value="1984031790314"),)
                )
            },
            MatriculeWrong,
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_and_changes_nothing(
    index: Index, told: dict[str, object], refusal: type[PatientRefusal]
) -> None:
    before = index.state()
    with pytest.raises(refusal):
        index.feed(**told)  # type: ignore[arg-type]  # a table of arguments
    assert index.state() == before


def test_a_text_of_250_signs_is_taken_in_whatever_letters(index: Index) -> None:
    index.feed(replace(ANNA, birth_place="é" * 250, mothers_maiden_name='\\"' * 125))
    kept = index.record(NORTH, "1").traits
    assert (len(kept.birth_place), len(kept.mothers_maiden_name)) == (250, 250)


def test_nobody_speaks_for_another_organisation(index: Index) -> None:
    index.feed(ANNA, who=SOUTH)
    with index.writing(NORTH) as writing, pytest.raises(DomainForeign):
        feed.deactivate(writing, local_domain(SOUTH), "1")


def test_the_history_and_the_audit_trail_tell_who_did_what_and_why(index: Index) -> None:
    mpi = index.feed(ANNA).person
    index.feed(replace(ANNA, birth_place="Wiltz"))
    with index.reading() as tx:
        created, updated = look.story(tx, mpi)
        told = [each.entry for each in index.world.port(AUDIT).entries(tx)]
    assert [each.action for each in told] == ["identity-created", "identity-updated"]
    assert {each.entities for each in told} == {(f"Patient/{mpi}",)}
    assert (created.kind, updated.kind) == (EventKind.CREATED, EventKind.UPDATED)
    assert (updated.subject, updated.organisation, updated.why) == ("officer", NORTH, "A28")
    assert "birth_place" in updated.detail
