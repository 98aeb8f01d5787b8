"""Every page speaks one language, keeps it, and lets a browser run nothing that is not ours."""

import re

import pytest

from reference_server.kernel.language import Voice
from reference_server.kernel.web import Paging, Visit, charts
from reference_server.kernel.web.errors import FormForged, FormTooLarge
from reference_server.kernel.web.jinja import environment
from reference_server.kernel.web.site import Entry, Site, refusal_page
from tests.reference_server.kernel.web.pages import CATALOGUE, visit

SITE = Site(
    home="reference_server.kernel.web",
    title="web.product",
    entries=(Entry(path="/page", text="web.pages"), Entry(path="/other", text="web.faults")),
)


def page(shown: Visit) -> str:
    answer = SITE.page(shown, "refusal.html", title="<Title> & more", sentences=("<b>one</b>",))
    return bytes(answer.body).decode()


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        ((), {}, "fr"),
        ((), {"accept-language": "de-LU, en;q=0.5"}, "de"),
        ((), {"accept-language": "de", "cookie": "lang=en"}, "en"),
        ((("lang", "fr"),), {"accept-language": "de", "cookie": "lang=en"}, "fr"),
        ((("lang", "lb"),), {"cookie": "lang=xx", "accept-language": "en"}, "en"),
    ],
)
def test_the_address_decides_then_the_cookie_then_the_browser(
    query: tuple[tuple[str, str], ...], headers: dict[str, str], language: str
) -> None:
    shown = visit(query=query, headers=headers)
    assert shown.language == language
    assert f'<html lang="{language}">' in page(shown)


def test_a_language_chosen_by_the_address_stays_on_every_link_and_in_a_cookie() -> None:
    shown = visit(query=(("lang", "de"), ("q", "a b")))
    assert shown.link("/other", q="x&y") == "/w/other?q=x%26y&lang=de"
    assert shown.link("/other?a=1#part") == "/w/other?a=1&lang=de#part"
    assert shown.in_language("en") == "/w/page?q=a+b&lang=en"
    assert 'href="/w/other?lang=de"' in page(shown)
    answer = SITE.page(shown, "refusal.html", title="x", sentences=())
    assert "lang=de" in answer.headers["set-cookie"]


def test_a_language_that_the_browser_told_is_not_written_into_links() -> None:
    shown = visit(headers={"accept-language": "de"})
    assert shown.link("/other") == "/w/other"
    answer = SITE.page(shown, "refusal.html", title="x", sentences=())
    assert "set-cookie" not in answer.headers
    assert "Accept-Language" in answer.headers["vary"]


def test_what_comes_from_outside_is_escaped() -> None:
    html = page(visit(path='/w/"><script>', query=(("q", '"><script>'),)))
    assert "<b>one</b>" not in html
    assert "<script" not in html
    assert "&lt;Title&gt; &amp; more" in html


def test_the_policy_lets_nothing_run_but_our_files_and_this_answers_nonce() -> None:
    first, second = visit(), visit()
    answer = SITE.page(first, "refusal.html", title="x", sentences=())
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert f"'nonce-{first.nonce}'" in policy
    assert "unsafe" not in policy
    assert first.nonce != second.nonce
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-frame-options"] == "DENY"
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style(?! nonce)", bytes(answer.body).decode())


def test_a_page_that_stands_alone_carries_its_style_under_the_nonce() -> None:
    voice = Voice(catalogue=CATALOGUE, language="en", request_id="r-9")
    answer = SITE.embedded(voice, "refusal.html", title="x", sentences=("no",))
    html = bytes(answer.body).decode()
    (nonce,) = re.findall(r'<style nonce="([^"]+)">', html)
    assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]
    assert 'rel="stylesheet"' not in html
    assert "r-9" in html


def test_files_are_served_for_ever_under_a_name_that_changes_with_them() -> None:
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page(visit()))
    served = address.removeprefix("/w/web/")
    assert re.fullmatch(r"web\.[0-9a-f]{12}\.css", served)
    answer = SITE.asset(served)
    assert answer is not None
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert SITE.asset("web.css") is None
    assert SITE.asset("../messages/fr.yaml") is None


def test_a_refusal_is_a_page_with_its_status_and_sentence() -> None:
    texts = {"refusal.form-forged", "refusal.form-too-large"}
    assert not texts & CATALOGUE.ids()
    from reference_server.app.wiring import full_catalogue  # noqa: PLC0415  the whole server's

    voice = Voice(catalogue=full_catalogue(()), language="en", request_id="r")
    answer = refusal_page(FormForged(), voice)
    assert answer.status_code == 403
    assert 'role="alert"' in bytes(answer.body).decode()
    assert "10 fields" in bytes(refusal_page(FormTooLarge(limit="10 fields"), voice).body).decode()


@pytest.mark.parametrize(
    ("asked", "number"),
    [("1", 1), ("3", 3), ("9", 5), ("0", 1), ("-1", 1), ("x", 1), ("9" * 20, 1)],
)
def test_a_page_number_is_always_one_that_there_is(asked: str, number: int) -> None:
    paging = Paging.of(visit(query=(("page", asked),)), 9, size=2)
    assert (paging.number, paging.last) == (number, 5)
    assert len(paging.cut(range(9))) == (1 if number == 5 else 2)


def test_an_empty_list_has_one_empty_page() -> None:
    paging = Paging.of(visit(), 0)
    assert (paging.number, paging.last, paging.first_item, paging.last_item) == (1, 1, 0, 0)
    assert list(paging.cut([])) == []


def test_ticks_are_round_and_reach_the_highest_value() -> None:
    for most in (0.07, 1, 3, 9.99, 47, 100, 1234):
        ticks = charts.ticks(most)
        assert ticks[0] == 0
        assert ticks[-1] >= most
        assert 3 <= len(ticks) <= 12


def test_charts_have_a_text_alternative_and_draw_each_value_where_it_belongs() -> None:
    template = environment(SITE.home).from_string(
        '{% import "web/charts.html" as charts %}'
        '{{ charts.bars("b", "T<", "D", [("one", 50), ("two", 25)], 100) }}'
        '{{ charts.radar("r", "T", "D", ["a", "b", "c"], series, 5) }}'
        '{{ charts.line("l", "T", "D", ["a", "b", "c"], series, 5) }}'
    )
    series = [
        charts.Series(label="now", values=(5, 2.5, 0)),
        charts.Series(label="before", values=(1, 1, 1)),
    ]
    svg = template.render(series=series)
    assert svg.count("<title") == svg.count("<desc") == 3
    assert "T&lt;" in svg
    assert 'width="180.0" height="20" fill="#2f7ebc"' in svg
    assert " style=" not in svg
    up, right, left = charts.radar(series, most=5)[0].marks
    assert (up.x, up.y) == (0, -150)
    assert (right.x, left.x, left.y) == (65.0, 0, 0)
    assert charts.line(series, most=5)[0].points == "0,0 260,110 520,220"
