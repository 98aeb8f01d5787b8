"""Somebody comes back with answers to an earlier version of the questions, and goes on."""

import json
from collections.abc import Callable, Iterator

import pytest

from reports.cesar.banks import load_instrument
from reports.portal.desk import Desk
from tests.reports.portal.vendors import PDF, begins, comes_in
from tests.reports.portal.visitors import Visitor, portal

Open = tuple[Desk, Callable[[], Visitor]]
NOW = load_instrument("professional").version


@pytest.fixture
def opened() -> Iterator[Open]:
    with portal() as given:
        yield given


def aged(desk: Desk, version: str = "2.0.0", table: str = "assessment") -> None:
    """Turn what is kept into answers to an earlier version."""
    with desk.store.write() as tx:
        tx.execute(f"UPDATE {table} SET content = replace(content, ?, ?)", (NOW, version))  # noqa: S608  our own tables


def test_a_professional_comes_back_with_the_code_sees_what_changed_and_goes_on(
    opened: Open,
) -> None:
    desk, browser = opened
    here, there = browser(), browser()
    code = here.begin()
    here.open("/cesar/question/B1")
    here.send("/cesar/question/B1", {"B1": "1"})
    aged(desk)
    there.open("/cesar/resume")
    there.send("/cesar/resume", {"code": code})
    assert there.at == "/cesar/newer"
    assert "Réponses gardées\u00a0: 1. Aucune n\u2019est à redonner." in there.text
    assert "quand on y songe" in there.text
    assert "quand on y pense" in there.text
    assert json.loads(there.open("/cesar/newer.json").content)["version"] == "2.0.0"
    there.open("/cesar/question/B2")
    assert there.at == "/cesar/newer"
    there.send("/cesar/newer", {})
    assert there.at == "/cesar/overview"
    assert f"version {NOW}" in there.text
    assert "À la main, quand on y pense." in there.text
    assert there.open("/cesar/newer").url.path == "/cesar/overview"


def test_answers_of_an_unknown_version_can_be_had_and_deleted_but_not_continued(
    opened: Open,
) -> None:
    desk, browser = opened
    person = browser()
    person.begin()
    person.open("/cesar/question/B1")
    person.send("/cesar/question/B1", {"B1": "1"})
    aged(desk, "1.0.0")
    person.open("/cesar/result")
    assert person.at == "/cesar/newer"
    assert "1.0.0" in person.text
    assert "Continuer avec ces réponses" not in person.text
    person.open("/cesar/leave")
    guard = {"guard": person.guard}
    person.seen = person.client.post(
        "/cesar/newer",
        data=guard,
        headers={"Origin": str(person.client.base_url).rstrip("/")},
        follow_redirects=True,
    )
    assert person.at == "/cesar/newer"
    assert json.loads(person.open("/cesar/newer.json").content)["version"] == "1.0.0"
    person.open("/cesar/leave")
    person.send("/cesar/delete", {})
    assert "effac" in person.text
    with desk.store.read() as tx:
        assert tx.execute("SELECT id FROM assessment").fetchone() is None


def test_our_own_script_is_told_to_reload(opened: Open) -> None:
    desk, browser = opened
    person = browser()
    person.begin()
    person.open("/cesar/question/B1")
    aged(desk)
    answer = person.client.post(
        "/cesar/question/B1",
        data={"guard": person.guard, "B1": "1", "go": "save"},
        headers={
            "Origin": str(person.client.base_url).rstrip("/"),
            "Accept": "application/json",
        },
    )
    assert answer.status_code == 409
    assert "rechargez" in answer.json()["said"]


def test_an_earlier_result_by_code_is_compared_answer_by_answer(opened: Open) -> None:
    desk, browser = opened
    before, now = browser(), browser()
    code = before.begin()
    before.answer(lambda _question: "3")
    aged(desk)
    now.begin()
    now.answer(lambda question: "0" if question == "B1" else "3")
    now.send("/cesar/compare", {"code": code})
    assert "autre version" not in now.text
    assert "Tout, chaque jour, sans intervention." in now.text


def test_a_vendor_s_dossier_goes_on_and_what_changed_its_meaning_is_asked_again(
    opened: Open,
) -> None:
    desk, browser = opened
    dev = comes_in(desk, browser(), organisation="Alpha Soft", function="Qualité")
    lab = comes_in(desk, browser(), organisation="Labo", function="Relecture", is_reviewer=True)
    dossier = begins(dev)
    for question, level in (("VP1", "3"), ("VP2", "5")):
        dev.open(f"{dossier}/question/{question}")
        dev.send(f"{dossier}/question/{question}", {question: level, "go": "save"})
        dev.send(f"{dossier}/question/{question}/evidence", {}, file=("essai.pdf", PDF))
        lab.open(f"{dossier}/question/{question}")
        lab.send(f"{dossier}/question/{question}/review", {"word": "accepted"})
    aged(desk, table="dossier")
    dev.open(f"{dossier}/question/VP1")
    assert dev.at == f"{dossier}/outdated"
    assert "À redonner, car la phrase dit aujourd\u2019hui autre chose\u00a0: 1." in dev.text
    lab.open(dossier)
    assert lab.at == f"{dossier}/outdated"
    assert "Continuer avec ces réponses" not in lab.text
    dev.send(f"{dossier}/outdated", {})
    assert dev.at == dossier
    dev.open(f"{dossier}/question/VP2")
    assert "La phrase a changé de sens depuis la version 2.0.0." in dev.text
    dev.send(f"{dossier}/question/VP2", {"VP2": "4", "go": "save"})
    assert "essai (2).pdf" in dev.text
    assert "changé de sens" not in dev.text
    dev.open(f"{dossier}/deeds")
    assert f"2.0.0 → {NOW}" in dev.text
    told = json.loads(dev.open(f"{dossier}/dossier.json").content)
    replies = told["result"]["replies"]["replies"]
    assert (replies["VP1"]["evidence"], replies["VP2"]["evidence"]) == ("B", "C")
    lab.open(f"{dossier}/question/VP2")
    assert "pdf" in lab.text
