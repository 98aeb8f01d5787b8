"""The lab judged: all scenarios hold with the lab in all roles, every defect is caught."""

import json

import pytest

from reports.cli.front import main
from scenarios import load_catalogue
from scenarios.model import Programme
from test_suites.core.verdict import Verdict
from test_suites.proof.defects import SUPPLIER, Defect, load_defects
from test_suites.proof.mutants import CONTROLS, Outcome, good_product, scenarios_for, try_all

DEFECTS = load_defects()
# One for each way a defect can show: in a message, on paper, in a log, in time, on the wire.
TELLING = {
    "prescriber/drops-a-line",
    "prescriber/redraws-qr",
    "laboratory/logs-token",
    "laboratory/ignores-retry-after",
    "laboratory/skips-tls-verification",
}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_scenario_passes_with_the_lab_in_all_roles(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["selfcheck", "--json"])
    results = lines(capsys)
    assert [one for one in results if one["verdict"] != "PASS"] == []
    assert len(results) >= 20
    assert all(one["findings"] for one in results)
    assert code == 0


def test_there_are_enough_defects_and_each_expects_something() -> None:
    assert len(DEFECTS) >= 15
    assert len({one.id for one in DEFECTS}) == len(DEFECTS)
    assert all(one.expected for one in DEFECTS)


@pytest.mark.parametrize("defect", sorted(TELLING))
def test_a_telling_defect_is_caught_and_nothing_else_blamed(
    defect: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["mutants", "--json", defect])
    [outcome] = lines(capsys)
    assert (code, outcome["caught"], outcome["falsely_blamed"]) == (0, True, [])


@pytest.mark.slow
def test_every_defect_is_caught_and_the_good_products_are_not_blamed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["mutants", "--json"])
    outcomes = lines(capsys)
    tried = {(one.vendor, one.programme) for one in DEFECTS}
    assert len(outcomes) == len(DEFECTS) + len(tried) == len(DEFECTS) + 6
    assert [o for o in outcomes if not o["caught"] or o["falsely_blamed"] or o["errors"]] == []
    assert code == 0


def test_a_missed_defect_is_told_as_missed() -> None:
    drops = next(one for one in DEFECTS if one.id == "prescriber/drops-a-line")
    wrong = {"ERX-PRE-007": Verdict.FAIL}
    expecting_another = Defect.model_validate({**drops.model_dump(), "expected": wrong})
    [outcome] = try_all([expecting_another], processes=1)
    assert not outcome.caught
    assert outcome.falsely_blamed == tuple(drops.expected)
    assert not outcome.good


def test_an_error_of_the_lab_is_never_good() -> None:
    assert not Outcome(vendor="v", defect="d", errors=("ERX-PRE-001",)).good


def test_an_unknown_name_is_wrong_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutants", "no-such-defect", "--language", "en"]) == 2
    assert "no-such-defect" in capsys.readouterr().err
    assert main(["selfcheck", "no-such-scenario", "--language", "en"]) == 2


def test_a_security_defect_is_tried_on_its_own_families_and_the_controls() -> None:
    catalogue = load_catalogue()
    known = {one.id for one in catalogue.of(Programme.SECURITY).scenarios}
    assert known >= CONTROLS
    for defect in load_defects():
        chosen = scenarios_for(defect, catalogue)
        if defect.programme is not Programme.SECURITY:
            assert (chosen is None) is (defect.vendor != SUPPLIER)
            continue
        assert chosen is not None
        assert known >= chosen >= CONTROLS
        tested = {cited for one in chosen for cited in catalogue.scenario(one).cited()}
        assert set(defect.expected) <= tested, defect.id
    assert scenarios_for(good_product("prescriber", Programme.SECURITY), catalogue) is None
