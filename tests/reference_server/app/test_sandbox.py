"""The sandbox's secrets: written once, for their owner alone, and never changed."""

import stat
from pathlib import Path

from reference_server.app.sandbox import client_keys, write_passwords
from reference_server.population import load, token_secret


def test_everyone_who_signs_in_has_a_password_file_of_their_own(tmp_path: Path) -> None:
    write_passwords(tmp_path / "people", load())
    written = {path.name: path for path in (tmp_path / "people").iterdir()}
    expected: dict[str, str] = {}
    people = {name: (who.ehealth_id, who.password) for name, who in load().practitioners.items()}
    people |= {
        name: (str(who.matricule), who.password)
        for name, who in load().patients.items()
        if who.password is not None
    }
    for name, (number, password) in people.items():
        expected[f"{name}.password"] = password
        expected[f"{name}.otpauth"] = (
            f"otpauth://totp/eQualis%20Lab:{number}"
            f"?secret={token_secret(number)}&issuer=eQualis%20Lab\n"
        )
    assert {name: path.read_text("utf-8") for name, path in written.items()} == expected
    assert {stat.S_IMODE(path.stat().st_mode) for path in written.values()} == {0o600}


def test_secrets_that_are_there_are_left_alone(tmp_path: Path) -> None:
    first = client_keys(tmp_path, load())
    write_passwords(tmp_path, load())
    kept = tmp_path / f"{min(load().practitioners)}.password"
    kept.write_text("changed", encoding="utf-8")
    write_passwords(tmp_path, load())
    assert kept.read_text("utf-8") == "changed"
    assert client_keys(tmp_path, load()) == first
