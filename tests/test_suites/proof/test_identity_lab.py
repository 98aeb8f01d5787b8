"""The lab on establishments: every conversation holds with the lab in all roles; defects show."""

import pytest

from scenarios import load_catalogue
from scenarios.model import Programme
from test_suites.proof.defects import load_defects
from test_suites.proof.mutants import good_product, try_one
from test_suites.proof.selfcheck import selfcheck

IDENTITY = Programme.IDENTITY
DEFECTS = {one.name: one for one in load_defects() if one.programme is IDENTITY}


def test_there_are_enough_conversations_requirements_and_defects() -> None:
    own = load_catalogue().of(IDENTITY)
    assert len(own.requirements) >= 60
    assert len(own.scenarios) >= 35
    assert len(DEFECTS) >= 20


def test_a_feed_a_merge_and_a_query_hold_with_the_lab_in_all_roles() -> None:
    wanted = {"id-register", "id-cross-merged", "id-service-header"}
    found = selfcheck(wanted=wanted.__contains__)
    assert {each.case for each in found} == {f"{one}::lab" for one in wanted}
    assert [each.wrong for each in found if not each.good] == []


@pytest.mark.slow
def test_every_conversation_holds_with_the_lab_in_all_roles() -> None:
    found = selfcheck(wanted=lambda scenario: scenario.startswith("id-"))
    assert len(found) >= 35
    assert [(each.case, each.wrong) for each in found if not each.good] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["none", *sorted(DEFECTS)])
def test_each_defect_gets_exactly_its_verdicts(name: str) -> None:
    defect = DEFECTS.get(name) or good_product("establishment", IDENTITY)
    outcome = try_one(defect)
    assert outcome.good, outcome.as_json()
