"""The worklist of identity officers in a real browser: side by side, decided, by keyboard alone."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module

import httpx
import pytest

from reference_server.population import load
from reference_server.services.patients.model.comparison import Decision
from reference_server.services.patients.model.index import Actor, Submission
from reference_server.services.patients.model.traits import local_domain
from reference_server.services.patients.operations import feed, worklist
from reference_server.services.patients.operations.writing import Writing
from reference_server.world import World
from tests.reference_server.patients.index import ANNA, MAGGY
from tests.reference_server.standing import Standing

OFFICER = load().practitioners["officer-krier"]
ORGANISATIONS = [load().organizations[name].cns_code for name in ("labo-nord", "labo-sud")]


def feed_two(world: World) -> None:
    """Two records that share all but the given name."""
    born = "1985-06-21"  # no persona's
    one, other = replace(ANNA, birth_date=born), replace(MAGGY, birth_date=born)
    told = ((ORGANISATIONS[0], one), (ORGANISATIONS[1], other))
    for number, (organisation, traits) in enumerate(told):
        with world.store.write() as tx:
            actor = Actor(subject="s", organisation=organisation, correlation="r")
            writing = Writing(world=world, tx=tx, actor=actor, why="A28")
            submission = Submission(
                domain=local_domain(organisation), local_id=str(number), traits=traits
            )
            feed.register(writing, submission)


@pytest.fixture
def client(server: Standing, world: World) -> Iterator[httpx.Client]:
    feed_two(world)
    with httpx.Client(verify=server.trust(), base_url=world.base_url, timeout=60) as http:
        yield http


def guard_in(page: str) -> str:
    return page.split('name="guard" value="')[1].split('"', maxsplit=1)[0]


def sign_in(client: httpx.Client, username: str, password: str) -> httpx.Response:
    page = client.get("identities/sign-in").text
    form = {"guard": guard_in(page), "username": username, "password": password}
    return client.post("identities/sign-in", data=form)


def test_nobody_sees_the_list_without_signing_in(client: httpx.Client, world: World) -> None:
    for path in ("identities", "identities/pairs/1/2"):
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].endswith("/identities/sign-in")
    doctor = load().practitioners["dr-meyer"]
    assert sign_in(client, doctor.ehealth_id, doctor.password).status_code == 401
    assert sign_in(client, OFFICER.ehealth_id, "wrong").status_code == 401
    with world.store.read() as tx:
        assert worklist.doubts(tx).total == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "À décider"), ("en", "To decide"), ("de", "Zu entscheiden")],
)
def test_a_pair_is_decided_with_a_reason_and_leaves_the_list(
    client: httpx.Client, world: World, language: str, words: str
) -> None:
    client.headers["Accept-Language"] = language
    assert sign_in(client, OFFICER.ehealth_id, OFFICER.password).status_code == 303
    assert words in client.get("identities").text
    with world.store.read() as tx:
        (doubt,) = worklist.doubts(tx).doubts
    path = f"identities/pairs/{doubt.pair.low}/{doubt.pair.high}"
    page = client.get(path).text
    assert "Maggy" in page
    assert "≠" in page
    form = {"guard": guard_in(page), "decision": "different"}
    refused = client.post(path, data={**form, "why": " "})
    assert refused.status_code == 422
    assert client.post(path, data={**form, "guard": "x", "why": "y"}).status_code == 403
    assert client.post(path, data={**form, "why": "twins, both seen"}).status_code == 303
    with world.store.read() as tx:
        assert worklist.doubts(tx).total == 0
        (kept,) = worklist.doubts(tx, decision=Decision.DIFFERENT).doubts
    assert kept.pair.decided_by == OFFICER.ehealth_id
    assert replace(kept.pair, decision=Decision.OPEN).why == "twins, both seen"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_everything_is_done_by_keyboard_and_axe_finds_nothing_serious(
    client: httpx.Client, world: World
) -> None:
    Axe = import_module("axe_playwright_python.sync_playwright").Axe  # noqa: N806 - a class
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a tool of this test

    assert not client.is_closed
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page(ignore_https_errors=True, locale="en")
        page.goto(f"{world.base_url}/identities")
        looked = [Axe().run(page)]
        page.keyboard.type(OFFICER.ehealth_id)
        page.keyboard.press("Tab")
        page.keyboard.type(OFFICER.password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/identities")
        looked.append(Axe().run(page))
        page.keyboard.press("Enter")
        page.wait_for_url("**/pairs/**")
        looked.append(Axe().run(page))
        page.keyboard.type("both seen, twins")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/identities")
        browser.close()
    serious = [
        (each["id"], each["impact"])
        for result in looked
        for each in result.response["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    with world.store.read() as tx:
        assert worklist.doubts(tx, decision=Decision.DIFFERENT).total == 1
