"""A client product that is wrong in one way gets exactly that cause; the programs are real."""

import json
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_suites.doctor.stand import QUIET, causes, examined, head, hear, raw, saying

DRIVER = Path(__file__).parent / "driver.py"
VENDORS = Path("test_suites/vendors")
RESERVE = "capabilities = ['reserve']"


def program(*more: str, role: str = "laboratory") -> str:
    command = json.dumps([sys.executable, str(DRIVER), "--port", "{port}", *more])
    return head(role, more=RESERVE) + f"[operator]\nkind = 'process'\ncommand = {command}\n"


def driven(url: str) -> str:
    return head("laboratory") + f"[operator]\nkind = 'driver'\nurl = '{url}'\n"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("good", []),
        ("page", ["driver-not-json"]),
        ("other-contract", ["driver-against-contract"]),
        ("no-acts", ["driver-against-contract"]),
        ("no-reason", ["driver-against-contract"]),
        ("prescriber", ["driver-other-role"]),
        ("other-version", ["driver-other-product"]),
        ("no-release", ["driver-act-missing"]),
        ("no-desk", ["driver-session"]),
        ("does-all", ["driver-session"]),
        ("ends", ["program-ended"]),
        ("abrupt", ["program-does-not-end"]),
    ],
)
def test_a_program_is_examined(tmp_path: Path, *, mode: str, expected: list[str]) -> None:
    found = examined(program("--mode", mode), tmp_path)
    assert causes(found) == expected
    assert found.is_good == (not expected)


def test_a_program_that_never_gets_ready_is_told(tmp_path: Path) -> None:
    found = examined(program("--mode", "stuck"), tmp_path, replace(QUIET, ready_seconds=1.0))
    assert causes(found) == ["program-not-ready"]


def test_a_program_that_is_not_there_is_told_with_its_line(tmp_path: Path) -> None:
    text = head("laboratory") + "[operator]\nkind = 'process'\ncommand = ['./no-such-program']\n"
    found = examined(text, tmp_path)
    assert causes(found) == ["program-not-startable"]
    assert found.diagnoses[0].field == "operator.command"
    assert text.splitlines()[(found.diagnoses[0].line or 0) - 1].startswith("command")


@pytest.mark.parametrize("words", [["--port", "{taken}"], ["--listen-port={taken}"]])
def test_a_port_that_somebody_else_has_is_told(tmp_path: Path, words: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = str(other.getsockname()[1])
        command = json.dumps(["/bin/true", *(word.format(taken=taken) for word in words)])
        text = head("laboratory") + f"[operator]\nkind = 'process'\ncommand = {command}\n"
        found = examined(text, tmp_path)
    assert causes(found) == ["port-taken"]


def test_a_driver_that_is_not_there_or_says_nothing_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert causes(examined(driven(f"http://127.0.0.1:{port}"), tmp_path)) == ["driver-closed"]
    with raw(hear) as port:
        found = examined(driven(f"http://127.0.0.1:{port}"), tmp_path)
    assert causes(found) == ["driver-silent"]
    with raw(saying(b"220 mail\r\n")) as port:
        found = examined(driven(f"http://127.0.0.1:{port}"), tmp_path)
    assert causes(found) == ["driver-not-json"]


def test_a_driver_on_a_host_that_nobody_allows_is_never_asked(tmp_path: Path) -> None:
    found = examined(driven("http://192.0.2.7:9001"), tmp_path)
    assert causes(found) == ["host-not-authorised"]
    assert {check.state.value for check in found.checks if check.id in {"driver", "contract"}} == {
        "not-reached"
    }


def test_a_person_is_needed_where_there_is_no_driver(tmp_path: Path) -> None:
    text = head("laboratory") + "[operator]\nkind = 'console'\n"
    assert causes(examined(text, tmp_path)) == ["nobody-at-terminal"]
    assert causes(examined(text, tmp_path, replace(QUIET, has_terminal=True))) == []


@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["prescriber", "laboratory"])
def test_the_example_products_get_a_clean_bill(vendor: str) -> None:
    text = (VENDORS / f"{vendor}.toml").read_text("utf-8")
    assert causes(examined(text, VENDORS)) == []
