"""The command `personas` shows everybody, in three languages and as JSON."""

import json
from argparse import ArgumentParser, Namespace

import pytest

from reference_server.app.personas import commands
from reference_server.population import Outcome, load
from reference_server.text import LANGUAGES

PEOPLE = load()


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    parser = ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--language", default="fr")
    commands.configure("personas", parser)
    asked: Namespace = parser.parse_args(words)
    assert commands.execute("personas", asked) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_tells_id_number_and_what_happens(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    text = shown(capsys, "--language", language)
    assert PEOPLE.version in text.splitlines()[0]
    for key, patient in PEOPLE.patients.items():
        [line] = [one for one in text.splitlines() if one.startswith(f"  {key} ")]
        assert patient.matricule in line
        assert line.endswith(patient.about.spoken(language))
        assert (f"[{patient.outcome}]" in line) is (patient.outcome is not None)
    for person in PEOPLE.practitioners.values():
        assert person.ehealth_id in text
        assert person.password not in text


def test_the_json_holds_everything_but_passwords(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "--json")
    told = json.loads(text)
    assert told["version"] == PEOPLE.version
    assert {one["outcome"] for one in told["patients"]} == {None, *Outcome}
    assert set(told["patients"][0]["about"]) == set(LANGUAGES)
    assert [one["id"] for one in told["clients"]] == list(PEOPLE.clients)
    assert "test-9100000017" not in text
