"""The pure parts of the players: waiting, pages, codes, sentences, forms."""

from datetime import UTC, datetime

import pytest

from test_suites.engine.players.login_page import find_login_form
from test_suites.engine.players.paper import make_page, read_code, tampered
from test_suites.engine.players.patience import seconds_asked
from test_suites.engine.players.screen import Screen
from test_suites.engine.players.trouble import Refused
from test_suites.engine.players.wire import merged, outcome_texts
from test_suites.match.pages import soundness_flaws, text_on

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("1", 1),
        (" 120 ", 120),
        ("Sun, 22 Nov 2026 12:00:05 GMT", 5),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("soon", 0),
        ("-3", 0),
        ("²", 0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str | None, seconds: float) -> None:
    assert seconds_asked(header, now=NOW) == seconds


def test_a_page_says_what_it_is_told_and_is_sound() -> None:
    page = make_page(["Dr Zoé (Lefèvre) \\ 中"])
    assert text_on(page).strip() == "Dr Zoé (Lefèvre) \\ ?"
    assert soundness_flaws(page, pages=1, megabytes=1) == ()
    assert read_code(page) is None
    assert read_code(b"no page") is None
    assert make_page(["x"]) == make_page(["x"])


@pytest.mark.parametrize("last", ["A", "B", "7"])
def test_a_tampered_code_keeps_its_form(last: str) -> None:
    code = f"ERX1:B0123456789X:{'A' * 31}{last}"
    assert tampered(code) != code
    assert tampered(code)[:-1] == code[:-1]


def test_a_form_is_found_among_others_with_its_hidden_fields() -> None:
    page = """<form action="/search"><input name="q"></form>
        <form METHOD=post action="/login?a=1&amp;b=2">
        <INPUT type=hidden name=transaction value="&lt;"><input name="username">
        <input name="password" type="password"><input type=submit></form>
        <input type="hidden" name="outside" value="no">"""
    form = find_login_form(page)
    assert form is not None
    assert (form.action, form.method) == ("/login?a=1&b=2", "POST")
    assert form.hidden == (("transaction", "<"),)


def test_an_own_header_takes_the_place_of_a_common_one() -> None:
    assert merged({"Accept": "a", "X": "1"}, {"accept": "b"}) == {"X": "1", "accept": "b"}


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (b"", ()),
        (b'{"resourceType":"OperationOutcome"}', ()),
        (
            (
                b'{"resourceType":"OperationOutcome","issue":['
                b'{"details":{"text":"a"}},{"details":{"coding":[{"code":"b"}]}},'
                b'{"diagnostics":"c"},{"code":"d"},{},7]}'
            ),
            ("a", "b", "c", "d"),
        ),
    ],
)
def test_every_issue_says_the_best_it_has(body: bytes, texts: tuple[str, ...]) -> None:
    assert outcome_texts(body) == texts


@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_the_screen_speaks_each_language_and_can_always_be_written_down(language: str) -> None:
    screen = Screen(language)
    screen.explain(Refused(409, reasons=("half a \ud800 character",)))
    screen.tell_state("B-1", "completed")
    screen.tell_state(None, "unheard-of")
    shown = screen.result().shown
    assert [each.level for each in shown] == ["error", "error", "info", "info"]
    assert all(each.text.encode("utf-8") for each in shown)
    assert "completed" not in shown[2].text
    assert "unheard-of" in shown[3].text
