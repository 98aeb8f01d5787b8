"""The dialogue: one question at a time, help, back, stop; what was heard is never lost."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from reference_server.text import LANGUAGES
from reports.cesar.answers import Draft, final
from reports.cesar.bank import load_bank
from reports.cesar.dialogue import LETTERS, Dialogue
from reports.cesar.voice import StoppedError
from reports.render.texts import texts

BANK = load_bank()
EVERY_YES = ["o"] * 12
NOW = "2026-11-22T20:00:00+00:00"


@dataclass(slots=True)
class Talk:
    """One dialogue with somebody who has these lines to say, and then goes away."""

    lines: list[str]
    language: str = "fr"
    width: int = 80
    said: list[str] = field(default_factory=list)
    kept: list[Draft] = field(default_factory=list)

    def run(self, draft: Draft | None = None) -> Draft:
        return Dialogue(
            bank=BANK,
            t=texts(self.language).t,
            language=self.language,
            width=self.width,
            say=self.said.append,
            ask=self.answer,
            keep=self.kept.append,
            now=lambda: NOW,
        ).run(draft or Draft(bank=BANK.version))

    def answer(self, prompt: str) -> str:
        self.said.append(prompt)
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    @property
    def heard(self) -> str:
        return "\n".join(self.said)


def words(draft: Draft) -> list[str]:
    return [answer.answer for answer in final(draft, BANK).values()]


def finished(lines: Iterable[str], **more: object) -> tuple[Draft, Talk]:
    talk = Talk(list(lines), **more)  # type: ignore[arg-type]  # language or width
    return talk.run(), talk


def test_all_answers_given_end_it_even_where_nobody_confirms() -> None:
    draft, talk = finished(["", "2", "1", *EVERY_YES])
    assert (draft.name, draft.size, draft.by) == ("", "small", "owner")
    assert words(draft) == ["yes"] * 12
    assert "Question 12 sur 12" in talk.heard
    assert talk.kept[-1] == draft


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letters_of_a_language_are_offered_and_understood(language: str) -> None:
    letters = [LETTERS[word][language] for word in ("yes", "partly", "no", "unknown")]
    draft, talk = finished(["", "3", "2", *letters * 3], language=language)
    assert words(draft) == ["yes", "partly", "no", "unknown"] * 3
    for letter in letters:
        assert f"\n  {letter}  " in talk.heard


def test_no_letter_means_two_things_or_what_the_dialogue_itself_hears() -> None:
    heard = [letter for word in LETTERS.values() for letter in set(word.values())]
    assert len(heard) == len(set(heard))
    assert not {"b", "q", "?"} & set(heard)


def test_words_and_capitals_are_understood_too() -> None:
    draft, _ = finished(["", "2", "1", "OUI", "En partie", " n ", "je ne sais pas", *"oooooooo"])
    assert words(draft)[:4] == ["yes", "partly", "no", "unknown"]


def test_a_question_mark_tells_why_and_what_to_do_without_answering() -> None:
    draft, talk = finished(["", "2", "1", "?", *EVERY_YES], width=1000)
    measure = BANK.measure("P2")
    told = " ".join(talk.heard.split())
    for text in (measure.why, measure.ask, measure.first_step):
        assert " ".join(text.fr.split()) in told
    assert "ISO/IEC 27002:2022, 5.11, 5.18, 6.5" in told
    assert words(draft) == ["yes"] * 12


def test_b_goes_back_and_enter_keeps_what_was_answered() -> None:
    draft, talk = finished(["", "2", "1", "o", "o", "b", "b", "n", "", *["o"] * 10])
    assert words(draft) == ["no", *["yes"] * 11]
    assert "Réponse actuelle" in talk.heard


def test_b_goes_back_from_the_end_and_from_the_beginning_nowhere() -> None:
    draft, talk = finished(["b", "Cabinet", "2", "1", *EVERY_YES, "b", "n", ""])
    assert words(draft) == [*["yes"] * 11, "no"]
    assert "rien avant elle" in talk.heard
    assert draft.name == "Cabinet"


def test_what_is_not_understood_is_asked_again() -> None:
    draft, talk = finished(["", "9", "deux", "2", "1", "", "x", "yy", *EVERY_YES])
    assert words(draft) == ["yes"] * 12
    assert talk.heard.count("pas comprise") == 5


def test_not_applicable_is_offered_only_where_there_is_a_reason() -> None:
    lines = ["", "2", "1", "o", "o", "o", "o", "o", "x", "o", "x", *["o"] * 4]
    draft, _ = finished(lines)
    answers = final(draft, BANK)
    assert {one: answers[one].reason for one in ("E5", "N4")} == {
        "E5": "none-portable",
        "N4": "no-remote",
    }


def test_whoever_works_alone_is_not_asked_about_leavers_and_back_skips_it() -> None:
    draft, talk = finished(["", "1", "1", "b", "", *["o"] * 11])
    assert (final(draft, BANK)["P2"].answer, final(draft, BANK)["P2"].reason) == (
        "not-applicable",
        "alone",
    )
    assert "Ne vous est pas posée" in talk.heard
    assert BANK.measure("P2").question.fr[:30] not in talk.heard


def test_a_practice_that_turns_out_larger_is_asked_after_all() -> None:
    talk = Talk(["", "1", "1", "o", "b", "b", "b", "2", "", "n", *["o"] * 11])
    assert words(talk.run()) == ["no", *["yes"] * 11]


def test_every_answer_is_kept_at_once_and_the_rest_can_follow_another_day() -> None:
    first = Talk(["Parc", "2", "1", "o", "p"])
    with pytest.raises(EOFError):
        first.run()
    left = first.kept[-1]
    assert [one.answer for one in left.answers.values()] == ["yes", "partly"]
    second = Talk(["n", *["o"] * 9])
    draft = second.run(left)
    assert words(draft) == ["yes", "partly", "no", *["yes"] * 9]
    assert "2 sur 12" in second.said[0]
    assert "Question 3 sur 12" in second.heard
    assert "Question 2 sur 12" not in second.heard


def test_q_stops_and_what_was_answered_stays() -> None:
    talk = Talk(["", "2", "1", "o", "q", "o"])
    with pytest.raises(StoppedError):
        talk.run()
    assert list(talk.kept[-1].answers) == ["P2"]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_lines_fit_the_terminal_and_are_plain(width: int) -> None:
    _, talk = finished(["", "2", "1", "?", *EVERY_YES], width=width)
    longest = max(len(line) for line in talk.said if not line.endswith(" "))
    assert longest <= max(24, min(width, 88))
    assert not [line for line in talk.said if any(ord(sign) < ord(" ") for sign in line)]


def test_a_name_cannot_steer_a_terminal() -> None:
    draft, _ = finished(["Cab\x1b[31m\x07inet", "2", "1", *EVERY_YES])
    assert draft.name == "Cab\\u001b[31m\\u0007inet"
