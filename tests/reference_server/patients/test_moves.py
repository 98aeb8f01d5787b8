"""Link, unlink, merge, unmerge: everything comes back exactly, and whoever follows is told."""

from dataclasses import replace

import pytest

from reference_server.services.patients.errors import (
    AlreadyMerged,
    DecidedDifferent,
    NotMerged,
    NotStanding,
    PersonUnknown,
    ReasonMissing,
    RecordUnknown,
    SamePerson,
)
from reference_server.services.patients.model.comparison import Decision
from reference_server.services.patients.model.index import EventKind, Standing
from reference_server.services.patients.model.traits import local_domain
from reference_server.services.patients.operations import feed, look, moves, worklist
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


def merged(index: Index, kept: str, replaced: str) -> None:
    with index.writing() as writing:
        moves.merge(writing, kept=kept, replaced=replaced)


def unmerged(index: Index, replaced: str) -> None:
    with index.writing() as writing:
        moves.unmerge(writing, replaced)


def prescribed(index: Index, matricule: str | None, task: str) -> None:
    """Put a prescription down as the service keeps it."""
    with index.world.store.write() as tx:
        tx.execute(
            "INSERT INTO prescription (task_id, number, code_sha256, organization, prescriber,"
            " matricule, birth_date, authored_on, submitted_at, expires_at, changed_at, state,"
            " version) VALUES (?, ?, ?, '', '', ?, '', '', '', '', '', 'active', 1)",
            (task, task, b"", matricule),
        )


def prescriptions(index: Index) -> dict[str, str]:
    with index.reading() as tx:
        rows = tx.execute("SELECT task_id, matricule FROM prescription").fetchall()
    return {row["task_id"]: row["matricule"] for row in rows}


def test_a_merge_and_its_undoing_leave_everything_as_it_was(index: Index) -> None:
    one = index.feed(numbered(ANNA, 901), who=NORTH).person
    other = index.feed(numbered(MAGGY, 902), who=SOUTH).person
    before = index.state()
    merged(index, one, other)
    assert index.person(other).standing is Standing.MERGED
    assert index.person(other).replaced_by == one
    assert {each.value for each in index.person(one).traits.identifiers} >= {"1"}
    assert index.state() != before
    unmerged(index, other)
    assert index.state() == before


def test_revision_and_time_of_a_person_only_go_up(index: Index) -> None:
    one, other = index.feed(ANNA, who=NORTH).person, index.feed(TUN, who=SOUTH).person
    seen = [index.person(other)]
    merged(index, one, other)
    seen.append(index.person(other))
    unmerged(index, other)
    seen.append(index.person(other))
    assert [each.revision for each in seen] == sorted({each.revision for each in seen})
    assert [each.touched_at for each in seen] == sorted({each.touched_at for each in seen})


def test_merges_of_merges_are_undone_in_any_order(index: Index) -> None:
    first = index.feed(ANNA, who=NORTH).person
    second = index.feed(TUN, who=SOUTH).person
    third = index.feed(replace(TUN, given=("Lou",), birth_date="1950-02-02"), who=EAST).person
    before = index.state()
    merged(index, second, first)
    merged(index, third, second)
    unmerged(index, first)
    assert index.record(NORTH, "1").person == first
    assert index.record(SOUTH, "1").person == third
    unmerged(index, second)
    assert index.state() == before


def test_what_was_linked_elsewhere_since_stays_there(index: Index) -> None:
    one = index.feed(numbered(ANNA, 901), who=NORTH).person
    other = index.feed(numbered(TUN, 901), who=SOUTH).person
    index.feed(numbered(TUN, 901), who=EAST)
    elsewhere = index.feed(MAGGY, number="2").person
    merged(index, one, other)
    with index.writing() as writing:
        moves.link(writing, index.record(SOUTH, "1").number, elsewhere)
    unmerged(index, other)
    assert index.record(SOUTH, "1").person == elsewhere
    assert index.record(EAST, "1").person == other


def test_prescriptions_go_with_the_person_and_come_back(index: Index) -> None:
    anna, maggy = numbered(ANNA, 901), numbered(MAGGY, 902)
    one, other = index.feed(anna, who=NORTH).person, index.feed(maggy, who=SOUTH).person
    prescribed(index, anna.matricule, "of-anna")
    prescribed(index, maggy.matricule, "of-maggy")
    before = prescriptions(index)
    merged(index, one, other)
    assert set(prescriptions(index).values()) == {anna.matricule}
    prescribed(index, anna.matricule, "since")
    unmerged(index, other)
    assert prescriptions(index) == {**before, "since": anna.matricule}


def test_a_link_and_its_undoing_leave_everything_as_it_was(index: Index) -> None:
    one = index.feed(numbered(ANNA, 901), who=NORTH).person
    other = index.feed(MAGGY, who=SOUTH).person
    before = index.state()
    record = index.record(SOUTH, "1").number
    with index.writing() as writing:
        moves.link(writing, record, one)
    assert index.person(other).standing is Standing.MERGED
    with index.writing() as writing:
        assert moves.unlink(writing, record) == other
    assert index.state() == before


def test_a_record_linked_by_itself_is_taken_out_to_a_new_person(index: Index) -> None:
    mpi = index.feed(ANNA, who=NORTH).person
    assert index.feed(ANNA, who=SOUTH).person == mpi
    with index.writing() as writing:
        fresh = moves.unlink(writing, index.record(SOUTH, "1").number)
    assert fresh != mpi
    assert index.record(SOUTH, "1").person == fresh


def test_a_merge_inside_a_domain_retires_one_number_and_comes_back(index: Index) -> None:
    kept, gone = index.feed(ANNA, number="1").person, index.feed(ANNA, number="2").person
    before = index.state()
    with index.writing() as writing:
        one, two = index.record(NORTH, "1"), index.record(NORTH, "2")
        moves.merge_records(writing, kept=one, retired=two)
    retired = index.record(NORTH, "2")
    assert (retired.standing, retired.replaced_by) == (Standing.MERGED, one.number)
    assert retired.person == kept
    assert index.person(gone).replaced_by == kept
    with index.reading() as tx:
        told = look.cross_references(tx, index.person(kept), domains=(local_domain(NORTH),))
    assert [each.value for each in told] == ["1"]
    with index.writing() as writing:
        assert moves.unmerge_records(writing, retired) == gone
    assert index.state() == before


def test_a_merge_inside_a_domain_leaves_other_organisations_records_where_they_were(
    index: Index,
) -> None:
    index.feed(numbered(ANNA, 901), number="1")
    shared = index.feed(numbered(TUN, 902), number="2").person
    assert index.feed(numbered(TUN, 902), who=SOUTH).person == shared
    before = index.state()
    with index.writing() as writing:
        moves.merge_records(
            writing, kept=index.record(NORTH, "1"), retired=index.record(NORTH, "2")
        )
    assert index.record(SOUTH, "1").person == shared
    assert index.person(shared).standing is Standing.ACTIVE
    with index.writing() as writing:
        moves.unmerge_records(writing, index.record(NORTH, "2"))
    assert index.state() == before


def test_what_cannot_be_moved_is_refused_and_changes_nothing(index: Index) -> None:
    one, other = index.feed(ANNA, who=NORTH).person, index.feed(TUN, who=SOUTH).person
    before = index.state()
    with index.writing() as writing:
        for refusal, call in (
            (SamePerson, lambda: moves.merge(writing, kept=one, replaced=one)),
            (PersonUnknown, lambda: moves.merge(writing, kept=one, replaced="1000000000")),
            (NotMerged, lambda: moves.unmerge(writing, one)),
            (RecordUnknown, lambda: moves.link(writing, 99, one)),
            (SamePerson, lambda: moves.link(writing, 1, one)),
            (SamePerson, lambda: moves.unlink(writing, 1)),
        ):
            with pytest.raises(refusal):
                call()
    with index.writing(why=" ") as writing, pytest.raises(ReasonMissing):
        moves.merge(writing, kept=one, replaced=other)
    assert index.state() == before
    merged(index, one, other)
    with index.writing() as writing:
        with pytest.raises(AlreadyMerged):
            moves.merge(writing, kept=other, replaced=one)
        two = index.record(SOUTH, "1")
        with pytest.raises(SamePerson):
            moves.merge_records(writing, kept=two, retired=two)
        moves.merge_records(writing, kept=index.record(NORTH, "1"), retired=two)
    with index.writing() as writing, pytest.raises(NotStanding):
        moves.unlink(writing, two.number)


def test_the_worklist_shows_the_likeliest_first_and_forgets_what_is_one_person(
    index: Index,
) -> None:
    index.feed(ANNA, who=NORTH)
    index.feed(replace(ANNA, birth_date="1984-05-19"), who=SOUTH)
    index.feed(MAGGY, who=EAST)
    with index.reading() as tx:
        found, total = worklist.doubts(tx), worklist.total(tx)
    chances = [each.pair.comparison.probability for each in found]
    assert total == len(chances) >= 2
    assert chances == sorted(chances, reverse=True)
    first = found[0]
    with index.writing(why="same passport") as writing:
        stays = worklist.decide_same(writing, first.pair.low, first.pair.high)
    with index.reading() as tx:
        assert first.pair not in [each.pair for each in worklist.doubts(tx)]
        (event,) = [e for e in look.story(tx, stays) if e.kind is EventKind.MERGED]
    assert event.why == "same passport"


def test_what_was_decided_different_is_remembered_until_it_is_withdrawn(index: Index) -> None:
    one = index.feed(ANNA, who=NORTH).person
    other = index.feed(MAGGY, who=SOUTH).person
    low, high = index.record(NORTH, "1").number, index.record(SOUTH, "1").number
    with index.writing(why="twins, seen both") as writing:
        worklist.decide_different(writing, high, low)
    with index.reading() as tx:
        assert worklist.total(tx) == 0
        assert worklist.total(tx, Decision.DIFFERENT) == 1
    # Whatever is told later, they are neither asked about again nor linked.
    again = index.feed(ANNA, who=SOUTH)
    assert again.person == other
    with index.reading() as tx:
        assert worklist.total(tx) == 0
    with index.writing() as writing, pytest.raises(DecidedDifferent):
        moves.merge(writing, kept=one, replaced=other)
    with index.writing() as writing:
        worklist.withdraw(writing, low, high)
    merged(index, one, other)


def test_a_deferred_pair_leaves_the_open_list_with_its_reason(index: Index) -> None:
    index.feed(ANNA, who=NORTH)
    index.feed(MAGGY, who=SOUTH)
    with index.writing(why="asked the registry office") as writing:
        worklist.defer(writing, 1, 2)
    with index.reading() as tx:
        assert worklist.total(tx) == 0
        (deferred,) = worklist.doubts(tx, decision=Decision.DEFERRED)
    assert (deferred.pair.why, deferred.pair.decided_by) == ("asked the registry office", "officer")


def test_an_unmerge_of_a_deactivated_patient_empties_nobody_into_a_circle(index: Index) -> None:
    one = index.feed(ANNA, number="1").person
    other = index.feed(ANNA, number="2").person
    third = index.feed(TUN, who=SOUTH).person
    merged(index, one, other)
    with index.writing() as writing:
        moves.link(writing, index.record(NORTH, "1").number, third)
        feed.deactivate(writing, local_domain(NORTH), "2")
    unmerged(index, other)
    assert index.person(one).replaced_by == other
    assert index.person(other).replaced_by is None
    assert index.person(other).standing is Standing.DEACTIVATED
