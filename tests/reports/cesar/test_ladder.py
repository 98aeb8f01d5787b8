"""The whole instrument as a dialogue: knock-outs first, skip, back, doubt, resume."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from reference_server.text import LANGUAGES
from reports.cesar.bank import load_bank
from reports.cesar.banks import load_instrument
from reports.cesar.essentials import essential
from reports.cesar.ladder import NO, UNKNOWN, YES, Ladder
from reports.cesar.path import path
from reports.cesar.questions import InstrumentName
from reports.cesar.replies import Replies
from reports.cesar.result import assessed
from reports.cesar.voice import StoppedError, Voice
from reports.render.texts import texts

NOW = "2026-11-29T11:00:00+00:00"
ABOUT = ["1", "2", "n", "n", "1"]
COUNT = 51
KNOCK_OUTS = 12


@dataclass(slots=True)
class Talk:
    """One dialogue with somebody who has these lines to say, and then goes away."""

    lines: list[str]
    language: str = "fr"
    name: InstrumentName = "professional"
    said: list[str] = field(default_factory=list)
    kept: list[Replies] = field(default_factory=list)
    ceilings: list[str] = field(default_factory=list)

    def run(self, replies: Replies | None = None) -> Replies:
        bank = load_instrument(self.name)
        voice = Voice(
            t=texts(self.language).t,
            language=self.language,
            width=80,
            say=self.said.append,
            ask=self.answer,
        )
        return Ladder(
            instrument=bank,
            voice=voice,
            keep=self.kept.append,
            now=lambda: NOW,
            milestone=lambda found: self.ceilings.append(assessed(bank, found).ceiling),
        ).run(replies or Replies(instrument=self.name, version=bank.version))

    def answer(self, prompt: str) -> str:
        self.said.append(prompt)
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    @property
    def heard(self) -> str:
        return " ".join(" ".join(self.said).split())


def finished(lines: Iterable[str], **more: object) -> tuple[Replies, Talk]:
    talk = Talk(list(lines), **more)  # type: ignore[arg-type]  # language or name
    return talk.run(), talk


def test_every_question_is_answered_in_the_order_of_the_path() -> None:
    replies, talk = finished([*ABOUT, *["3"] * COUNT])
    asked = path(load_instrument("professional"), replies.profile)
    assert list(replies.replies) == [one.id for one in asked]
    assert len(asked) == COUNT
    assert (replies.profession, replies.size, replies.by) == ("doctor", "small", "owner")
    assert talk.kept[-1] == replies
    assert talk.ceilings == ["A"]
    assert f"Question 1 sur {COUNT}" in talk.heard


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keys_of_a_language_are_offered_and_understood(language: str) -> None:
    about = ["2", "1", YES[language], NO, "1"]
    replies, talk = finished([*about, "0", UNKNOWN[language], *["5"] * 60], language=language)
    given = list(replies.replies.values())
    assert (given[0].level, given[1].kind, given[2].level) == (0, "unknown", 5)
    assert replies.tags == {"dev"}
    assert f" {UNKNOWN[language]} {texts(language).t('cesar.word.unknown')}" in talk.heard


def test_the_ceiling_is_told_once_when_the_last_knock_out_is_answered() -> None:
    talk = Talk([*ABOUT, *["3"] * (KNOCK_OUTS - 1), "0", "3", "b", "3"])
    with pytest.raises(EOFError):
        talk.run()
    assert talk.ceilings == ["C"]


def test_enter_skips_and_what_was_skipped_is_asked_when_going_on() -> None:
    first = Talk([*ABOUT, "3", "", "3", "q"])
    with pytest.raises(StoppedError):
        first.run()
    left = first.kept[-1]
    assert list(left.replies) == ["P2", "A2"]
    second = Talk(["2", *["3"] * 60])
    replies = second.run(left)
    assert replies.replies["A1"].level == 2
    assert "Reprise. Réponses enregistrées\u00a0: 2." in second.said[0]
    assert "Quelle est votre profession" not in second.heard


def test_b_goes_back_into_the_profile_and_another_profile_asks_other_questions() -> None:
    lines = [*ABOUT, "b", "b", "b", "b", "b", "3", "2", "n", "n", "1", *["3"] * 60]
    replies, talk = finished(lines)
    assert replies.profession == "pharmacy"
    assert {"PH1", "PH2", "PH3"} <= set(replies.replies)
    assert "Au comptoir, chaque personne" in talk.heard


def test_a_question_mark_tells_why_what_to_do_whom_to_ask_and_what_it_costs() -> None:
    _, talk = finished([*ABOUT, "?", *["3"] * COUNT])
    question = load_instrument("professional").question("P2")
    for text in (question.why, question.do, question.ask, question.proof):
        assert " ".join(text.fr.split()) in talk.heard
    assert "moins d\u2019une heure" in talk.heard


def test_what_is_not_understood_is_asked_again() -> None:
    replies, talk = finished(["9", *ABOUT, "6", "x", "oui", *["3"] * COUNT])
    assert replies.replies["P2"].level == 3
    assert talk.heard.count("pas comprise") == 4


def test_not_applicable_is_offered_only_where_there_is_a_reason() -> None:
    replies, talk = finished([*ABOUT, *["3"] * 5, "x", *["3"] * COUNT])
    given = replies.replies["E5"]
    assert (given.kind, given.reason) == ("not-applicable", "none-portable")
    assert talk.heard.count("Rien de portable") == 2


def contradictory(*, end: list[str]) -> list[str]:
    """Answers of a practice that restored everything (B3) without ever having a backup (B1)."""
    return [*ABOUT, *["3"] * 9, "0", "2", "4", *["3"] * (COUNT - KNOCK_OUTS - 0), *end]


def test_a_contradiction_is_asked_again_and_may_be_mended() -> None:
    replies, talk = finished(contradictory(end=["0", "0"]))
    assert replies.replies["B3"].level == 0
    assert "Deux réponses ne vont pas ensemble" in talk.heard
    assert "copies faites par hasard" in talk.heard


@pytest.mark.parametrize("end", [["", ""], ["5", "5"], [], ["b", "b"]])
def test_a_contradiction_that_is_kept_counts_as_less_and_is_not_asked_twice(
    end: list[str],
) -> None:
    replies, talk = finished(contradictory(end=end))
    assert replies.replies["B3"].kept
    result = assessed(load_instrument("professional"), replies)
    counted = next(one for one in result.questions if one.id == "B3")
    assert (counted.counted, counted.doubted) == (2, True)
    again = Talk([])
    assert again.run(replies) == replies
    assert "ne vont pas ensemble" not in again.heard
    assert talk.kept[-1] == replies


def test_a_vendor_says_what_the_product_is_and_gets_the_questions_for_it() -> None:
    replies, _ = finished(["o", "n", "n", "o", "n", "n", "n", *["3"] * 65], name="vendor")
    assert replies.tags == {"ehr", "web"}
    assert {"VL1", "VI3"} <= set(replies.replies)
    assert {"VA4", "VZ3", "VZ5"} & set(replies.replies) == set()


def test_the_essential_measures_follow_from_the_ladders() -> None:
    lines = [*ABOUT, "3", "2", "1", "0", "s", "x", *["5"] * 60]
    replies, _ = finished(lines)
    draft = essential(replies, load_bank())
    words = {name: one.answer for name, one in draft.answers.items()}
    assert list(words.values())[:6] == ["yes", "partly", "no", "no", "unknown", "not-applicable"]
    given = draft.answers["A1"].ladder
    assert given is not None
    assert (given.level, given.bank) == (2, replies.version)
    assert draft.answers["E5"].reason == "none-portable"


def test_a_skipped_essential_measure_is_unknown() -> None:
    replies, _ = finished([*ABOUT, *[""] * 60])
    draft = essential(replies, load_bank())
    assert {one.answer for one in draft.answers.values()} == {"unknown"}
    assert set(draft.answers) == {one.id for one in load_bank().measures}


def test_a_result_holds_figures_and_ids_and_no_sentence() -> None:
    replies, _ = finished([*ABOUT, *["3"] * 11, "s", *["3"] * 60])
    result = assessed(load_instrument("professional"), replies)
    assert (result.band, result.uncapped, result.open) == ("C", "A", ("B3",))
    assert 0 < result.low < result.high == 100
    assert [one.question for one in result.actions] == ["B3"]
    written = result.model_dump_json()
    assert load_instrument("professional").question("B3").question.fr not in written
    assert type(result).model_validate_json(written) == result
