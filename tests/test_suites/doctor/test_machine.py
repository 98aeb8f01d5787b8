"""This machine, the files named, and the lab's own faults; every cause is provoked somewhere."""

import asyncio
import datetime as dt
import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reference_server.text import LANGUAGES, Catalogue
from test_suites.doctor.causes import CAUSES
from test_suites.doctor.notebook import Faults, Notebook
from tests.test_suites.doctor.stand import (
    KEY,
    PERSON,
    QUIET,
    SYSTEM,
    causes,
    examined,
    head,
    server_text,
)

CONSOLE = head("laboratory") + "[operator]\nkind = 'console'\n"
MACHINE = replace(QUIET, has_terminal=True)
CLOSED = "http://127.0.0.1:9/erx"
TEXTS = Path("test_suites/doctor/messages")


def found_with(text: str, folder: Path) -> set[str]:
    """The causes but for the port at which nobody listens."""
    return set(causes(examined(text, folder))) - {"port-closed"}


@pytest.mark.parametrize("year", [1970, 2060])
def test_a_clock_that_cannot_be_right_is_told(tmp_path: Path, year: int) -> None:
    around = replace(MACHINE, now=lambda: dt.datetime(year, 1, 1, tzinfo=dt.UTC))
    assert causes(examined(CONSOLE, tmp_path, around)) == ["clock-implausible"]


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    around = replace(MACHINE, least_free=1 << 60)
    assert causes(examined(CONSOLE, tmp_path, around)) == ["disk-full"]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HTTP_PROXY": "http://user:s3cret-word@proxy.test:3128"}, ["proxy-catches-loopback"]),
        ({"https_proxy": "http://proxy.test", "no_proxy": "a.test"}, ["proxy-catches-loopback"]),
        ({"HTTP_PROXY": "http://proxy.test", "NO_PROXY": "a.test, 127.0.0.1"}, []),
        ({}, []),
    ],
)
def test_proxy_variables_that_catch_loopback_are_a_hint(
    tmp_path: Path, *, environ: dict[str, str], expected: list[str]
) -> None:
    found = examined(CONSOLE, tmp_path, replace(MACHINE, environ=environ))
    assert causes(found) == expected
    assert found.is_good
    assert "s3cret-word" not in repr(found)


def test_without_pango_there_is_a_hint_and_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What WeasyPrint's import does on a system without Pango.
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    found = examined(CONSOLE, tmp_path, MACHINE)
    assert [one.cause.id for one in found.diagnoses] == ["pango-missing"]
    assert found.is_good


def test_a_probe_that_breaks_down_is_the_labs_fault() -> None:
    async def work() -> Faults:
        raise ZeroDivisionError("oh")

    async def ask() -> Notebook:
        ends = asyncio.get_running_loop().time() + 5
        notebook = Notebook(written=None, ends=ends)
        assert not await notebook.ask("loopback", "", work())
        return notebook

    found = asyncio.run(ask()).diagnoses()
    assert [(one.cause.id, one.cause.blame.value) for one in found] == [("lab-fault", "lab")]


def test_files_that_are_missing_or_no_text_are_told_once_each(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"\xff\xfe")
    found = examined(server_text(CLOSED, PERSON, SYSTEM, trust="ca.pem"), tmp_path)
    told = [(one.cause.id, one.field) for one in found.diagnoses]
    assert [one for one in told if one[0] != "port-closed"] == [
        ("file-missing", "server.trust_pem"),
        ("file-unreadable", "server.clients[0].password_file"),
        ("file-missing", "server.clients[1].private_jwk_file"),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("-----BEGIN PRIVATE KEY-----", "key-not-a-jwk"),
        ('{"kty": "EC"}', "key-not-a-jwk"),
        ("[]", "key-not-a-jwk"),
        (json.dumps(KEY.as_dict(private=False)), "key-without-private-part"),
    ],
)
def test_a_key_file_is_read(tmp_path: Path, *, content: str, expected: str) -> None:
    (tmp_path / "key.json").write_text(content, "utf-8")
    assert found_with(server_text(CLOSED, SYSTEM), tmp_path) == {expected}


def test_what_lies_in_the_other_files_is_read(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(" \n", "utf-8")
    (tmp_path / "ca.pem").write_text("no certificate", "utf-8")
    found = found_with(server_text(CLOSED, PERSON, trust="ca.pem"), tmp_path)
    assert found == {"password-empty", "trust-not-pem"}


def test_a_client_without_credentials_or_of_nobody_is_told(tmp_path: Path) -> None:
    lonely = "[[server.clients]]\npersona = 'dr-nobody'\nclient_id = 'x'\n"
    found = found_with(server_text(CLOSED, lonely), tmp_path)
    assert found == {"credentials-incomplete", "persona-unknown"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_says_what_was_seen_and_expected_and_how_to_mend_it(language: str) -> None:
    texts = Catalogue.load(TEXTS)
    for cause in CAUSES:
        for part in ("seen", "expected", "mend"):
            assert f"doctor.cause.{cause}.{part}" in texts.ids(language)


def test_every_cause_is_provoked_by_a_test() -> None:
    tests = "".join(
        file.read_text("utf-8") for file in sorted(Path(__file__).parent.glob("test_*.py"))
    )
    assert {cause for cause in CAUSES if not re.search(f'"{cause}"', tests)} == set()
