"""The anonymous copy for the statistics: given only when asked, once, and without a link back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reports.cesar.analysis.contribution import Contribution, ripe
from reports.cli.front import main
from reports.portal.desk import Desk
from tests.reports.portal.visitors import Visitor, portal

Open = tuple[Desk, Callable[[], Visitor]]


@pytest.fixture
def opened() -> Iterator[Open]:
    with portal() as given:
        yield given


def whole(person: Visitor, level: str = "3") -> None:
    """Answer everything on one page."""
    person.begin()
    page = person.open("/cesar/all").text
    names = {part.partition('"')[0] for part in page.split('type="radio" name="')[1:]}
    person.send("/cesar/all", dict.fromkeys(sorted(names), level))
    assert person.at == "/cesar/result"


def test_nothing_is_given_unless_the_person_says_so_and_then_once(opened: Open) -> None:
    desk, browser = opened
    person = browser()
    whole(person)
    assert desk.contributions.since("2000-01") == ()
    assert "Moins de 10 cabinets" not in person.text
    for _ in range(2):
        person.open("/cesar/result")
        if "/cesar/count" in person.seen.text:
            person.send("/cesar/count", {})
    person.client.post("/cesar/count", data={"guard": "x"})
    (given,) = desk.contributions.since("2000-01")
    assert (given.month, given.profession, given.size) == ("2026-11", "doctor", "solo")
    assert "Moins de 10 cabinets" in person.text


def test_a_copy_has_no_link_to_its_assessment_and_outlives_it(opened: Open) -> None:
    desk, browser = opened
    person = browser()
    whole(person)
    person.send("/cesar/count", {})
    with desk.store.read() as tx:
        row = tx.execute("SELECT * FROM contribution").fetchone()
        own = tx.execute("SELECT * FROM assessment").fetchone()
    assert set(row.keys()) == {"id", "month", "content"}
    for secret in (own["id"], own["code_sha256"], own["used_on"]):
        assert secret not in str(tuple(row))
    person.open("/cesar/leave")
    person.send("/cesar/delete", {})
    assert len(desk.contributions.since("2000-01")) == 1


def test_an_incomplete_result_cannot_be_given(opened: Open) -> None:
    desk, browser = opened
    person = browser()
    person.begin()
    person.open("/cesar/all")
    person.send("/cesar/all", {"A1": "3"})
    assert "/cesar/count" not in person.seen.text
    person.send("/cesar/count", {})
    assert desk.contributions.since("2000-01") == ()


def test_peers_are_shown_from_the_tenth_on(opened: Open) -> None:
    desk, browser = opened
    first = browser()
    whole(first)
    first.send("/cesar/count", {})
    (given,) = desk.contributions.since("2000-01")
    for at in range(8):
        fresh = browser()
        whole(fresh, "2" if at % 2 else "3")
        fresh.send("/cesar/count", {})
    first.open("/cesar/result")
    assert "Moins de 10 cabinets" in first.text
    last = browser()
    whole(last, "0")
    last.send("/cesar/count", {})
    assert f"Parmi {len(desk.contributions.since('2000-01'))} cabinets" in last.text
    # Nobody has more than 100, and half of them have it: what is said must be true of them, too.
    assert "un quart au moins 100" in last.text
    assert given.low == 100


def test_months_with_few_wait_until_ten_are_together() -> None:
    def of(month: str, count: int) -> list[Contribution]:
        one = Contribution(
            version="2.1.0",
            month=month,
            profession="doctor",
            size="solo",
            answers={},
            domains={},
            low=1.0,
            band="D",
        )
        return [one] * count

    given = [*of("2026-01", 12), *of("2026-02", 4), *of("2026-03", 7), *of("2026-04", 9)]
    assert [one.month for one in ripe(given, before="2026-05")] == [
        *["2026-01"] * 12,
        *["2026-02/2026-03"] * 11,
    ]
    assert len(ripe(given, before="2026-03")) == 12


@pytest.mark.slow
def test_the_yearly_report_comes_as_page_table_and_pdf_in_three_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["analysis", "--synthetic", "80", "--out", str(out), "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert sorted(Path(one).name for one in files) == sorted(
        [
            "analysis.csv",
            *(f"analysis-{lang}.{kind}" for lang in ("fr", "en", "de") for kind in ("html", "pdf")),
        ]
    )
    assert all(Path(one).stat().st_size > 1000 for one in files)


def test_a_folder_without_a_portal_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["analysis", "--folder", str(tmp_path), "--out", str(tmp_path / "out"), "--json"]
    assert main(words) == 2
    assert "portal.db" in json.loads(capsys.readouterr().out)["error"]["where"]
    assert not (tmp_path / "out").exists()
