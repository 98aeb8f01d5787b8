"""The command `errors` shows the catalogue, one code of it, or writes it as a page."""

import json
from pathlib import Path

import pytest

from reports.cli import main


def test_it_lists_every_code_with_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "--language", "en"]) == 0
    told = capsys.readouterr().out
    assert "token-expired  401  correct" in told
    assert "Identity provider" in told


def test_it_shows_one_code_with_cause_mend_and_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["errors", "invalid_client", "--language", "en"]) == 0
    told = capsys.readouterr().out
    assert '"error": "invalid_client"' in told
    assert "error_description: client_assertion has been used already." in told


def test_a_value_of_oauth_leads_to_the_refusals_behind_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["errors", "server_error", "--json"]) == 0
    assert [each["code"] for each in json.loads(capsys.readouterr().out)["errors"]] == ["internal"]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_unknown_code_is_wrong_input(
    capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    assert main(["errors", "nothing-such", *form]) == 2
    told = capsys.readouterr()
    assert "nothing-such" in told.out + told.err


def test_it_writes_the_page_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "errors.html"
    assert main(["errors", "--out", str(out)]) == 0
    assert str(out) in capsys.readouterr().out
    assert '<article id="token-expired">' in out.read_text(encoding="utf-8")
    assert main(["errors", "--out", str(tmp_path / "no" / "errors.html")]) == 2
