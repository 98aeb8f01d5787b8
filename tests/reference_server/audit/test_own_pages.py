"""A patient signs in and reads who saw what, when and why; and nothing of anybody else."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib import import_module

import httpx
import pytest

from reference_server.kernel.access import Caller
from reference_server.kernel.interaction import Interaction
from reference_server.ports import AUDIT, AuditEntry, AuditOutcome
from reference_server.world import World
from tests.reference_server.standing import (
    PEOPLE,
    Standing,
    standing_server,
    trail_of,
    transaction_of,
)

ANNA, JOAO = (PEOPLE.patients[name] for name in ("anna-weber", "joao-ferreira-da-silva"))
DOCTOR = Caller(
    subject="9100000017",
    client_id="prescriber-app",
    role="prescriber",
    organization="90100112",
    ehealth_id="9100000017",
    profession="PS-001",
    scopes=frozenset({"erx.read"}),
    token_id="0190d2f4-6c00-7a3b-8c1d-5e6f7a8b9c0d",
    correlation="r",
    purpose="TREAT",
)
SignedIn = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with standing_server(tmp_path_factory.mktemp("server")) as standing:
        yield standing


@pytest.fixture
def world(server: Standing) -> World:
    opened = server.open()
    with opened.store.write() as tx:
        for patient, count in ((ANNA, 30), (JOAO, 1)):
            for number in range(count):
                opened.port(AUDIT).record(tx, seen(patient.matricule, f"Task/t{number}"))
    return opened


def seen(matricule: str, record: str) -> AuditEntry:
    return AuditEntry(
        action="read-task",
        outcome=AuditOutcome.SUCCESS,
        request_id="r",
        caller=DOCTOR,
        patient=matricule,
        entities=(record,),
        interaction=Interaction.READ,
        categories=("ePrescription",),
    )


@pytest.fixture
def signed_in(server: Standing, world: World) -> Iterator[SignedIn]:
    with ExitStack() as stack:

        def entered(username: str) -> httpx.Client:
            http = stack.enter_context(
                httpx.Client(verify=server.trust(), timeout=60, follow_redirects=True)
            )
            page = http.get(f"{world.base_url}/traces")
            form = {"transaction": transaction_of(page), "username": username}
            realm = f"{world.base_url}/auth/realms/organization"
            http.post(f"{realm}/login", data={**form, "password": f"test-{username}"})
            return http

        yield entered


def rows(page: httpx.Response) -> int:
    return page.text.count('<tr><th scope="row">')


def test_a_patient_reads_who_saw_what_when_and_why(signed_in: SignedIn, world: World) -> None:
    anna = signed_in(ANNA.matricule)
    before = len(trail_of(world))
    page = anna.get(f"{world.base_url}/traces", params={"lang": "en"})
    assert page.status_code == 200
    assert "Signed in: Anna Weber" in page.text
    for told in ("Claire Meyer (9100000017)", "Cabinet", "ePrescription", "treatment (TREAT)"):
        assert told in page.text, told
    assert "Yourself" in page.text, "the look after signing in is there, too"
    last = trail_of(world)[-1].entry
    assert (len(trail_of(world)), last.action) == (before + 1, "show-own-audit")
    assert last.patient == ANNA.matricule
    assert last.caller is not None
    assert (last.caller.role, last.caller.purpose) == ("patient", "PATRQT")
    assert last.caller.ehealth_id is None, "a patient has no eHealthID"


def test_pages_follow_each_other_and_days_narrow_them(signed_in: SignedIn, world: World) -> None:
    anna, address = signed_in(ANNA.matricule), f"{world.base_url}/traces"
    assert rows(anna.get(address)) == 25
    second = anna.get(address, params={"page": "2"})
    assert 0 < rows(second) < 25
    now = datetime.now(UTC)
    assert rows(anna.get(address, params={"until": f"{now - timedelta(days=2):%Y-%m-%d}"})) == 0
    assert rows(anna.get(address, params={"since": f"{now - timedelta(days=2):%Y-%m-%d}"})) == 25
    wrong = anna.get(address, params={"since": "yesterday"})
    assert wrong.status_code == 422
    assert 'href="#since"' in wrong.text


def test_everything_is_exported_and_nothing_of_anybody_else(
    signed_in: SignedIn, world: World
) -> None:
    joao = signed_in(JOAO.matricule)
    assert "Task/t1" not in joao.get(f"{world.base_url}/traces/export").text
    anna = signed_in(ANNA.matricule)
    file = anna.get(f"{world.base_url}/traces/export")
    assert file.headers["content-disposition"].startswith("attachment")
    events = [json.loads(line) for line in file.text.splitlines()]
    read = [each for each in events if each["action"] == "R"]
    assert len(read) == 30
    assert JOAO.matricule not in file.text
    assert trail_of(world)[-1].entry.action == "export-audit"


@pytest.mark.parametrize("username", ["9100000017", "9100000066"])
def test_the_page_is_for_patients_alone(signed_in: SignedIn, world: World, username: str) -> None:
    refused = signed_in(username).get(f"{world.base_url}/traces")
    assert refused.status_code == 403
    assert rows(refused) == 0
    assert trail_of(world)[-1].entry.refusal == "role-not-allowed"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_axe_finds_nothing_serious_and_a_narrow_screen_holds_it(world: World) -> None:
    Axe = import_module("axe_playwright_python.sync_playwright").Axe  # noqa: N806 - a class
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a tool of this test

    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page(ignore_https_errors=True, locale="de")
        page.goto(f"{world.base_url}/traces")
        page.fill("#username", ANNA.matricule)
        page.fill("#password", f"test-{ANNA.matricule}")
        page.keyboard.press("Enter")
        page.wait_for_url("**/traces")
        looked = Axe().run(page)
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        browser.close()
    serious = [
        (each["id"], each["impact"])
        for each in looked.response["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []
