"""The operator's command: issue, list, revoke, declare, give out account keys."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509

from reference_server.app.copies.database import WorldsIn
from reference_server.app.copies.folder import Folder
from reports.cli import main
from tests.reference_server.postgres import Cluster

Run = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folder")
    Folder(path=folder).create("mine")
    return folder


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> tuple[int, dict[str, object]]:
        shared = ("--world", "mine", "--folder", str(folder), "--json")
        code = main(["certificates", *words, *shared])
        return code, json.loads(capsys.readouterr().out)

    return command


def test_a_certificate_is_issued_listed_suspended_lifted_and_revoked(
    run: Run, tmp_path: Path
) -> None:
    code, made = run("issue", "--ehealth-id", "9100000017", "--out", str(tmp_path))
    assert code == 0
    chain = x509.load_pem_x509_certificates(Path(str(made["chain"])).read_bytes())
    chain[0].verify_directly_issued_by(chain[1])
    assert Path(str(made["key"])).stat().st_mode & 0o777 == 0o600
    serial = str(made["serial"])
    assert run("suspend", serial)[1]["reason"] == "certificateHold"
    assert run("lift", serial)[1]["state"] == "valid"
    assert run("revoke", serial, "--reason", "keyCompromise")[1]["reason"] == "keyCompromise"
    code, told = run("lift", serial)
    assert code == 2
    assert "error" in told
    listed = run("list", "--ehealth-id", "9100000017")[1]["certificates"]
    assert isinstance(listed, list)
    assert [(each["serial"], each["state"]) for each in listed] == [(serial, "revoked")]


def test_the_trust_bundle_is_root_and_issuing_authority(run: Run) -> None:
    pem = str(run("trust")[1]["trust"]).encode()
    root, issuing = x509.load_pem_x509_certificates(pem)
    issuing.verify_directly_issued_by(root)


def test_a_host_is_declared_and_an_account_key_given_out(run: Run) -> None:
    told = run("declare-host", "--name", "srv.example.lu", "--organization", "90200116")
    assert told == (0, {"name": "srv.example.lu", "address": "127.0.0.1", "port": 80})
    code, key = run("account-key", "--organization", "90200116")
    assert code == 0
    assert set(key) == {"kid", "hmac_key"}


@pytest.mark.parametrize(
    "words",
    [
        ("revoke",),
        ("revoke", "0123"),
        ("issue", "--ehealth-id", "9999999999", "--out", "."),
        ("issue", "--family", "server", "--out", "."),
        ("issue", "--ehealth-id", "9100000017"),
        ("declare-host", "--organization", "90200116"),
        ("account-key",),
        ("account-key", "--organization", "11111111"),
    ],
)
def test_words_that_cannot_be_followed_are_told(run: Run, words: tuple[str, ...]) -> None:
    code, told = run(*words)
    assert code == 2
    assert told["error"]


def test_a_world_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certificates", "list", "--folder", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.slow
def test_the_authority_of_a_world_in_postgresql_is_under_the_same_hands(
    postgres: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres.database()
    shared = ("--world", "mine", "--folder", str(tmp_path), "--database", url.text, "--json")
    assert main(["certificates", "trust", *shared]) == 2
    assert "a-secret" not in capsys.readouterr().out
    WorldsIn(url=url, path=tmp_path).create("mine")
    issue = ("issue", "--ehealth-id", "9100000017", "--out", str(tmp_path))
    assert main(["certificates", *issue, *shared]) == 0
    serial = json.loads(capsys.readouterr().out)["serial"]
    assert main(["certificates", "list", *shared]) == 0
    assert json.loads(capsys.readouterr().out)["certificates"][0]["serial"] == serial


def test_an_address_that_is_no_postgresql_is_refused_with_a_sentence(run: Run) -> None:
    code, told = run("trust", "--database", "mysql://a/b")
    assert (code, "postgresql://" in str(told["error"])) == (2, True)
