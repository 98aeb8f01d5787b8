"""The same campaign gives the same verdicts, whatever the network, the order and the load."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from reports.cli.front import main
from scenarios import load_catalogue
from test_suites.capture.slow_road import SlowRoad
from test_suites.core.verdict import Verdict
from test_suites.engine.plan import make_plan
from test_suites.engine.run import Options
from test_suites.proof.campaign import findings_of
from test_suites.proof.mutants import good_product, subject_with
from test_suites.proof.stability import Run, Seen, Table, differences

ROOT = Path(__file__).parents[3]


def run(number: int, verdict: Verdict, *, product: str = "laboratory") -> Run:
    """A run of one case with one finding."""
    seen = Seen(case="c", requirement="R", verdict=verdict, shown="'1' ≠ '2'")
    table = Table(
        product=product, cases={"c": verdict}, requirements={"R": verdict}, findings={"F-1": seen}
    )
    return Run(number=number, seed=number, seconds=1.0, tables=(table,))


def test_equal_runs_have_one_table_and_no_difference() -> None:
    runs = [run(number, Verdict.PASS) for number in (1, 2, 3)]
    assert len({one.digest for one in runs}) == 1
    assert differences(runs) == ()


def test_the_odd_run_is_named_with_case_requirement_and_finding() -> None:
    runs = [run(1, Verdict.FAIL), run(2, Verdict.PASS), run(3, Verdict.PASS)]
    assert len({one.digest for one in runs}) == 2
    case, requirement = differences(runs)
    assert [case.kind, case.id, requirement.kind, requirement.id] == [
        "case",
        "c",
        "requirement",
        "R",
    ]
    for one in (case, requirement):
        assert (one.run, one.seed, one.product) == (1, 1, "laboratory")
        assert (one.usual, one.got) == (Verdict.PASS, Verdict.FAIL)
        assert one.findings == ("F-1: PASS → FAIL '1' ≠ '2'",)


def test_a_verdict_that_one_run_lacks_is_a_difference() -> None:
    whole, lacking = run(1, Verdict.PASS), run(3, Verdict.PASS)
    [table] = lacking.tables
    bare = Table(product=table.product, cases={}, requirements=table.requirements, findings={})
    runs = [whole, run(2, Verdict.PASS), Run(number=3, seed=3, seconds=1, tables=(bare,))]
    [difference] = differences(runs)
    assert (difference.id, difference.usual, difference.got) == ("c", Verdict.PASS, None)
    assert difference.findings == ("F-1: PASS → -",)


def test_one_run_cannot_be_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stability", "--runs", "1", "--language", "en"]) == 2
    assert "two campaigns" in capsys.readouterr().err


def test_a_refusal_that_arrives_after_the_product_has_told_of_it_is_still_seen() -> None:
    subject, catalogue = subject_with(good_product("prescriber")), load_catalogue()
    plan = make_plan(subject, catalogue)
    [case] = [case for case in plan.cases if case.scenario == "ep-untrusted-prescriber"]
    alone = type(plan)(catalogue_digest=plan.catalogue_digest, cases=(case,))
    road = SlowRoad(shortest=0.3, longest=0.4)
    findings = findings_of(subject, alone, catalogue, options=Options(seed=1, road=road))
    assert {finding.verdict for finding in findings} == {Verdict.PASS}


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["stability", "--runs", "2"], ["mutants", "drops-a-line", "logs-token"]]
)
def test_killed_in_the_midst_it_leaves_nobody_at_work(words: list[str]) -> None:
    command = [sys.executable, "-m", "reports.cli", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as started:
        found: list[psutil.Process] = []
        while not any("test_suites.vendors" in " ".join(cmdline(one)) for one in found):
            assert started.poll() is None
            found = psutil.Process(started.pid).children(recursive=True)
        started.kill()
    _, alive = psutil.wait_procs(found, timeout=60)
    assert alive == []


def cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended
        return []


@pytest.mark.slow
def test_runs_in_random_order_on_a_loaded_machine_and_a_slow_network_agree(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["stability", "--runs", "3", "--json"])
    *runs, summary = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [(one["run"], one["seed"]) for one in runs] == [(1, 1), (2, 2), (3, 3)]
    assert all(one["verdicts"]["PASS"] for one in runs)
    assert summary == {"runs": 3, "equal": True, "differences": []}
    assert code == 0
