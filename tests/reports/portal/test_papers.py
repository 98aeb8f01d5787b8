"""Papers: ordered by a page, made by a worker, waited for politely; PDF/A-3a with JSON inside."""

import io
import json
import pickle
from collections.abc import Iterator

import pikepdf
import pypdfium2
import pytest

from reports.cesar.banks import load_instrument
from reports.portal.desk import Desk
from reports.portal.papers import ASK_AGAIN_SECONDS
from reports.portal.queue import JsonSerializer
from reports.render.result.papers import RESULT_JSON
from tests.reports.portal.visitors import NOON, Clock, Visitor, portal


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def at_work(clock: Clock) -> Iterator[tuple[Desk, Visitor]]:
    with portal(clock=clock) as (desk, browser):
        person = browser()
        person.begin()
        person.open("/cesar/all")
        person.send("/cesar/all", {"A1": "3", "B1": "1", "B2": "unknown"})
        yield desk, person


def words(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as opened:
        return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in opened).split())


def test_a_page_waits_politely_and_the_worker_makes_the_paper(
    at_work: tuple[Desk, Visitor],
) -> None:
    desk, person = at_work
    waiting = person.open("/cesar/papers/brief.pdf")
    assert waiting.headers["content-type"].startswith("text/html")
    assert "<noscript><meta http-equiv=" in waiting.text
    asked = person.open("/cesar/papers/brief.pdf", accept="application/json")
    assert asked.json() == {"ready": False, "fault": False}
    assert desk.queue.drain() == 1
    assert person.open("/cesar/papers/brief.pdf", accept="application/json").json()["ready"]
    made = person.open("/cesar/papers/brief.pdf")
    assert made.headers["content-type"] == "application/pdf"
    assert made.headers["content-disposition"].startswith("inline")
    assert made.headers["cache-control"] == "no-store"
    assert load_instrument("professional").question("B1").question.fr.split("\u00a0")[0] in words(
        made.content
    )


def test_asking_often_orders_once_and_a_lost_message_is_sent_again(
    at_work: tuple[Desk, Visitor], clock: Clock
) -> None:
    desk, person = at_work
    for _ in range(5):
        person.open("/cesar/papers/brief.pdf")
    assert desk.queue.huey.pending_count() == 1
    desk.queue.huey.flush()
    person.open("/cesar/papers/brief.pdf")
    assert desk.queue.huey.pending_count() == 0
    clock.now = NOON.replace(second=ASK_AGAIN_SECONDS)
    person.open("/cesar/papers/brief.pdf")
    assert desk.queue.huey.pending_count() == 1


def test_a_changed_answer_makes_another_paper_and_what_was_deleted_is_not_made(
    at_work: tuple[Desk, Visitor],
) -> None:
    desk, person = at_work
    person.open("/cesar/papers/provider.pdf")
    person.open("/cesar/all")
    person.send("/cesar/all", {"A1": "0"})
    person.open("/cesar/papers/provider.pdf")
    assert desk.queue.huey.pending_count() == 2
    person.open("/cesar/leave")
    person.send("/cesar/delete", {})
    assert desk.queue.drain() == 2
    with desk.store.read() as tx:
        assert tx.execute("SELECT count(*) FROM paper").fetchone()[0] == 0


def test_messages_are_json_and_carry_nothing_but_an_id(at_work: tuple[Desk, Visitor]) -> None:
    desk, person = at_work
    person.open("/cesar/papers/brief.pdf")
    (message,) = desk.queue.huey.storage.enqueued_items()
    read = json.loads(message)
    assert read[6] == [read[6][0]]
    assert len(read[6][0]) == 64
    with pytest.raises(ValueError, match=r"decode|Expecting"):
        JsonSerializer().deserialize(pickle.dumps(("any",)))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_the_report_is_tagged_pdf_a_3a_with_its_json_inside(
    at_work: tuple[Desk, Visitor], language: str
) -> None:
    desk, person = at_work
    person.client.cookies.set("lang", language)
    person.open("/cesar/papers/report.pdf")
    desk.queue.drain()
    content = person.open("/cesar/papers/report.pdf").content
    with pikepdf.open(io.BytesIO(content)) as document:
        assert document.Root.MarkInfo.Marked
        assert document.Root.Lang == language
        with document.open_metadata() as xmp:
            assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("3", "A")
        attached = document.attachments[RESULT_JSON].get_file().read_bytes()
    assert attached == person.open("/cesar/result.json").content
    said = words(content)
    question = load_instrument("professional").question("B1")
    for text in (question.asked("doctor"), question.why, question.do, question.ask, question.proof):
        assert text.of(language).split(" ")[-2] in said


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", "en", "de"])
def test_the_empty_form_asks_exactly_the_questions_of_the_profile(
    at_work: tuple[Desk, Visitor], language: str
) -> None:
    desk, person = at_work
    person.client.cookies.set("lang", language)
    query = "/cesar/form.pdf?profession=pharmacy&size=solo&dev=no&cloud=yes"
    person.open(query)
    desk.queue.drain()
    said = words(person.open(query).content)
    person.begin(profession="pharmacy", cloud="yes")
    asked = set(person.open("/cesar/type").text.split('<input id="')[1:])
    ids = {one.partition('"')[0] for one in asked}
    assert ids
    for one in ids:
        assert f"{one} " in said
    assert "LA1" not in said


def test_the_form_asks_for_whom_first(at_work: tuple[Desk, Visitor]) -> None:
    _, person = at_work
    answer = person.open("/cesar/form.pdf?profession=pharmacy")
    assert answer.status_code == 422
    assert 'id="size-fault"' in answer.text


def test_the_page_for_the_provider_tells_neither_profile_nor_score(
    at_work: tuple[Desk, Visitor],
) -> None:
    desk, person = at_work
    person.open("/cesar/papers/provider.pdf")
    desk.queue.drain()
    said = words(person.open("/cesar/papers/provider.pdf").content)
    assert "decin" not in said
    assert "/100" not in said
    assert "sur 100" not in said
    assert load_instrument("professional").question("B2").ask.fr.split(" ")[1] in said
