"""The import contracts cover the whole tree: no package escapes them by not being named."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.house.tree import PACKAGES, ROOT, python_files

STRANGERS = {"test_suites.vendors"}  # held by contracts of their own


def contracts() -> Mapping[str, Mapping[str, list[str]]]:
    """The contracts of pyproject.toml by their id."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract for contract in config["tool"]["importlinter"]["contracts"]}


def part(path: Path) -> str:
    """The dotted name of the folder or module directly below its root package."""
    return f"{path.parts[0]}.{path.parts[1].removesuffix('.py')}"


def test_every_part_of_every_package_has_its_layer() -> None:
    named = {name for row in contracts()["layers"]["layers"] for name in re.findall(r"[\w.]+", row)}
    parts = {
        part(path)
        for path in python_files()
        if path.parts[0] in PACKAGES and path.parts[1:] != ("__init__.py",)
    }
    within_whole_roots = {name for name in parts if name.split(".")[0] in named}
    assert parts - named - within_whole_roots - STRANGERS == set()


def test_all_four_packages_are_under_contract() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(config["tool"]["importlinter"]["root_packages"]) == set(PACKAGES)
