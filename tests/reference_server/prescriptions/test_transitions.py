"""The transition table, cell by cell, as the service behaves on the wire."""

from collections.abc import Callable, Mapping

import httpx
import pytest

from reference_server.kernel.access import Role
from reference_server.services.prescriptions.errors.state import BY_REASON
from reference_server.services.prescriptions.model import (
    TRANSITIONS,
    Act,
    Reason,
    Standing,
    State,
    Turn,
)
from reference_server.services.prescriptions.rules.lifecycle import standing_of
from reference_server.services.prescriptions.store import life
from tests.reference_server.prescriptions.town import (
    PEOPLE,
    Submitted,
    Town,
    codes_of,
    line_of,
)

WHO: Mapping[Standing, str] = {
    Standing.AUTHOR: "dr-wagner",
    Standing.OTHER_PRESCRIBER: "dr-lopes",
    Standing.HOLDER: "labo-nord",
    Standing.LABORATORY: "labo-sud",
    Standing.STRANGER: "labo-sud",
    Standing.PHARMACY: "pharmacie-centrale",
}
ALL_SCOPES = frozenset({"erx.prescribe", "erx.dispense", "erx.read"})
REACHABLE = [
    cell for cell in TRANSITIONS if cell[1] is not Standing.HOLDER or cell[0] is State.IN_PROGRESS
]


def brought_to(town: Town, state: State, standing: Standing) -> Submitted:
    """Return a prescription in a state; `labo-nord` did whatever was needed for it."""
    submitted = town.seen_by(town.prescribe(line_of("BIO-0401", count=3)), "labo-nord")
    if standing is Standing.LABORATORY:
        town.seen_by(submitted, "labo-sud")
    match state:
        case State.IN_PROGRESS:
            town.reserve(submitted.task_id)
        case State.PARTIALLY_DISPENSED:
            town.dispense(submitted.task_id, (submitted.lines[0], 1))
        case State.COMPLETED:
            town.dispense(submitted.task_id)
        case State.CANCELLED:
            town.cancel(submitted.task_id)
        case State.EXPIRED:
            town.later(days=70)
        case State.ACTIVE:
            pass
    assert town.state(submitted.task_id) == state
    town.scopes = ALL_SCOPES
    return submitted


def asked(town: Town, act: Act, submitted: Submitted, who: str) -> httpx.Response:
    birth_date = PEOPLE.patients["anna-weber"].birth_date.isoformat()
    task_id = submitted.task_id
    ways: Mapping[Act, Callable[[], httpx.Response]] = {
        Act.READ: lambda: town.get(f"Task/{task_id}", who=who),
        Act.RETRIEVE: lambda: town.retrieve_by_number(submitted.number, birth_date, who=who),
        Act.RESERVE: lambda: town.reserve(task_id, who=who),
        Act.RELEASE: lambda: town.release(task_id, who=who),
        Act.DISPENSE_PART: lambda: town.dispense(task_id, (submitted.lines[0], 1), who=who),
        Act.DISPENSE_REST: lambda: town.dispense(task_id, who=who),
        Act.CANCEL: lambda: town.cancel(task_id, who=who),
    }
    return ways[act]()


@pytest.mark.parametrize(("state", "standing", "act"), REACHABLE, ids="-".join)
def test_each_cell_does_what_the_table_says(
    town: Town, state: State, standing: Standing, act: Act
) -> None:
    submitted = brought_to(town, state, standing)
    outcome = TRANSITIONS[state, standing, act]
    answer = asked(town, act, submitted, WHO[standing])
    after = town.state(submitted.task_id)
    if isinstance(outcome, Reason):
        refusal = BY_REASON[outcome]
        assert (answer.status_code, codes_of(answer)) == (refusal.status, [outcome.value])
        assert answer.json()["issue"][0]["code"] == refusal.issue_code
        assert after == state
        return
    assert answer.status_code == 200, answer.text
    expected = {Turn.STAY: state, Turn.BACK: State.ACTIVE}
    assert after == (outcome if isinstance(outcome, State) else expected[outcome])


def test_the_table_has_every_cell() -> None:
    assert len(TRANSITIONS) == len(State) * len(Standing) * len(Act)
    assert set(BY_REASON) == set(Reason)


def test_what_is_over_stays_over() -> None:
    for (state, standing, act), outcome in TRANSITIONS.items():
        if state in {State.COMPLETED, State.CANCELLED, State.EXPIRED}:
            moves = not isinstance(outcome, Reason)
            assert not moves or act is Act.READ, (state, standing, act)


def test_only_laboratories_move_a_prescription_towards_its_end() -> None:
    for (_, standing, act), outcome in TRANSITIONS.items():
        if isinstance(outcome, State | Turn) and act is not Act.READ:
            laboratories = {Standing.HOLDER, Standing.LABORATORY, Standing.STRANGER}
            allowed = {Standing.AUTHOR} if act is Act.CANCEL else laboratories
            assert standing in allowed
            assert standing is not Standing.STRANGER or act is Act.RETRIEVE


def test_release_goes_back_to_partially_dispensed_where_it_came_from(town: Town) -> None:
    submitted = brought_to(town, State.PARTIALLY_DISPENSED, Standing.LABORATORY)
    assert town.reserve(submitted.task_id).status_code == 200
    assert town.state(submitted.task_id) == "in-progress"
    answer = town.cancel(submitted.task_id)
    assert codes_of(answer) == ["reserved-cannot-cancel"]
    assert town.release(submitted.task_id).status_code == 200
    assert town.state(submitted.task_id) == "partially-dispensed"


def test_a_holder_holds_only_what_is_in_progress(town: Town) -> None:
    submitted = brought_to(town, State.IN_PROGRESS, Standing.HOLDER)
    task = town.get(f"Task/{submitted.task_id}").json()
    holder = PEOPLE.organizations["labo-nord"].cns_code
    assert task["owner"]["identifier"]["value"] == holder
    assert task["status"] == "in-progress"
    again = town.reserve(submitted.task_id)
    assert again.json()["parameter"][0]["resource"] == task
    assert town.dispense(submitted.task_id).status_code == 200
    assert "owner" not in town.get(f"Task/{submitted.task_id}").json()


def test_a_role_nobody_has_is_nobody_here(town: Town) -> None:
    submitted = brought_to(town, State.ACTIVE, Standing.LABORATORY)
    with town.world.store.read() as tx:
        found = life.find(tx, submitted.task_id)
    assert found is not None
    for role in (Role.PHARMACY, "patient"):
        standing = standing_of(
            found, role=role, organization=found.organization, has_retrieved=True
        )
        assert standing is Standing.PHARMACY
