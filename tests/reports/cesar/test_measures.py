"""The twelve measures: whole in three languages, cited, and in step with the catalogue."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reference_server.text import LANGUAGES, Catalogue
from reports.cesar.bank import SIZES, Measure, load_bank
from reports.labelling.scheme import load_scheme
from scenarios import load_catalogue
from scenarios.model import Actor, Authority, Text

BANK = load_bank()
CATALOGUE = load_catalogue()
MESSAGES = Catalogue.load(Path("reports/cesar/messages"))
SCENARIO = CATALOGUE.scenario("cs-knock-out")
# The ids of the bank's entries marked "ko" for a healthcare practice.
KNOCK_OUTS = ["P2", "A1", "A2", "E1", "E3", "E5", "N1", "N4", "D1", "B1", "B2", "B3"]
each_measure = pytest.mark.parametrize("measure", BANK.measures, ids=lambda one: one.id)


def texts_of(measure: Measure) -> Iterator[Text]:
    yield from (measure.question, measure.why, measure.ask, measure.first_step)
    yield from measure.answers.values()
    yield from (reason.text for reason in measure.not_applicable)


def test_they_are_the_knock_outs_of_the_bank_in_its_order() -> None:
    assert [one.id for one in BANK.measures] == KNOCK_OUTS


@each_measure
def test_every_text_is_written_in_three_languages(measure: Measure) -> None:
    for text in texts_of(measure):
        assert len({text.fr, text.en, text.de}) == 3
        assert not re.search(r"\b(the|und|der|must)\b", text.fr)
        assert not re.search(r"\b(les|des|une|und|der)\b", text.en)
        assert not re.search(r"\b(the|les|une|with|and)\b", text.de)
        assert not re.search(r"[^\u00a0][;!?]|[^\u00a0\d]:|'", text.fr), text.fr


@each_measure
def test_every_question_ends_as_one_and_every_step_is_for_this_week(measure: Measure) -> None:
    for language in LANGUAGES:
        assert measure.question.of(language).endswith("?")
    assert "Cette semaine" in measure.first_step.fr
    assert "This week" in measure.first_step.en
    assert "diese Woche" in measure.first_step.de
    assert set(measure.answers) == {"yes", "partly", "no"}


@each_measure
def test_every_measure_cites_sources_that_the_catalogue_knows(measure: Measure) -> None:
    known = {source.id: source for source in CATALOGUE.sources}
    assert {"ISO-27002", "NIS2", "GDPR"} <= {one.source for one in measure.sources}
    for citation in measure.sources:
        assert known[citation.source].publisher
        assert MESSAGES.render(f"cesar.source.{citation.source.lower()}")
        clause = CATALOGUE.requirement(measure.requirement).clause
        assert citation.clause in clause
        assert clause.startswith(f"question {measure.id}\u00a0:")


@each_measure
def test_every_measure_says_whom_it_concerns(measure: Measure) -> None:
    assert set(measure.sizes) <= set(SIZES)
    # Whom the size leaves out gets a reason; everybody else is asked.
    assert measure.reason is not None or set(measure.sizes) == set(SIZES)


@each_measure
def test_step_check_and_scheme_say_the_same_of_a_measure(measure: Measure) -> None:
    step = next(one for one in SCENARIO.acts() if one.parameters == {"question": measure.id})
    (expectation,) = step.expect
    assert (expectation.requirement, expectation.check) == (measure.requirement, "declared")
    reasons = [reason.id for reason in measure.not_applicable]
    assert expectation.params.get("reasons", []) == reasons
    (module,) = load_scheme("CESAR-KO").modules
    assert measure.requirement in module.required
    assert (measure.requirement in module.may_not_apply) == bool(reasons)


def test_no_measure_claims_that_a_law_demands_it() -> None:
    ours = [one for one in CATALOGUE.requirements if Actor.PRACTICE in one.actors]
    assert [one.id for one in ours] == sorted(one.requirement for one in BANK.measures)
    assert {one.authority for one in ours} == {Authority.ASSUMED}
    assert {one.source for one in ours} == {"CESAR-LAB"}


def test_the_sentences_are_translated_and_typeset() -> None:
    same = {
        "cesar.front.tool",
        "cesar.offer",
        "cesar.offer.bare",
        "cesar.prompt.name",
        "cesar.result.decimal",
    }
    for message_id in MESSAGES.ids() - same:
        params = dict.fromkeys(MESSAGES.parameters(message_id), "x")
        spoken = {language: MESSAGES.render(message_id, params, language) for language in LANGUAGES}
        numbers = message_id.startswith(("cesar.size", "cesar.source", "cesar.between"))
        assert len(set(spoken.values())) == 3 or numbers, message_id
        assert not re.search(r" [:;!?»]|« |'", spoken["fr"]), spoken["fr"]


def test_every_sentence_is_used() -> None:
    sources = "".join(
        file.read_text("utf-8")
        for suffix in ("*.py", "*.j2")
        for file in Path("reports").rglob(suffix)
    )
    stems = set(re.findall(r"[\"']((?:cesar|report)\.[a-z0-9.-]*)", sources))
    for message_id in MESSAGES.ids():
        plain = message_id.removeprefix("self-assessment.")
        used = (plain == s or (s.endswith(".") and plain.startswith(s)) for s in stems)
        assert any(used), message_id
