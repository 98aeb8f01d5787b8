"""The curl line repeats the request in a real shell, and holds no secret."""

import subprocess
from pathlib import Path

from test_suites.core.curl import LONGEST_BODY, curl_line
from tests.test_suites.core.build import said

SHOW = 'curl() { for word in "$@"; do printf "%s\\n" "$word"; done; }\n'


def words(line: str, **variables: str) -> list[str]:
    """Return the words the shell would hand to curl."""
    run = subprocess.run(
        ["/bin/sh", "-c", SHOW + line],
        capture_output=True, text=True, check=True, env=variables,
    )  # fmt: skip
    return run.stdout.splitlines()


def test_it_names_method_address_headers_and_body() -> None:
    exchange = said("dispense", {"resourceType": "Parameters"})
    got = words(curl_line(exchange), TRUST_PEM="ca.pem", ACCESS_TOKEN="T")
    assert got[:4] == ["-sS", "--cacert", "ca.pem", "-X"]
    assert "https://127.0.0.1:8443/s/fhir/Task/t1/$dispense" in got
    assert "Content-Type: application/fhir+json" in got
    assert '{"resourceType": "Parameters"}' in got


def test_a_secret_becomes_a_variable_of_the_shell() -> None:
    line = curl_line(said("dispense", {}))
    assert "redacted." not in line
    assert "Authorization: Bearer T" in words(line, TRUST_PEM="x", ACCESS_TOKEN="T")


def test_quotes_in_a_body_survive_the_shell() -> None:
    line = curl_line(said("dispense", b"""it's "quoted" $HOME `date`"""))
    assert """it's "quoted" $HOME `date`""" in words(line, TRUST_PEM="x", ACCESS_TOKEN="T")


def test_a_large_or_binary_body_is_named_by_its_record() -> None:
    for body in (b"x" * (LONGEST_BODY + 1), b"\xff\xfe"):
        assert curl_line(said("dispense", body, record=7)).endswith(
            "--data-binary @record-7-request-body"
        )


def test_lengths_and_hosts_are_left_to_curl() -> None:
    line = curl_line(said("dispense", {}, headers={"Host": "x", "Content-Length": "2"}))
    assert "Host" not in line
    assert "Content-Length" not in line


def test_the_file_of_the_authority_is_not_a_path_of_ours() -> None:
    assert str(Path.cwd()) not in curl_line(said("dispense", {}))
