"""`equalis doctor` as people and programs meet it, and the reference service under its eyes."""

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from reference_server.population import seed
from reference_server.text import LANGUAGES
from reports.cli import main
from test_suites.doctor.examine import examine
from test_suites.subjects.reader import read_subject
from tests.reference_server.standing import PEOPLE, Standing, standing_server
from tests.test_suites.doctor.stand import QUIET, causes, examined, server_text

EXAMPLE = Path(__file__).parents[3] / "test_suites" / "subjects" / "examples" / "server.toml"
EQUALIS = (sys.executable, "-m", "reports.cli")
DOCTOR = """[[server.clients]]
persona = "dr-meyer"
client_id = "{client}"
username = "9100000017"
password_file = "password"
"""
LABORATORY = """[[server.clients]]
persona = "labo-nord"
client_id = "{client}"
private_jwk_file = "key.json"
"""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with standing_server(tmp_path_factory.mktemp("reference")) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, reference: Standing) -> Path:
    """The files of a subject, right for the World that `base` opens."""
    shutil.copy(reference.authority, tmp_path / "ca.pem")
    (tmp_path / "password").write_text(PEOPLE.practitioners["dr-meyer"].password, "utf-8")
    return tmp_path


@pytest.fixture
def base(reference: Standing, folder: Path) -> str:
    world = reference.open()
    key = reference.keys["labo-nord-app"].as_dict(private=True)
    (folder / "key.json").write_text(json.dumps(key), "utf-8")
    return world.base_url


def text_of(base: str, *tables: str) -> str:
    return server_text(base, *tables, trust="ca.pem")


def both() -> tuple[str, str]:
    return DOCTOR.format(client="prescriber-app"), LABORATORY.format(client="labo-nord-app")


def test_the_reference_service_gets_a_clean_bill(folder: Path, base: str) -> None:
    found = examined(text_of(base, *both()), folder)
    assert causes(found) == []
    assert {check.about for check in found.checks if check.id == "sign-in"} == {
        "dr-meyer",
        "labo-nord",
    }
    (folder / "subject.toml").write_text(text_of(base, *both()), "utf-8")
    subject = read_subject(folder / "subject.toml", today=QUIET.now().date())
    found_again = examine(subject, folder, surroundings=QUIET)
    assert [one.cause.id for one in found_again if not one.cause.is_hint] == []


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        ((DOCTOR.format(client="nobody-app"),), ["client-unknown"]),
        ((LABORATORY.format(client="nobody-app"),), ["client-unknown"]),
        ((DOCTOR.format(client="labo-nord-app"),), ["client-unknown"]),
        (
            (DOCTOR.format(client="prescriber-app").replace("dr-meyer", "labo-sud"),),
            ["scope-refused"],
        ),
    ],
)
def test_what_the_reference_service_refuses_has_its_cause(
    folder: Path, base: str, *, tables: tuple[str, ...], expected: list[str]
) -> None:
    assert causes(examined(text_of(base, *tables), folder)) == expected


def test_a_wrong_key_and_a_wrong_password_are_told_apart_from_the_rest(
    folder: Path, base: str
) -> None:
    other = ECKey.generate_key("P-256", auto_kid=True)
    (folder / "key.json").write_text(json.dumps(other.as_dict(private=True)), "utf-8")
    (folder / "password").write_text("not-the-password", "utf-8")
    found = examined(text_of(base, *both()), folder)
    assert causes(found) == ["password-wrong", "assertion-refused"]
    assert "not-the-password" not in repr(found)


def test_a_return_address_that_is_not_registered_is_told(
    folder: Path, base: str, reference: Standing
) -> None:
    app = PEOPLE.clients["prescriber-app"]
    elsewhere = app.model_copy(update={"redirect_uris": ("https://vendor.test/callback",)})
    people = PEOPLE.model_copy(update={"clients": {"prescriber-app": elsewhere}})
    world = reference.registry.find(base.rpartition("/")[2])
    assert world is not None
    seed(world, population=people)
    found = examined(text_of(base, both()[0]), folder)
    assert causes(found) == ["redirect-uri-refused"]


def test_a_wrong_world_is_an_address_that_is_wrong(folder: Path, base: str) -> None:
    found = examined(text_of(base.rpartition("/")[0] + "/nowhere", *both()), folder)
    assert causes(found) == ["discovery-missing", "metadata-missing"]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A subject file whose server is not there."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    file = tmp_path / "subject.toml"
    file.write_text(server_text(f"https://127.0.0.1:{port}/erx", trust="ca.pem"), "utf-8")
    return file


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_read_words_the_place_and_the_mend(
    broken: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--subject", str(broken), "--language", language]) == 1
    said = capsys.readouterr().out
    word = {"fr": "✘ trouvé", "en": "✘ found", "de": "✘ gefunden"}[language]
    lines = said.splitlines()
    at = next(number for number, each in enumerate(lines) if each.startswith(word))
    assert re.search(r"11\b.*server\.trust_pem · file-missing", lines[at + 1])
    assert lines[at + 4].strip().startswith(("Remède", "Mend", "Abhilfe"))
    assert "port-closed" in said
    assert " 2" in lines[-1]


def test_programs_read_json(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--subject", str(broken), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["good"] is False
    (found,) = [
        one
        for check in told["checks"]
        for one in check["diagnoses"]
        if one["cause"] == "port-closed"
    ]
    assert (found["blame"], found["field"], found["line"]) == (
        "configuration",
        "server.base_url",
        10,
    )
    assert found["seen"]
    assert found["expected"]
    assert found["mend"]


def test_a_subject_file_that_cannot_be_read_is_wrong_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--subject", str(tmp_path / "none.toml")]) == 2
    file = tmp_path / "subject.toml"
    file.write_text("[product]\nvendr = 'V'\n", "utf-8")
    assert main(["doctor", "--subject", str(file)]) == 2
    assert "product.vendr" in capsys.readouterr().err


@pytest.mark.slow
def test_a_newcomer_s_example_gets_a_clean_bill(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    folder = tmp_path / "serve"
    words = (*EQUALIS, "serve", "--folder", str(folder), "--port", port, "--json")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert json.loads(server.stdout.readline())["origin"]
            text = EXAMPLE.read_text("utf-8").replace(":8443/", f":{port}/")
            (folder / "server.toml").write_text(text, "utf-8")
            asked = (*EQUALIS, "doctor", "--subject", str(folder / "server.toml"))
            done = subprocess.run(asked, check=False, capture_output=True, text=True, timeout=60)
        finally:
            server.terminate()
    assert done.returncode == 0, done.stdout
    assert "✘" not in done.stdout
