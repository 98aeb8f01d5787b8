"""A real campaign with an example product beside its vendor's answers: one of them is untrue."""

import json
from pathlib import Path

import pytest

from reports.cli.front import main
from tests.reports.cesar.test_dossier import dossier as declared
from tests.reports.portal.test_vendors import answers, data, reviewer_of
from tests.reports.portal.vendors import begins, comes_in
from tests.reports.portal.visitors import portal

DECLARATION = Path(__file__).parents[3] / "test_suites" / "vendors" / "prescriber.toml"
DEFECT, SCENARIO, BROKEN = "plain-pkce", "ep-cancelled", "ERX-SEC-001"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the example prescriber, whose code challenge can be read by anybody."""
    folder = tmp_path_factory.mktemp("campaign")
    subject = folder / "subject.toml"
    told = DECLARATION.read_text(encoding="utf-8")
    subject.write_text(told.replace('"{port}"]', f'"{{port}}", "--defect", "{DEFECT}"]'), "utf-8")
    words = ["run", "--subject", str(subject), "--out", str(folder / "run"), "--json"]
    assert main([*words, "--scenario", SCENARIO]) == 1
    return folder / "run"


@pytest.mark.slow
def test_an_untrue_answer_becomes_a_finding_whoever_attaches_the_campaign(campaign: Path) -> None:
    report = (campaign / "report.json").read_bytes()
    with portal() as opened:
        desk, browser = opened
        vendor = comes_in(desk, browser(), organisation="Alpha Soft", function="Qualité")
        dossier = begins(vendor, product="Cabinet+")
        answers(vendor, dossier, "VA1", "4")
        vendor.open(f"{dossier}/campaign")
        assert vendor.send(f"{dossier}/campaign", {}, file=("r.json", b"{}")).status_code == 422
        vendor.send(f"{dossier}/campaign", {}, file=("report.json", report))
        assert "Mesures mises" in vendor.text
        vendor.open(dossier)
        assert "contredit" in vendor.text
        vendor.open(f"{dossier}/report")
        assert BROKEN in vendor.text
        found = data(vendor, dossier)
        assert [one["question"] for one in contradicted(found)] == ["VA1"]
        assert BROKEN in contradicted(found)[0]["verdicts"]
        reviewer = reviewer_of(opened)
        reviewer.open(f"{dossier}/campaign")
        reviewer.send(f"{dossier}/campaign", {}, file=("report.json", report))
        assert "le laboratoire" in reviewer.text


def contradicted(found: dict[str, object]) -> list[dict[str, str]]:
    measured = found["measured"]
    assert isinstance(measured, list)
    return [one for one in measured if one["standing"] == "contradicted"]


@pytest.mark.slow
def test_the_same_campaign_contradicts_in_the_command(
    campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dossier.json"
    given = declared(answers={"VA1": {"level": 4, "by": "dev"}}, reviews=[])
    file.write_text(given.model_dump_json(), encoding="utf-8")
    words = ["dossier", str(file), "--campaign", str(campaign), "--out", str(tmp_path / "out")]
    assert main([*words, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["contradicted"] == ["VA1"]
