"""A number that may be a real person's is refused, and the server itself never repeats it."""

import json
import logging
from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from reference_server.kernel.sql import Dialect
from reference_server.national.matricule import is_possibly_real, is_synthetic
from reference_server.national.strangers import HIDDEN, masked
from reference_server.population import load
from reference_server.world import Settings, World
from tests.reference_server.standing import Browser, Standing, System, refusal_codes, trail_of

STRANGER = "2018052412740"
OURS = load().patients["anna-weber"].matricule
MASK = HIDDEN.decode()
JSON = "application/fhir+json"


@pytest.fixture
def http(server: Standing, world: World) -> Iterator[httpx.Client]:
    with httpx.Client(verify=server.trust(), base_url=world.base_url, timeout=60) as client:
        yield client


def headers_of(laboratory: System, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {laboratory.token()}", "Content-Type": JSON, **more}


def silent(answer: httpx.Response, world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Assert that an answer, the audit trail and the log hold no stranger's number."""
    assert STRANGER not in answer.text
    assert STRANGER not in str(answer.headers)
    assert STRANGER not in repr(trail_of(world))
    told = logging.Formatter()
    assert not [each for each in caplog.records if STRANGER in told.format(each)]


def test_the_number_of_these_tests_is_a_strangers() -> None:
    assert is_possibly_real(STRANGER, today=date(2026, 11, 22))
    assert is_synthetic(OURS)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (STRANGER, MASK),
        (f"x{STRANGER}y {STRANGER}", f"x{MASK}y {MASK}"),
        (f"é{STRANGER}\udc80", f"é{MASK}\udc80"),
        (OURS, OURS),
        (f"1{STRANGER}", f"1{STRANGER}"),
        (STRANGER[:-1] + "1", STRANGER[:-1] + "1"),
        ("", ""),
    ],
)
def test_only_valid_numbers_outside_the_block_are_hidden(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_wider_block_hides_less() -> None:
    assert masked(STRANGER, block=range(1000)) == STRANGER


@pytest.mark.parametrize(
    "path",
    [
        f"/fhir/Patient/{STRANGER}",
        f"/fhir/Task/{STRANGER}",
        f"/fhir/Task?identifier={STRANGER}",
        f"/fhir/Task?_count={STRANGER}x",
        f"/fhir/Task?{STRANGER}=1",
        f"/fhir/Task?identifier=https://x/{STRANGER}|{STRANGER}",
        f"/{STRANGER}",
    ],
)
def test_in_a_path_or_a_query(
    http: httpx.Client,
    laboratory: System,
    world: World,
    caplog: pytest.LogCaptureFixture,
    *,
    path: str,
) -> None:
    with caplog.at_level(logging.DEBUG, logger="reference_server"):
        silent(http.get(path, headers=headers_of(laboratory)), world, caplog)


def test_a_search_that_finds_nothing_repeats_its_address_without_it(
    http: httpx.Client, laboratory: System
) -> None:
    answer = http.get(f"/fhir/Task?_id={STRANGER}", headers=headers_of(laboratory))
    assert answer.status_code == 200
    assert answer.json()["link"][0]["url"].endswith(f"_id={MASK}")


@pytest.mark.parametrize("name", ["X-Request-Id", "Accept", "Content-Type", "Accept-Language"])
def test_in_a_header(
    http: httpx.Client,
    laboratory: System,
    world: World,
    caplog: pytest.LogCaptureFixture,
    *,
    name: str,
) -> None:
    headers = headers_of(laboratory, **{name: f"application/{STRANGER}"})
    if name == "X-Request-Id":
        headers[name] = STRANGER
    with caplog.at_level(logging.DEBUG, logger="reference_server"):
        answer = http.post("/fhir/$retrieve-prescription", content=b"{}", headers=headers)
    assert answer.status_code >= 400
    silent(answer, world, caplog)


@pytest.mark.parametrize(
    "body",
    [
        {STRANGER: 1},
        {"resourceType": STRANGER},
        {"resourceType": "Parameters", "parameter": [{"name": STRANGER, "valueString": "x"}]},
        {"resourceType": "Parameters", STRANGER: "x"},
    ],
)
def test_in_a_body(
    http: httpx.Client,
    laboratory: System,
    world: World,
    caplog: pytest.LogCaptureFixture,
    *,
    body: dict[str, object],
) -> None:
    content = json.dumps(body).encode()
    with caplog.at_level(logging.DEBUG, logger="reference_server"):
        answer = http.post(
            "/fhir/$retrieve-prescription", content=content, headers=headers_of(laboratory)
        )
    assert answer.status_code in {400, 422}
    silent(answer, world, caplog)


def test_where_the_callers_words_return_the_number_is_hidden(
    http: httpx.Client, laboratory: System
) -> None:
    twice = f'{{"{STRANGER}": 1, "{STRANGER}": 2}}'.encode()
    answer = http.post(
        "/fhir/$retrieve-prescription", content=twice, headers=headers_of(laboratory)
    )
    assert refusal_codes(answer) == ["body-duplicate-key"]
    assert MASK in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_in_a_form(
    laboratory: System, browser: Browser, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="reference_server"):
        answers = (
            laboratory.ask(scope=STRANGER),
            laboratory.ask(STRANGER),
            browser.ask(client_id=STRANGER),
            browser.sign_in(browser.ask(), username=STRANGER, password=STRANGER),
        )
    for answer in answers:
        assert answer.status_code >= 400
        silent(answer, world, caplog)


REFUSING_EVENTS = {
    Dialect.SQLITE: "CREATE TRIGGER refuse BEFORE INSERT ON audit_event"
    f" BEGIN SELECT RAISE(ABORT, 'no room for {STRANGER}'); END",
    Dialect.POSTGRES: f'ALTER TABLE audit_event ADD CONSTRAINT "no room for {STRANGER}"'
    " CHECK (number < 0) NOT VALID",
}


def test_in_the_story_of_a_mistake_of_ours(
    http: httpx.Client, laboratory: System, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    headers = headers_of(laboratory)
    with world.store.write() as tx:
        tx.execute(f'ALTER TABLE trust_revoked RENAME COLUMN token_id TO "{STRANGER}"')
        tx.execute(REFUSING_EVENTS[world.store.dialect])
    with caplog.at_level(logging.DEBUG, logger="reference_server"):
        answer = http.get("/fhir/Task", headers=headers)
    assert answer.status_code in {500, 503}
    assert MASK in caplog.text
    silent(answer, world, caplog)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fr", "peut-être celui d’une personne réelle"),  # noqa: RUF001 - French typography
        ("en", "possibly a real person’s"),  # noqa: RUF001 - English typography
        ("de", "möglicherweise einer wirklichen Person"),
    ],
)
def test_the_refusal_says_so_in_three_languages(language: str, sentence: str) -> None:
    from reference_server.app.errors import catalogue  # noqa: PLC0415 - only this test needs it

    entry = next(each for each in catalogue(language) if each.code == "patient-possibly-real")
    assert sentence in entry.text


def test_in_production_people_are_real_and_nothing_is_hidden(server: Standing) -> None:
    world = server.open(Settings(refuse_possibly_real=False))
    assert world.masked(STRANGER) == STRANGER
    server.registry.close(world.name)
