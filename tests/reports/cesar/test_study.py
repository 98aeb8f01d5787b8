"""The study of the rules: reproducible, and its figures show what its page says."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from reference_server.text import LANGUAGES
from reports.cesar.banks import load_instrument
from reports.cesar.readability import readabilities
from reports.cesar.study.simulations import SEED, Study, studies
from reports.cli.front import main
from reports.cli.study import FIGURES, PAGE, READING
from reports.render.study import study_page

BANK = load_instrument("professional")
PEOPLE = 6


@pytest.fixture(scope="module")
def found() -> dict[str, Study]:
    return {one.id: one for one in studies(BANK, people=PEOPLE)}


def values(study: Study, name: str) -> list[float]:
    (curve,) = (one for one in study.curves if one.name == name)
    return [y for _, y in curve.points]


def test_the_same_seed_gives_the_same_figures_and_another_one_others() -> None:
    few = studies(BANK, people=2)
    assert few == studies(BANK, people=2, seed=SEED)
    assert few != studies(BANK, people=2, seed=SEED + 1)


def test_more_unknown_answers_widen_the_range_around_the_true_score(
    found: dict[str, Study],
) -> None:
    study = found["coverage"]
    width, incomplete = values(study, "width"), values(study, "incomplete")
    assert (width[0], incomplete[0]) == (0, 0)
    assert width[-1] > width[2] > 0
    assert incomplete[-1] == 100
    assert study.figures["inside"] == 100


def test_evidence_raises_confidence_and_lowers_overstatement(found: dict[str, Study]) -> None:
    study = found["evidence"]
    confidence, overstated = values(study, "confidence"), values(study, "overstated")
    assert confidence[0] == pytest.approx(50)
    assert confidence[-1] == pytest.approx(90, abs=3)
    assert overstated[0] > overstated[-1]


def test_nobody_who_tells_the_truth_contradicts_himself(found: dict[str, Study]) -> None:
    study = found["contradictions"]
    assert values(study, "caught")[0] == values(study, "slips")[0] == values(study, "lost")[0] == 0
    assert min(values(study, "lost")) >= 0


def test_our_order_closes_more_knock_outs_than_chance_and_every_order_only_helps(
    found: dict[str, Study],
) -> None:
    study = found["ranking"]
    assert study.figures["open_ranked"] < study.figures["open_random"]
    assert study.figures["open_ranked"] <= study.figures["open_weight"]
    for curve in study.curves:
        heights = [y for _, y in curve.points]
        assert heights == sorted(heights)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_every_study_with_its_words_and_figures(
    found: dict[str, Study], language: str
) -> None:
    measured = {BANK.name: tuple(readabilities(BANK))}
    page = study_page(tuple(found.values()), [BANK], measured, people=PEOPLE, language=language)
    assert page.count('role="img"') == 4
    assert f'<html lang="{language}">' in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    start, end = page.index("<svg"), page.index("</svg>") + len("</svg>")
    svg = ET.fromstring(page[start:end])  # noqa: S314 - what this test has just made
    told = [each.text for each in svg if each.tag.endswith(("title", "desc"))]
    assert len([text for text in told if text]) == 2


@pytest.mark.slow
def test_the_command_writes_page_figures_and_a_measure_for_every_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "--people", "10", "--out", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["seed"] == SEED
    assert json.loads((tmp_path / FIGURES).read_bytes())["people"] == 10
    assert "</html>" in (tmp_path / PAGE).read_text("utf-8")
    rows = list(csv.DictReader((tmp_path / READING).read_text("utf-8").splitlines()))
    texts = sum(
        1
        for bank in (BANK, load_instrument("vendor"))
        for one in bank.questions()
        for _ in one.texts()
    )
    assert len(rows) == texts * len(LANGUAGES)


@pytest.mark.parametrize("people", ["9", "2001", "many"])
def test_a_number_of_people_out_of_bounds_is_wrong_input(
    people: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "--people", people]) == 2
    assert people in capsys.readouterr().err
