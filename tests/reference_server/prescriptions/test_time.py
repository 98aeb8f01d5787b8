"""Time moves a prescription: expiry, the rest of a series, forgotten reservations."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.services.prescriptions.rules.lifecycle import (
    LUXEMBOURG,
    end_of_validity,
)
from tests.reference_server.prescriptions.town import (
    PEOPLE,
    Submitted,
    Town,
    codes_of,
    line_of,
    parameters_of,
)

BORN = PEOPLE.patients["anna-weber"].birth_date.isoformat()


@pytest.fixture
def series(town: Town) -> Submitted:
    return town.seen_by(town.prescribe(line_of("BIO-0401", count=3)), "labo-nord", "labo-sud")


def test_after_two_months_nothing_can_be_dispensed(town: Town, series: Submitted) -> None:
    town.later(days=57)
    assert town.state(series.task_id) == "active"
    town.later(days=6)
    task = town.get(f"Task/{series.task_id}").json()
    assert (task["status"], task["businessStatus"]["coding"][0]["code"]) == ("failed", "expired")
    assert task["lastModified"] == task["restriction"]["period"]["end"]
    answers = [
        town.retrieve_by_number(series.number, BORN),
        town.reserve(series.task_id),
        town.dispense(series.task_id),
        town.cancel(series.task_id),
    ]
    assert {answer.status_code for answer in answers} == {410}
    assert {code for answer in answers for code in codes_of(answer)} == {"prescription-expired"}


def test_the_rest_of_a_series_has_six_months_from_the_first_part(
    town: Town, series: Submitted
) -> None:
    town.later(days=50)
    assert town.dispense(series.task_id, (series.lines[0], 1)).status_code == 200
    town.later(days=170)
    assert town.state(series.task_id) == "partially-dispensed"
    assert town.dispense(series.task_id, (series.lines[0], 1)).status_code == 200
    town.later(days=20)
    assert town.state(series.task_id) == "expired"
    assert codes_of(town.dispense(series.task_id)) == ["prescription-expired"]


def test_a_forgotten_reservation_ends_after_a_day(town: Town, series: Submitted) -> None:
    assert town.reserve(series.task_id).status_code == 200
    town.later(hours=23, minutes=59)
    assert codes_of(town.reserve(series.task_id, who="labo-sud")) == ["reserved-elsewhere"]
    town.later(minutes=2)
    assert town.state(series.task_id) == "active"
    assert codes_of(town.release(series.task_id)) == ["not-reserved"]
    assert town.reserve(series.task_id, who="labo-sud").status_code == 200
    assert codes_of(town.dispense(series.task_id)) == ["reserved-elsewhere"]


def test_a_reservation_does_not_outlive_the_prescription(town: Town, series: Submitted) -> None:
    task = town.get(f"Task/{series.task_id}").json()
    end = datetime.fromisoformat(task["restriction"]["period"]["end"])
    town.world.clock.advance(end - town.world.clock.business_now() - timedelta(hours=1))
    assert town.reserve(series.task_id).status_code == 200
    town.later(hours=2)
    assert codes_of(town.dispense(series.task_id)) == ["prescription-expired"]


def test_what_time_has_done_is_kept_by_the_next_operation(town: Town, series: Submitted) -> None:
    town.reserve(series.task_id)
    town.later(hours=25)
    before = town.get(f"Task/{series.task_id}").json()
    after = town.get(f"Task/{series.task_id}").json()
    assert before == after
    with town.world.store.read() as tx:
        row = tx.execute("SELECT state, reserved_by FROM prescription").fetchone()
    assert tuple(row) == ("active", None)


def test_a_search_finds_the_states_of_now(town: Town, series: Submitted) -> None:
    town.reserve(series.task_id)
    town.later(hours=25)
    assert town.get("Task?status=in-progress").json()["total"] == 0
    assert town.get("Task?business-status=active").json()["total"] == 1
    town.later(days=70)
    assert town.get("Task?status=failed").json()["total"] == 1


def test_the_version_counts_every_change(town: Town, series: Submitted) -> None:
    town.reserve(series.task_id)
    town.later(hours=25)
    answer = town.dispense(series.task_id)
    task = parameters_of(answer)["task"]["resource"]
    assert task["meta"]["versionId"] == "4"


@pytest.mark.parametrize(
    ("start", "months", "last_day"),
    [
        ("2026-11-22T10:00:00+01:00", 2, "2027-01-22"),
        ("2026-12-31T10:00:00+01:00", 2, "2027-02-28"),
        ("2027-12-31T10:00:00+01:00", 2, "2028-02-29"),
        ("2026-08-31T10:00:00+02:00", 6, "2027-02-28"),
        ("2026-11-22T23:30:00+00:00", 2, "2027-01-23"),
    ],
)
def test_validity_ends_with_the_same_day_months_later(
    start: str, months: int, last_day: str
) -> None:
    end = end_of_validity(datetime.fromisoformat(start), months=months)
    local = end.astimezone(LUXEMBOURG)
    assert local.isoformat()[:19] == f"{last_day}T23:59:59"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)), st.integers(1, 24))  # noqa: DTZ001 - the zone follows
def test_validity_never_ends_before_the_months_are_over(at: datetime, months: int) -> None:
    start = at.replace(tzinfo=UTC)
    days = (end_of_validity(start, months=months) - start).days
    assert 28 * months - 1 <= days <= 31 * months + 1
