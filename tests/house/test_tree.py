"""The tree keeps the house rules; each rule is shown to bite on a constructed example."""

import re

import pytest

from tests.house import sizes_and_marks as rules
from tests.house.tree import PACKAGES, ROOT, files, python_files, read, text_files

ALLOWED_AT_THE_ROOT = {
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "NOTICE",
    "README.md",
    "equalis",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    "tests",
    "tox.ini",
    *PACKAGES,
}


def test_the_root_holds_exactly_what_it_should() -> None:
    assert {path.parts[0] for path in files()} == ALLOWED_AT_THE_ROOT


def test_no_module_is_too_long() -> None:
    def limit(first_folder: str) -> int:
        return rules.TEST_MODULE_LINES if first_folder == "tests" else rules.MODULE_LINES

    lengths = {path: len(read(path).splitlines()) for path in python_files()}
    assert {p: n for p, n in lengths.items() if n > limit(p.parts[0])} == {}


def test_no_function_is_too_long() -> None:
    found = {path: list(rules.long_functions(read(path))) for path in python_files()}
    assert {path: functions for path, functions in found.items() if functions} == {}


def test_nothing_is_left_unfinished() -> None:
    found = {path: list(rules.unfinished(read(path))) for path in text_files()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_no_checker_is_silenced_without_a_reason() -> None:
    found = {path: list(rules.silenced(read(path))) for path in python_files()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    found = {path: list(rules.leaks(read(path))) for path in text_files()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_every_ignored_lint_rule_says_why_on_its_line() -> None:
    config = read(ROOT / "pyproject.toml")
    section = config[config.index("[tool.ruff.lint]") : config.index("[tool.ruff.lint.pydocstyle]")]
    ignores = re.findall(r'^    "[A-Z]+[0-9]*",.*$', section, flags=re.MULTILINE)
    assert ignores
    assert [line for line in ignores if not re.search(r"# .+", line)] == []


def test_a_function_of_51_lines_is_found_and_one_of_50_is_not() -> None:
    def of(lines: int) -> str:
        return "def f() -> None:\n" + "    pass\n" * (lines - 1)

    assert list(rules.long_functions(of(51))) == [("f", 51)]
    assert list(rules.long_functions(of(50))) == []


@pytest.mark.parametrize("word", ["TO-DO", "FIX-ME", "X-XX", "HA-CK"])
def test_a_mark_of_unfinished_work_is_found(word: str) -> None:
    assert list(rules.unfinished("x = 1\n# " + word.replace("-", "") + ": later\n")) == [2]


@pytest.mark.parametrize(
    ("comment", "is_found"),
    [
        ("type: ignore", True),
        ("type: ignore[arg-type]", True),
        ("type: ignore[arg-type]  # -", True),
        ("type: ignore  # the library lies here", True),
        ("type: ignore[arg-type]  # the library has no types", False),
        ("no-qa", True),
        ("no-qa: S607", True),
        ("no-qa: S607, PLR0913  -- the norm names them all", False),
    ],
)
def test_a_silenced_checker_needs_codes_and_a_reason(comment: str, *, is_found: bool) -> None:
    line = "f(x)  # " + comment.replace("no-qa", "noq" + "a")
    assert bool(list(rules.silenced(line))) is is_found


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        (["https://pypi", ".org/simple"], True),
        (["pip install --index", "-url x"], True),
        (["open('/ro", "ot/x')"], True),
        (["see /ho", "me/ada/notes"], True),
        (["https://example.org/wo", "rk/x"], False),
        (["{base}/ho", "me/page"], False),
    ],
)
def test_a_registry_or_a_path_of_a_machine_is_found(words: list[str], *, is_found: bool) -> None:
    assert bool(list(rules.leaks("".join(words)))) is is_found
