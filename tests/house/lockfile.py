"""Reads a hashed requirement lock; fetches nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from tests.house.tree import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One locked library: its exact version, where it applies, how many hashes vouch for it."""

    requirement: Requirement
    hashes: int

    @property
    def version(self) -> str:
        return next(iter(self.requirement.specifier)).version

    @property
    def applies_here(self) -> bool:
        marker = self.requirement.marker
        return marker is None or marker.evaluate()


def read_lock(name: str) -> Mapping[NormalizedName, Locked]:
    """Everything the lock file `name` at the root holds."""
    text = Path(ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    locked = {}
    for line in text.splitlines():
        if line.startswith((" ", "#")):
            continue
        stated, *hashes = line.split("--hash=sha256:")
        requirement = Requirement(stated)
        locked[canonicalize_name(requirement.name)] = Locked(
            requirement=requirement, hashes=len(hashes)
        )
    return locked
