"""`equalis world` on the files of a server that runs: it sees everything, and needs no restart."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from reference_server.text import LANGUAGES
from reports.cli import main
from tests.reference_server.app.process import Served, served
from tests.reference_server.app.test_serve import count_and_check
from tests.reference_server.prescriptions.town import FHIR_JSON, Documents, Submitted
from tests.reference_server.standing import Browser, refusal_codes


def equalis(*words: str) -> None:
    """Run the program as a person does, beside the server's own processes."""
    assert main(words) == 0


class Doctor:
    """A physician at a served World, who signs in again whenever the token is over."""

    def __init__(self, server: Served) -> None:
        self.browser: Browser = server.browser()
        self.fhir = self.browser.world.fhir_base
        self.token = ""

    def sign_in(self) -> None:
        answer = self.browser.redeem(self.browser.code())
        self.token = answer.json()["access_token"]

    def submit(self) -> httpx.Response:
        now = self.browser.world.clock.business_now()
        bundle = Documents(now.strftime("%Y-%m-%dT%H:%M:%S.000Z")).bundle()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": FHIR_JSON}
        url = f"{self.fhir}/$submit-prescription"
        answer = self.browser.http.post(url, content=json.dumps(bundle), headers=headers)
        if answer.status_code == 200:
            Submitted(answer, bundle)
        return answer

    def search(self) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.browser.http.get(f"{self.fhir}/Task", headers=headers)

    def states(self) -> list[str]:
        self.sign_in()
        entries = self.search().json().get("entry", [])
        return [one["resource"]["businessStatus"]["coding"][0]["code"] for one in entries]


def test_a_running_server_sees_the_reset_the_snapshot_and_the_clock(tmp_path: Path) -> None:
    world = ("integration", "--folder", str(tmp_path))
    with served(tmp_path) as server:
        doctor, laboratory = Doctor(server), server.laboratory()
        doctor.sign_in()
        keys = doctor.browser.http.get(doctor.browser.endpoint("certs")).json()
        old = laboratory.token()
        assert doctor.submit().status_code == 200
        equalis("world", "snapshot", "integration", "one", "--folder", str(tmp_path))
        assert doctor.submit().status_code == 200
        assert doctor.states() == ["active", "active"]

        equalis("world", "advance-clock", *world, "--days", "70")
        assert doctor.states() == ["expired", "expired"]

        equalis("world", "reset", *world)
        for answer in (doctor.search(), laboratory.search(old)):
            assert (answer.status_code, refusal_codes(answer)) == (401, ["token-expired"])
        assert doctor.states() == []
        assert laboratory.search(laboratory.token()).status_code == 200
        assert doctor.browser.http.get(doctor.browser.endpoint("certs")).json() == keys
        assert doctor.submit().status_code == 200

        equalis("world", "restore", "integration", "one", "--folder", str(tmp_path))
        assert doctor.states() == ["active"]
        assert count_and_check(server.world()) > 10


@pytest.mark.slow
def test_requests_in_flight_are_answered_and_nothing_is_half_written(tmp_path: Path) -> None:
    over = threading.Event()
    answered = threading.Semaphore(0)
    statuses: list[int] = []

    def note(answer: httpx.Response) -> bool:
        statuses.append(answer.status_code)
        answered.release()
        return answer.status_code == 200

    def prescribe(doctor: Doctor) -> None:
        while not over.is_set():
            try:
                doctor.sign_in()
            except (AssertionError, KeyError):
                continue  # a reset came between the password and the token
            while note(doctor.submit()) and not over.is_set():
                pass

    with served(tmp_path, "--workers", "2") as server:
        doctors = [Doctor(server) for _ in range(3)]
        with ThreadPoolExecutor(max_workers=3) as pool:
            running = [pool.submit(prescribe, doctor) for doctor in doctors]
            try:
                equalis("world", "snapshot", "integration", "busy", "--folder", str(tmp_path))
                for action in (("reset",), ("restore", "busy"), ("reset",), ("restore", "busy")):
                    equalis(
                        "world", action[0], "integration", *action[1:], "--folder", str(tmp_path)
                    )
                    for _ in range(len(doctors) + 2):
                        assert answered.acquire(timeout=60)
            finally:
                over.set()
            for one in running:
                one.result()
        world = server.world()
        assert set(statuses) <= {200, 401}
        assert statuses.count(200) > 10
        assert count_and_check(world) > 0
        with world.store.read() as tx:
            assert tx.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert tx.execute("PRAGMA foreign_key_check").fetchall() == []
            for table in ("prescription_line", "prescription_submission"):
                query = f"SELECT count(DISTINCT task_id) FROM {table}"  # noqa: S608 - a table of ours
                whole = tx.execute("SELECT count(*) FROM prescription").fetchone()[0]
                assert tx.execute(query).fetchone()[0] == whole


def test_a_world_made_beside_is_served_when_asked_for_and_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    equalis("world", "create", "vendor-b", "--folder", str(tmp_path))
    both = ("--environment", "integration", "--environment", "vendor-b")
    with served(tmp_path, *both) as server:
        doctor = Doctor(server)
        doctor.sign_in()
        assert doctor.submit().status_code == 200
        equalis("world", "reset", "vendor-b", "--folder", str(tmp_path))
        assert doctor.search().json()["total"] == 1
        key = (tmp_path / "clients" / "labo-nord-app.jwk.json").read_text(encoding="utf-8")
        assert json.loads(key)["kid"] == server.laboratory().key.kid
    capsys.readouterr()
    equalis("world", "list", "--folder", str(tmp_path), "--json")
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed["worlds"]] == ["integration", "vendor-b"]


WRONG: dict[str, Callable[[str], list[str]]] = {
    "nowhere": lambda folder: ["reset", "nowhere", "--folder", folder],
    "never": lambda folder: ["restore", "demo", "never", "--folder", folder],
    "taken": lambda folder: ["create", "demo", "--folder", folder],
    "backwards": lambda folder: ["advance-clock", "demo", "--days", "-1", "--folder", folder],
    "too-far": lambda folder: ["advance-clock", "demo", "--days", "99999999", "--folder", folder],
    "far-back": lambda folder: [
        "advance-clock",
        "demo",
        "--hours",
        "-99999999",
        "--folder",
        folder,
    ],
    "odd": lambda folder: ["reset", "odd", "--folder", folder],
    "name": lambda folder: ["create", "A b", "--folder", folder],
    "no-folder": lambda folder: ["create", "demo", "--folder", f"{folder}/odd.db"],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_done_is_a_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert main(["world", "create", "demo", "--folder", str(tmp_path)]) == 0
    (tmp_path / "odd.db").write_bytes(b"odd")
    capsys.readouterr()
    for words in WRONG.values():
        asked = ["world", *words(str(tmp_path)), "--language", language]
        assert main(asked) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert main([*asked, "--json"]) == 2
        error = json.loads(capsys.readouterr().out)["error"]
        assert error["what"] == said.err.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_tells_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    tell: Callable[..., int] = lambda *words: main(  # noqa: E731 - a word for what is said below
        ["world", *words, "--folder", str(tmp_path), "--language", language]
    )
    assert tell("list") == 0
    assert tell("create", "demo") == 0
    assert tell("advance-clock", "demo", "--days", "2", "--hours", "3") == 0
    assert tell("snapshot", "demo", "start") == 0
    assert tell("restore", "demo", "start") == 0
    assert tell("list") == 0
    assert tell("reset", "demo") == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("2 d 3 h" in line for line in lines) == 3
    assert sum("demo" in line for line in lines) == 6
    assert main(["world", "list", "--json", "--folder", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["hours_ahead"] for one in told["worlds"]] == [0.0]
    assert [one["hours_ahead"] for one in told["snapshots"]] == [51.0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_of_every_action_speaks_the_language(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    for action in ("list", "create", "reset", "snapshot", "restore", "advance-clock"):
        with pytest.raises(SystemExit) as ended:
            main(["world", action, "--help", "--language", language])
        assert ended.value.code == 0
        text = capsys.readouterr().out
        assert f"equalis world {action}" in text
        assert ("show" in text) is (language == "en")


def test_a_database_that_does_not_answer_is_said_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = "postgresql://me:the-secret@127.0.0.1:1/x"
    for action in (("reset", "demo"), ("list",), ("create", "demo"), ("snapshot", "demo", "s")):
        assert main(("world", *action, "--database", url, "--language", "en")) == 2
    said = capsys.readouterr()
    assert said.err
    assert "the-secret" not in said.err + said.out


def test_what_the_rule_keeps_no_longer_is_purged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ("--folder", str(tmp_path), "--json")
    equalis("world", "create", "demo", *folder)
    equalis("world", "purge-audit", "demo", *folder)
    equalis("world", "advance-clock", "demo", "--days", "3700", *folder)
    equalis("world", "purge-audit", "demo", *folder)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["count"] for each in told if each["action"] == "purge-audit"] == [0, 2]
    equalis("world", "purge-audit", "demo", "--keep", "ePrescription=5", *folder)
    wrong = ("world", "purge-audit", "demo", "--keep", "ePrescription", *folder)
    assert main(wrong) == 2


def test_keys_take_turns_and_the_trail_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ("--folder", str(tmp_path), "--json")
    equalis("world", "create", "demo", *folder)
    equalis("world", "turn-keys", "demo", *folder)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[-1] == {"action": "turn-keys", "folder": str(tmp_path), "count": 1, "name": "demo"}
    assert b"PRIVATE KEY" not in (tmp_path / "demo.db").read_bytes()
