"""Answers from suppliers on the pages: chosen, shown as theirs, overruled, given back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from reports.cesar.banks import load_instrument
from reports.cesar.result import Result
from reports.cli.front import main
from reports.portal.trusted import UntrustedError, read_suppliers
from tests.reports.portal.visitors import NOON, Visitor, portal

ANSWERS = {
    "supplier": "Alpha Soft",
    "product": "AlphaMed 4",
    "issued": "2026-10-01",
    "expires": "2027-10-01",
    "version": load_instrument("professional").version,
    "answers": {"B1": {"level": 4, "evidence": "B"}, "B2": {"level": 3}, "LA1": {"level": 3}},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as whoever runs the portal makes it from what a supplier sends."""
    file, key = tmp_path / "alpha.yaml", tmp_path / "alpha.pem"
    file.write_text(yaml.safe_dump(ANSWERS), encoding="utf-8")
    assert main(["supplier", str(file), "--key", str(key)]) == 0
    (tmp_path / "alpha.public.json").rename(tmp_path / "trusted.json")
    return tmp_path


@pytest.fixture
def person(folder: Path) -> Iterator[Visitor]:
    supplied = read_suppliers(folder, today=NOON.date())
    with portal(supplied=supplied) as (_, browser):
        yield browser()


def result(person: Visitor) -> Result:
    return Result.model_validate_json(person.open("/cesar/result.json").content)


def take(person: Visitor, *products: str) -> None:
    page = person.open("/cesar/suppliers").text
    found = [part.partition('"')[0] for part in page.split('name="product" value="')[1:]]
    assert found
    person.send("/cesar/suppliers", {"product": found[0]} if products else {})


def test_a_supplier_s_answers_are_shown_as_its_own_with_grade_and_date(person: Visitor) -> None:
    person.begin()
    assert "/cesar/suppliers" in person.seen.text
    person.open("/cesar/suppliers")
    assert "AlphaMed 4, Alpha Soft" in person.text
    take(person, "AlphaMed 4")
    assert "Réponses de fournisseurs reprises" in person.text
    person.open("/cesar/question/B1")
    assert "Alpha Soft, AlphaMed 4, 01.10.2026, preuve B" in person.text
    assert 'value="4" checked' in person.seen.text
    replies = result(person).replies.replies
    assert sorted(replies) == ["B1", "B2"]
    assert replies["B1"].evidence == "B"


def test_a_practice_overrules_and_its_word_stays_when_products_change(person: Visitor) -> None:
    person.begin()
    take(person, "AlphaMed 4")
    person.open("/cesar/question/B1")
    person.send("/cesar/question/B1", {"B1": "1"})
    one = result(person).replies.replies["B1"]
    assert (one.level, one.supplied, one.evidence) == (1, None, "C")
    take(person)
    assert sorted(result(person).replies.replies) == ["B1"]


def test_going_on_without_a_change_leaves_the_answer_the_supplier_s(person: Visitor) -> None:
    person.begin()
    take(person, "AlphaMed 4")
    person.open("/cesar/question/B1")
    person.send("/cesar/question/B1", {"B1": "4"})
    assert result(person).replies.replies["B1"].supplied is not None


def test_who_a_supplier_is_does_not_reach_the_statistics(person: Visitor) -> None:
    person.begin()
    take(person, "AlphaMed 4")
    page = person.open("/cesar/all").text
    names = {part.partition('"')[0] for part in page.split('type="radio" name="')[1:]}
    person.send("/cesar/all", dict.fromkeys(sorted(names - {"B1", "B2"}), "3"))
    assert person.at == "/cesar/result"
    person.send("/cesar/count", {})
    assert "copie anonyme compte" in person.text


def test_a_file_that_was_changed_stops_the_portal_with_its_name_and_reason(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "alpha.jws"
    head, payload, signature = file.read_text(encoding="ascii").strip().split(".")
    file.write_text(f"{head}.{payload[:-4]}AAAA.{signature}", encoding="ascii")
    with pytest.raises(UntrustedError):
        read_suppliers(folder, today=NOON.date())
    capsys.readouterr()
    words = ["portal", "--folder", str(folder / "p"), "--suppliers", str(folder), "--port", "0"]
    assert main([*words, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["where"].endswith("alpha.jws")
    assert told["detail"]


def test_a_private_key_is_for_its_owner_s_eyes_and_signs_again(folder: Path) -> None:
    key = folder / "alpha.pem"
    assert key.stat().st_mode & 0o077 == 0
    again = folder / "again.jws"
    words = ["supplier", str(folder / "alpha.yaml"), "--key", str(key), "--out", str(again)]
    assert main(words) == 0
    assert len(read_suppliers(folder, today=NOON.date())) == 2
