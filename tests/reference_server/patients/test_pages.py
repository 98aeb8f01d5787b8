"""The worklist of identity officers in a real browser: side by side, decided, by keyboard alone."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.resources import files

import httpx
import msgspec
import pytest

from reference_server.population import load
from reference_server.ports import AUDIT
from reference_server.services.patients.model.comparison import Decision, Field, Hold
from reference_server.services.patients.model.index import (
    Actor,
    EventKind,
    IdentityState,
    Submission,
)
from reference_server.services.patients.model.index import Standing as Standing_
from reference_server.services.patients.model.traits import Sex, local_domain
from reference_server.services.patients.operations import feed, worklist
from reference_server.services.patients.operations.writing import Writing
from reference_server.services.patients.pages.sides import pieces
from reference_server.text import Catalogue
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
        assert worklist.total(tx) == 1


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
        (doubt,) = worklist.doubts(tx)
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
        assert worklist.total(tx) == 0
        (kept,) = worklist.doubts(tx, decision=Decision.DIFFERENT)
    assert kept.pair.decided_by == OFFICER.ehealth_id
    assert replace(kept.pair, decision=Decision.OPEN).why == "twins, both seen"


def pair_path(world: World) -> str:
    with world.store.read() as tx:
        (doubt,) = worklist.doubts(tx)
    return f"identities/pairs/{doubt.pair.low}/{doubt.pair.high}"


def person_in(world: World) -> str:
    with world.store.read() as tx:
        return worklist.doubts(tx, decision=Decision.DIFFERENT)[0].persons[0].mpi


def agents_of(world: World, action: str) -> list[list[str]]:
    """Whom the audit trail names for an action."""
    trail = world.port(AUDIT)
    with world.store.read() as tx:
        kept = [each for each in trail.entries(tx) if each.entry.action == action]
    told = [msgspec.json.decode(each.event)["agent"] for each in kept]
    return [[one["who"]["identifier"]["value"] for one in agents] for agents in told]


def test_who_looks_and_who_decides_is_in_the_audit_trail(
    client: httpx.Client, world: World
) -> None:
    sign_in(client, OFFICER.ehealth_id, OFFICER.password)
    path = pair_path(world)
    client.get("identities")
    guard = guard_in(client.get(path).text)
    client.post(path, data={"guard": guard, "decision": "same", "why": "one passport"})
    for action in ("list-identity-pairs", "read-identity-pair", "identity-merged"):
        assert agents_of(world, action)
        for named in agents_of(world, action):
            assert OFFICER.ehealth_id in named


def test_what_differs_is_marked_and_said_in_words(client: httpx.Client, world: World) -> None:
    client.headers["Accept-Language"] = "fr"
    sign_in(client, OFFICER.ehealth_id, OFFICER.password)
    page = client.get(pair_path(world)).text
    assert "<mark>Maggy</mark>" in page
    assert "féminin" in page
    assert "provisoire" in page
    assert "plus de 99,9" in page
    assert "100" not in page.split("<table", 1)[0].partition("<h1")[2]
    assert load().organizations["labo-nord"].name in page
    assert "female" not in page


def test_a_merge_is_found_by_any_number_and_undone_with_a_reason(
    client: httpx.Client, world: World
) -> None:
    sign_in(client, OFFICER.ehealth_id, OFFICER.password)
    path = pair_path(world)
    with world.store.read() as tx:
        before = {each.mpi for each in worklist.doubts(tx)[0].persons}
    guard = guard_in(client.get(path).text)
    client.post(path, data={"guard": guard, "decision": "same", "why": "one passport"})
    stays = client.get("identities").text.split("identities/persons/")[1][:10]
    (gone,) = before - {stays}
    found = client.get("identities/persons", params={"number": gone})
    assert found.headers["location"].endswith(f"/identities/persons/{gone}")
    page = client.get(f"identities/persons/{gone}").text
    assert f"identities/persons/{stays}" in page
    form = {"guard": guard_in(page)}
    assert client.post(f"identities/persons/{gone}", data={**form, "why": ""}).status_code == 422
    undone = client.post(f"identities/persons/{gone}", data={**form, "why": "twins after all"})
    assert undone.status_code == 303
    with world.store.read() as tx:
        assert {each.mpi for each in worklist.doubts(tx)[0].persons} == before
    history = client.get(f"identities/persons/{gone}").text
    assert "twins after all" in history
    assert "one passport" in history
    again = client.post(f"identities/persons/{gone}", data={**form, "why": "again"})
    assert again.status_code == 409


def test_a_record_is_taken_from_a_person_by_whoever_says_why(
    client: httpx.Client, world: World
) -> None:
    sign_in(client, OFFICER.ehealth_id, OFFICER.password)
    path = pair_path(world)
    with world.store.read() as tx:
        records = [each.number for each in worklist.doubts(tx)[0].records]
    guard = guard_in(client.get(path).text)
    client.post(path, data={"guard": guard, "decision": "same", "why": "one passport"})
    stays = client.get("identities").text.split("identities/persons/")[1][:10]
    form = {"guard": guard, "record": str(records[1]), "why": "seen both"}
    elsewhere = client.post("identities/persons/1000000000", data=form)
    assert elsewhere.status_code == 404
    assert client.post(f"identities/persons/{stays}", data=form).status_code == 303
    with world.store.read() as tx:
        assert worklist.total(tx) == 1


def test_numbers_that_are_nobodys_are_said_to_be(client: httpx.Client) -> None:
    assert client.get("identities/persons").status_code == 303
    client.headers["Accept-Language"] = "en"
    sign_in(client, OFFICER.ehealth_id, OFFICER.password)
    assert "No identity has this number" in client.get("identities/persons?number=77").text
    assert client.get("identities/persons/1000000000").status_code == 404
    assert client.get("identities/persons/x").status_code == 404


@pytest.mark.parametrize(
    ("one", "other", "marked"),
    [
        ("Schmit", "Schmitt", ["Schmit"]),
        ("Schmitt", "Schmit", ["Schmit", "[t]"]),
        ("1985-06-21", "1985-06-12", None),
        ("Anna", "Peter", ["[Anna]"]),
        ("STRAẞE", "Strasse 1", ["[STRAẞE]"]),
    ],
)
def test_what_is_cut_is_the_whole_text_and_no_letter_is_lost(
    one: str, other: str, marked: list[str] | None
) -> None:
    cut = pieces(one, other, "differs")
    assert "".join(each.text for each in cut) == one
    if marked is not None:
        assert [f"[{each.text}]" if each.differs else each.text for each in cut] == marked


def test_every_word_of_the_pages_is_known_in_the_catalogue() -> None:
    known = Catalogue.load(files("reference_server.services.patients") / "messages").ids()
    weights = msgspec.json.decode(
        (files("reference_server.services.patients.rules.matching") / "weights.json").read_bytes()
    )
    levels = {level for each in weights["levels"].values() for level in each}
    wanted = {
        *(f"identities.level.{each}" for each in levels | {"twin", "another-member", "records"}),
        *(f"identities.event.{each.value}" for each in EventKind),
        *(f"identities.state.{each.value}" for each in IdentityState),
        *(f"identities.standing.{each.value}" for each in Standing_),
        *(f"identities.hold.{each.value}" for each in Hold),
        *(f"identities.field.{each.value}" for each in Field),
        *(f"identities.sex.{each.value}" for each in Sex),
    }
    assert wanted <= known


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
        page.goto(f"{world.base_url}/identities/persons?number=0")
        looked.append(Axe().run(page))
        page.goto(f"{world.base_url}/identities/persons/{person_in(world)}")
        looked.append(Axe().run(page))
        browser.close()
    serious = [
        (each["id"], each["impact"])
        for result in looked
        for each in result.response["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    with world.store.read() as tx:
        assert worklist.total(tx, Decision.DIFFERENT) == 1
