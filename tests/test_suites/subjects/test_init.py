"""`equalis init` asks, asks again, and writes what the reader takes: from a pipe, at a terminal."""

import io
import json
import os
import pty
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema
import pytest

from reference_server.population.personas import load
from reference_server.text import LANGUAGES
from reports.cli import main
from test_suites.engine.plan import CAPABILITY_OF
from test_suites.subjects.asking import CAPABILITIES
from test_suites.subjects.model import OF_IDENTITIES, Subject
from test_suites.subjects.reader import parse_subject, read_subject
from test_suites.subjects.schema import FILE, schema_text, subject_schema

SUITES = Path(__file__).parents[3] / "test_suites"
PUBLISHED = SUITES / "subjects" / FILE
EXAMPLES = (
    SUITES / "subjects" / "examples" / "server.toml",
    SUITES / "vendors" / "laboratory.toml",
    SUITES / "vendors" / "prescriber.toml",
)
LABORATORY = ["2", "Éditeur", 'Labo "+"', "", "o", "n", "prévu en 2027", "o", "o", "", ""]


def words(*more: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "reports.cli", "init", *more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How the command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


Init = Callable[..., Done]


@pytest.fixture
def init(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Init:
    """Run the command with answers as they come through a pipe."""

    def run(file: Path, answers: Sequence[str], *more: str) -> Done:
        typed = "".join(f"{answer}\n" for answer in answers)
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["init", str(file), *more])
        written = capsys.readouterr()
        return Done(returncode=code, stdout=written.out, stderr=written.err)

    return run


def today() -> date:
    return datetime.now(UTC).date()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_client_s_file_is_written_and_read_back(
    init: Init, tmp_path: Path, language: str
) -> None:
    file = tmp_path / "new" / "subject.toml"
    done = init(file, LABORATORY, "--language", language)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(file), str(file.with_name(FILE))]
    subject = read_subject(file, today=today())
    assert (subject.product.vendor, subject.product.name) == ("Éditeur", 'Labo "+"')
    role = subject.role("laboratory")
    assert role is not None
    assert role.capabilities == ("fractioned", "reserve", "client-certificate")
    assert role.not_supported == {"plan-b": "prévu en 2027"}
    assert file.read_text("utf-8").startswith(f"#:schema {FILE}\n# ")
    assert file.with_name(FILE).read_text("utf-8") == PUBLISHED.read_text("utf-8")


def test_wrong_answers_are_asked_again_with_a_reason(init: Init, tmp_path: Path) -> None:
    wrong = ["9", "nobody", "1", "", "V", "N", "2", "peut-être", "n", "no", "zu spät", *([""] * 8)]
    wrong += ["process", 'run "half', "", "run --port {port} 'a b'"]
    done = init(tmp_path / "s.toml", wrong, "--language", "fr")
    assert done.returncode == 0, done.stderr
    for reason in ("un des mots", "une réponse est", "oui ou non", "3 à 500", "guillemets"):
        assert reason in done.stderr.lower()
    subject = read_subject(tmp_path / "s.toml", today=today())
    assert subject.operator is not None
    assert subject.operator.kind == "process"
    assert subject.operator.command == ("run", "--port", "{port}", "a b")


def test_a_server_on_another_machine_needs_somebody_who_allows_it(
    init: Init, tmp_path: Path
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "doctor").write_text("word", "utf-8")
    population = load()
    systems = [one for one in population.clients.values() if one.organization]
    others = len(population.practitioners) - 1 + len(systems)
    answers = ["service", "V", "N", "1", *([""] * 5)]
    answers += ["ftp://x", "https://erx.example.org/erx", ""]
    answers += ["oui", "app", "", "secrets/doctor", *(["non"] * others)]
    answers += ["A. B., responsable", "hier", "2020-01-01", "2099-12-31"]
    done = init(tmp_path / "s.toml", answers, "--language", "fr")
    assert done.returncode == 0, done.stderr
    assert "Ce jour est passé." in done.stderr
    subject = read_subject(tmp_path / "s.toml", today=today())
    assert subject.server is not None
    assert [each.password_file for each in subject.server.clients] == ["secrets/doctor"]
    assert subject.authorised[0].until == date(2099, 12, 31)


def test_with_defaults_alone_it_declares_the_example_server(init: Init, tmp_path: Path) -> None:
    done = init(tmp_path / "s.toml", ["3", "V", "N", *([""] * 60)])
    assert done.returncode == 0, done.stderr
    assert "clients/labo-nord-app.jwk.json" in done.stderr  # not there yet
    text = (tmp_path / "s.toml").read_text("utf-8")
    made = parse_subject(text, file="s.toml", today=today())
    example = parse_subject(EXAMPLES[0].read_text("utf-8"), file="e.toml", today=today())
    assert made.server is not None
    assert example.server is not None
    assert made.server.base_url == example.server.base_url
    assert set(example.server.clients) <= set(made.server.clients)


def test_answers_that_end_leave_nothing_behind(init: Init, tmp_path: Path) -> None:
    done = init(tmp_path / "s.toml", LABORATORY[:4])
    assert done.returncode == 2
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("answer", "code"), [("", 2), ("n", 2), ("o", 0)])
def test_nothing_is_overwritten_without_asking(
    init: Init, tmp_path: Path, *, answer: str, code: int
) -> None:
    file = tmp_path / "s.toml"
    file.write_text("mine", "utf-8")
    done = init(file, [answer, *LABORATORY])
    assert done.returncode == code
    assert (file.read_text("utf-8") == "mine") is (code != 0)


def test_a_folder_that_cannot_be_written_is_told(init: Init, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    done = init(tmp_path / "file" / "s.toml", LABORATORY)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_it_can_be_answered_through_a_pipe(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    typed = "".join(f"{answer}\n" for answer in LABORATORY)
    asked = words(str(file), "--json")
    done = subprocess.run(
        asked, input=typed, check=True, capture_output=True, text=True, timeout=60
    )
    assert json.loads(done.stdout)["files"][0] == str(file)
    assert read_subject(file, today=today()).role("laboratory") is not None


def test_it_can_be_answered_at_a_terminal(tmp_path: Path) -> None:
    keyboard, screen = pty.openpty()
    file = tmp_path / "s.toml"
    try:
        with subprocess.Popen(
            words(str(file)), stdin=screen, stdout=subprocess.PIPE, stderr=screen
        ) as running:
            os.close(screen)
            seen = b""
            for answer in LABORATORY:
                while not seen.rstrip(b" ").endswith((b":", b"?", b"]")):
                    seen += os.read(keyboard, 4096)
                os.write(keyboard, answer.encode() + b"\n")
                seen = os.read(keyboard, len(answer.encode()) + 2)  # what the terminal echoes
            assert running.stdout is not None
            told = running.stdout.read().decode()
        assert running.returncode == 0
    finally:
        os.close(keyboard)
    assert str(file) in told
    assert read_subject(file, today=today()).role("laboratory") is not None


def test_the_schema_that_is_published_is_what_the_models_give(init: Init) -> None:
    assert PUBLISHED.read_text("utf-8") == schema_text()
    done = init(Path("unused.toml"), [], "--schema")
    assert (done.returncode, done.stdout) == (0, schema_text())
    assert not Path("unused.toml").exists()


def test_every_field_says_what_it_is_for() -> None:
    schema = subject_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    for name, definition in definitions.items():
        assert isinstance(definition, dict)
        assert definition["description"], name
        properties = definition["properties"]
        assert isinstance(properties, dict)
        for field, described in properties.items():
            assert isinstance(described, dict)
            assert described["description"], f"{name}.{field}"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_the_examples_follow_the_schema(file: Path) -> None:
    told = json.loads(json.dumps(tomllib.loads(file.read_text("utf-8")), default=str))
    validator = jsonschema.Draft202012Validator(subject_schema())
    assert [error.message for error in validator.iter_errors(told)] == []
    told["product"]["versoin"] = "1"
    assert not validator.is_valid(told)


def test_each_role_is_asked_for_what_the_plan_knows() -> None:
    asked = {(role, one) for role, offered in CAPABILITIES.items() for one in offered}
    # Suppliers of identities, and establishments, write their file by hand.
    asked_for = set(CAPABILITY_OF) - OF_IDENTITIES - {"pmir"}
    known = {(role, one) for one in asked_for for role in CAPABILITY_OF[one]}
    assert asked == known
    assert Subject.model_config["extra"] == "forbid"
