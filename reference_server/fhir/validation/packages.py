"""What packages depend on: looked up in a folder of archives, by name and pinned version.

Source: https://confluence.hl7.org/display/FHIR/NPM+Package+Specification. Nothing is fetched.
"""

import json
import re
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from reference_server.fhir.validation.library import Package, PackageUnreadableError, read_package

BUILT_IN: Final = frozenset({"hl7.fhir.r4.core", "hl7.fhir.core"})
"""R4 itself, which the library always knows."""
MOST_PACKAGES: Final = 200
_WHATEVER: Final = frozenset({"current", "dev", "latest", "*", ""})
_NUMBER: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A package that another one needs and that is not here: what, for whom, what is here."""

    name: str
    version: str
    wanted_by: str
    at_hand: tuple[str, ...] = ()

    def __str__(self) -> str:
        here = f" ({', '.join(self.at_hand)})" if self.at_hand else ""
        return f"{self.name}#{self.version} <- {self.wanted_by}{here}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Packages in the order in which they are to be laid: what others need comes first."""

    packages: tuple[Package, ...]
    missing: tuple[Missing, ...]


@dataclass(slots=True, kw_only=True)
class _Shelf:
    """Owns what a folder of archives offers: the archive of each name and version."""

    folders: tuple[Path, ...]
    _offered: dict[str, dict[str, Path]] | None = field(default=None)

    @property
    def offered(self) -> dict[str, dict[str, Path]]:
        """The archives by package name and version, each opened once for its name alone."""
        if self._offered is None:
            self._offered = {}
            for folder in self.folders:
                for archive in sorted(folder.glob("*.tgz")):
                    told = _headline(archive)
                    name, version = told.get("name"), told.get("version")
                    if isinstance(name, str) and isinstance(version, str):
                        self._offered.setdefault(name, {}).setdefault(version, archive)
        return self._offered

    def find(self, name: str, version: str) -> Path | None:
        """Return the archive of a pinned version; of `1.2.x` and `latest` the newest there is."""
        versions = self.offered.get(name, {})
        if version in versions:
            return versions[version]
        stem = "" if version in _WHATEVER else version.removesuffix(".x").removesuffix(".*")
        if stem == version:
            return None
        fitting = [each for each in versions if not stem or each.startswith(f"{stem}.")]
        return versions[max(fitting, key=_order)] if fitting else None


def _order(version: str) -> tuple[tuple[int, ...], bool]:
    plain, dash, _ = version.partition("-")
    return tuple(int(each) for each in _NUMBER.findall(plain)), not dash


def _headline(archive: Path) -> dict[str, Any]:
    """Return an archive's package.json; nothing where it has none, or is none."""
    try:
        with tarfile.open(archive) as opened:
            for member in opened:
                if member.name == "package/package.json" and member.isfile():
                    held = opened.extractfile(member)
                    told = json.loads(held.read()) if held is not None else {}
                    return told if isinstance(told, dict) else {}
    except (OSError, tarfile.TarError, ValueError):
        return {}
    return {}


def load(paths: Iterable[Path], folder: Path | None = None) -> Loaded:
    """Return packages with what they need, from a folder of archives or from beside themselves.

    What is needed and not there is told and left out; raises PackageUnreadableError for `paths`.
    """
    asked = tuple(paths)
    beside = dict.fromkeys(each.parent for each in asked if each.suffix == ".tgz")
    shelf = _Shelf(folders=tuple(beside) if folder is None else (folder,))
    own = [read_package(path) for path in asked]
    seen = {each.name for each in own if each.name}
    needed: list[Package] = []
    missing: list[Missing] = []
    waiting = list(own)
    while waiting and len(needed) < MOST_PACKAGES:
        package = waiting.pop(0)
        for name, version in package.dependencies:
            if name in BUILT_IN or name in seen:
                continue
            seen.add(name)
            found = _read(shelf.find(name, version))
            if found is None:
                missing.append(
                    Missing(name=name, version=version, wanted_by=package.name,
                            at_hand=tuple(sorted(shelf.offered.get(name, {}))))
                )  # fmt: skip
                continue
            needed.append(found)
            waiting.append(found)
    return Loaded(packages=(*reversed(needed), *own), missing=tuple(missing))


def _read(path: Path | None) -> Package | None:
    try:
        return None if path is None else read_package(path)
    except PackageUnreadableError:
        return None
