"""The standing server: survives kill -9, shares one file among processes, stops gracefully."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from reference_server.app import open_world
from reference_server.app.serve import ServeError, ServeOptions, serve
from reference_server.services.audit.store.trail import Trail
from reference_server.world import World
from tests.reference_server.app.process import command, served
from tests.reference_server.postgres import Cluster
from tests.reference_server.standing import System

ENOUGH = 100


def count_and_check(world: World) -> int:
    """Return how many audit events there are; their chain must be whole."""
    trail = Trail(world)
    with world.store.read() as tx:
        assert trail.broken_at(tx) is None
        return len(tuple(trail.entries(tx)))


def test_keys_codes_and_tokens_survive_kill_9(tmp_path: Path) -> None:
    with served(tmp_path) as first:
        port = str(httpx.URL(str(first.told["origin"])).port)
        browser, laboratory = first.browser(), first.laboratory()
        code, token = browser.code(), laboratory.token()
        keys = browser.http.get(browser.endpoint("certs")).json()
        events = count_and_check(browser.world)
        first.kill()
        with served(tmp_path, "--port", port):
            assert browser.http.get(browser.endpoint("certs")).json() == keys
            assert browser.redeem(code).status_code == 200
            assert browser.redeem(code).json()["error"] == "invalid_grant"
            assert laboratory.search(token).status_code == 200
            assert count_and_check(browser.world) > events


def test_every_token_acknowledged_before_kill_9_is_in_the_trail(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    enough = threading.Event()

    def ask_until_it_ends(laboratory: System) -> None:
        try:
            while True:
                answer = laboratory.ask()
                assert answer.status_code == 200, answer.text
                acknowledged.append(answer.headers["x-request-id"])
                if len(acknowledged) >= ENOUGH:
                    enough.set()
        except httpx.TransportError:
            return

    with served(tmp_path, "--workers", "2") as server:
        world = server.world()
        laboratories = [server.laboratory() for _ in range(6)]
        with ThreadPoolExecutor(max_workers=6) as pool:
            asking = pool.map(ask_until_it_ends, laboratories)
            assert enough.wait(timeout=30)
            server.kill()
            tuple(asking)
        trail = Trail(world)
        with world.store.read() as tx:
            assert trail.broken_at(tx) is None
            kept = {entry.entry.request_id for entry in trail.entries(tx)}
    assert len(acknowledged) >= ENOUGH
    assert set(acknowledged) <= kept


def test_two_processes_share_sessions_codes_and_replays(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as server:
        for _ in range(4):
            browser, laboratory = server.browser(), server.laboratory()
            token = browser.redeem(browser.code()).json()["access_token"]
            assertion = laboratory.assertion()
            answers = []
            for _ in range(6):
                browser.http.headers["Connection"] = "close"
                laboratory.http.headers["Connection"] = "close"
                assert browser.userinfo(token).status_code == 200
                answers.append(laboratory.ask(assertion).status_code)
            assert answers == [200, 401, 401, 401, 401, 401]
        assert count_and_check(server.world()) > 0


def test_it_stops_when_asked_and_leaves_the_file_whole(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        server.laboratory().token()
        assert server.stop() in {0, -15}
        assert count_and_check(server.world()) == 1


def test_several_processes_stop_when_asked(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as server:
        assert server.stop() == 0


def test_several_environments_have_issuers_and_data_of_their_own(tmp_path: Path) -> None:
    environments = ("--environment", "integration", "--environment", "production")
    with served(tmp_path, *environments) as server:
        origin = str(server.told["origin"])
        databases = server.told["databases"]
        assert isinstance(databases, list)
        assert len(set(databases)) == 2
        path = "auth/realms/organization/.well-known/openid-configuration"
        with httpx.Client(verify=server.trust(), timeout=60) as http:
            for name in ("integration", "production"):
                told = http.get(f"{origin}/{name}/{path}").json()
                assert told["issuer"] == f"{origin}/{name}/auth/realms/organization"


def test_plain_http_is_served_only_when_asked_for(tmp_path: Path) -> None:
    with served(tmp_path, "--plain-http", "--database", ":memory:") as server:
        assert str(server.told["origin"]).startswith("http://127.0.0.1:")
        assert (server.told["authority"], server.told["databases"]) == (None, [])


def options(folder: Path, **changed: object) -> ServeOptions:
    return ServeOptions(**{"folder": folder, "port": 0, **changed})  # type: ignore[arg-type]  # one change at a time


@pytest.mark.parametrize(
    "changed",
    [
        {"workers": 0},
        {"environments": ()},
        {"workers": 2, "database": ":memory:"},
        {"environments": ("a", "b"), "database": "one.db"},
        {"database": "mysql://db/x"},
    ],
)
def test_options_that_contradict_each_other_are_refused(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    with pytest.raises(ServeError):
        serve(options(tmp_path, **changed), announce=print)


def test_an_address_in_use_is_wrong_input_not_a_stack_trace(tmp_path: Path) -> None:
    with served(tmp_path / "a") as server:
        port = str(httpx.URL(str(server.told["origin"])).port)
        ended = subprocess.run(
            command("--port", port, "--folder", str(tmp_path / "b")),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert ended.returncode == 2
    assert ended.stderr.startswith("The service cannot be started: ")
    assert "Traceback" not in ended.stderr


def test_what_is_announced_names_the_files_that_a_newcomer_needs(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        told = server.told
        for key in ("authority", "client_keys"):
            assert Path(str(told[key])).exists()
        assert json.dumps(told)
        keys = Path(str(told["client_keys"]))
        assert {file.name for file in keys.iterdir()} == {
            "labo-nord-app.jwk.json",
            "labo-nord-index-app.jwk.json",
            "labo-nord-feed-app.jwk.json",
            "labo-nord-traces-app.jwk.json",
            "labo-nord-annuaire-app.jwk.json",
            "labo-sud-app.jwk.json",
            "labo-sud-feed-app.jwk.json",
            "pharmacie-centrale-app.jwk.json",
        }
        modes = {file.stat().st_mode & 0o777 for file in keys.iterdir()}
    assert modes == {0o600}


@pytest.mark.slow
def test_two_processes_serve_from_postgresql_and_tell_nobody_its_password(
    tmp_path: Path, postgres: Cluster
) -> None:
    url = postgres.database()
    with served(tmp_path, "--workers", "2", kept_in=url) as server:
        tokens = [server.laboratory().token() for _ in range(4)]
        assert len(set(tokens)) == 4
        assert server.told["databases"] == [str(url)]
        assert "a-secret" not in json.dumps(server.told)
    [keys] = tmp_path.rglob("integration.db.key")
    world = open_world("integration", origin="https://a", database=url, keys=keys)
    assert count_and_check(world) == 4
    world.close()


@pytest.mark.slow
def test_what_holds_for_the_services_on_sqlite_holds_on_postgresql(postgres: Cluster) -> None:
    assert postgres.folder.exists()
    tested = ("prescriptions", "trust", "terminology", "kernel")
    folders = [str(Path(__file__).parents[1] / name) for name in tested]
    quiet = ("-q", "-m", "not slow", "-p", "no:cacheprovider")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, *folders],
        env={**os.environ, "EQUALIS_TEST_STORE": "postgres"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:]


def test_a_database_that_does_not_answer_is_wrong_input_without_its_password(
    tmp_path: Path,
) -> None:
    url = "postgresql://me:the-secret@127.0.0.1:1/x"
    ended = subprocess.run(
        command("--port", "0", "--folder", str(tmp_path), "--database", url),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "postgresql://127.0.0.1:1/x" in ended.stderr
    assert "the-secret" not in ended.stdout + ended.stderr
