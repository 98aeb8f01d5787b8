"""Answers to an earlier version of a bank: which stay, which are asked again, and what was read."""

from pathlib import Path

import pytest

from reports.cesar.banks import load_instrument, read_instrument
from reports.cesar.dossier.carrying import carried_dossier
from reports.cesar.dossier.model import Dossier, DossierAnswer, Person, Review
from reports.cesar.questions import Instrument
from reports.cesar.replies import Replies, Reply
from reports.cesar.supplied import AnswerSet, SuppliedAnswer, fitting
from reports.cesar.versions import (
    Before,
    Earlier,
    Reworded,
    Versions,
    carried,
    carried_replies,
    fingerprint,
    load_versions,
    read_then,
)
from reports.render.result.retold import news
from tests.reports.portal.visitors import NOON

PROFESSIONAL, VENDOR = load_instrument("professional"), load_instrument("vendor")
BANKS = (PROFESSIONAL, VENDOR)
each_bank = pytest.mark.parametrize("bank", BANKS, ids=lambda one: one.name)


@each_bank
def test_what_earlier_versions_said_can_be_read_to_the_letter(bank: Instrument) -> None:
    versions = load_versions(bank.name)
    assert [one.version for one in versions.earlier] == ["2.0.0"]
    for one in versions.earlier:
        steps = versions.since(one.version)
        assert steps is not None
        assert fingerprint(bank, steps) == one.sentences
        assert fingerprint(bank) != one.sentences


@each_bank
def test_an_entry_names_questions_and_sentences_that_exist_and_reads_otherwise(
    bank: Instrument,
) -> None:
    for step in load_versions(bank.name).earlier:
        for one in step.changed:
            now = dict(bank.question(one.id).texts())
            for place, old in one.before.items():
                said = [old.of(language) for language in ("fr", "en", "de")]
                assert any(said), (one.id, place)
                for language in ("fr", "en", "de"):
                    assert old.of(language) != now[place].of(language), (one.id, place)


def test_answers_to_2_0_0_stay_where_the_sentence_says_the_same_in_better_words() -> None:
    replies = Replies(
        instrument="professional",
        version="2.0.0",
        profession="doctor",
        size="solo",
        replies={"B1": Reply(level=1), "B2": Reply(level=3), "A2": Reply(kind="unknown")},
    )
    found = carried_replies(replies, PROFESSIONAL)
    assert found is not None
    assert (found.version, found.replies) == (PROFESSIONAL.version, replies.replies)
    told = news(PROFESSIONAL, "2.0.0", replies.replies, language="fr")
    assert told is not None
    assert (told.kept, told.again) == (3, ())
    assert [(one.id, one.answer_then, one.answer) for one in told.reworded] == [
        ("B1", "À la main, quand on y songe.", "À la main, quand on y pense.")
    ]
    assert "toutes seules" in told.reworded[0].asked_then


def test_an_answer_to_a_sentence_that_means_something_else_is_not_taken_over() -> None:
    answers = {"VP2": Reply(level=5), "VP1": Reply(level=2)}
    replies = Replies(instrument="vendor", version="2.0.0", replies=answers)
    found = carried_replies(replies, VENDOR)
    assert found is not None
    assert set(found.replies) == {"VP1"}
    told = news(VENDOR, "2.0.0", answers, language="de")
    assert told is not None
    assert [(one.id, one.answer_then) for one in told.again] == [
        ("VP2", "Ein Mitbewerber hat den Export geladen; Lücken wurden geschlossen.")
    ]


def test_questions_and_reasons_that_are_gone_are_not_taken_over() -> None:
    answers = {
        "B1": Reply(level=1),
        "Z9": Reply(level=5),
        "N5": Reply(kind="not-applicable", reason="never-was"),
    }
    found = carried("2.0.0", answers, PROFESSIONAL, load_versions("professional"))
    assert found is not None
    assert (found.kept, found.again) == (("B1",), ("Z9", "N5"))


@pytest.mark.parametrize("version", ["1.0.0", "9.0.0", PROFESSIONAL.version])
def test_of_a_version_that_nobody_knows_nothing_is_guessed(version: str) -> None:
    replies = Replies(instrument="professional", version=version, replies={"Z9": Reply(level=5)})
    assert carried_replies(replies, PROFESSIONAL) is None
    assert news(PROFESSIONAL, version, replies.replies, language="fr") is None
    assert carried_replies(replies, VENDOR) is None


def test_several_versions_are_stepped_over_one_after_another() -> None:
    def step(version: str, said: str, *, other: bool = False) -> Earlier:
        changed = Reworded(
            id="B1", means="other" if other else "same", before={"question": Before(fr=said)}
        )
        return Earlier(version=version, sentences="0" * 64, changed=(changed,))

    versions = Versions(earlier=(step("1.2.0", "trois"), step("1.1.0", "deux", other=True)))
    question = PROFESSIONAL.question("B1")
    for version, said, kept in (("1.2.0", "trois", ("B1",)), ("1.1.0", "deux", ())):
        steps = versions.since(version)
        assert steps is not None
        assert read_then(question, "question", "fr", steps) == said
        assert read_then(question, "question", "en", steps) == question.question.en
        found = carried(version, {"B1": Reply(level=1)}, PROFESSIONAL, versions)
        assert found is not None
        assert found.kept == kept


def test_a_dossier_keeps_its_files_with_an_answer_that_waits_and_loses_its_review() -> None:
    given = {
        name: DossierAnswer(level=5, by="dev", files=(f"{name}.pdf",)) for name in ("VP1", "VP2")
    }
    reviews = tuple(
        Review(question=one, by="lab", on=NOON.date(), evidence="accepted") for one in given
    )
    dossier = Dossier(
        organisation="Alpha",
        product="AlphaMed",
        product_version="4",
        version="2.0.0",
        people=(Person(id="dev", function="Dev"), Person(id="lab", function="Lab")),
        answers=given,
        reviews=reviews,
    )
    found = carried_dossier(dossier, VENDOR)
    assert found is not None
    assert found.version == VENDOR.version
    assert (set(found.answers), set(found.earlier)) == ({"VP1"}, {"VP2"})
    assert found.earlier["VP2"].answer.files == ("VP2.pdf",)
    assert [one.question for one in found.reviews] == ["VP1"]
    assert carried_dossier(found, VENDOR) == found
    assert carried_dossier(dossier.model_copy(update={"version": "0.1.0"}), VENDOR) is None


def test_what_suppliers_answered_to_2_0_0_still_serves() -> None:
    told = AnswerSet(
        supplier="Alpha",
        product="AlphaMed",
        issued=NOON.date(),
        expires=NOON.date(),
        version="2.0.0",
        answers={"B1": SuppliedAnswer(level=4)},
    )
    asked = PROFESSIONAL.questions()
    ((found, count),) = fitting((told,), asked, PROFESSIONAL)
    assert (found.version, count) == (PROFESSIONAL.version, 1)
    unknown = told.model_copy(update={"version": "0.1.0"})
    assert fitting((unknown,), asked, PROFESSIONAL) == ()


def test_a_bank_is_read_without_its_earlier_versions() -> None:
    folder = Path("reports/cesar/banks/vendor")
    assert (folder / "versions.yaml").is_file()
    assert read_instrument(folder, name="vendor") == VENDOR
