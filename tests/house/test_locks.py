"""The locks pin everything with hashes, agree with each other, and name no place to fetch from."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.lockfile import LOCKS, read_lock
from tests.house.tree import ROOT

PIN = re.compile(r"[a-z0-9][a-z0-9._-]*==[^ ]+(?: ; [^\\]+?)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
VIA = re.compile(r"    #(?: via|  ) ?[A-Za-z0-9._\[\]-]*(?: \(pyproject\.toml(?::[a-z]+)?\))?")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_only_pins_hashes_and_who_asked(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    strange = [line for line in lines if not any(p.fullmatch(line) for p in (PIN, HASH, VIA))]
    assert strange == [], "no header, index, URL or unpinned line belongs here"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_library_is_vouched_for_by_a_hash(lock: str) -> None:
    assert [name for name, locked in read_lock(lock).items() if not locked.hashes] == []


def test_the_developers_lock_holds_the_product_lock_at_the_same_versions() -> None:
    product, developers = (read_lock(lock) for lock in LOCKS)
    differing = {
        name
        for name, locked in product.items()
        if name not in developers or developers[name].version != locked.version
    }
    assert differing == set()


def test_the_locks_satisfy_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    optional = project["project"]["optional-dependencies"]
    product = [*project["project"]["dependencies"], *optional["examples"], *optional["build"]]
    wanted = {LOCKS[0]: product, LOCKS[1]: product + project["dependency-groups"]["dev"]}
    unmet = []
    for lock, requirements in wanted.items():
        locked = read_lock(lock)
        for requirement in map(Requirement, requirements):
            found = locked.get(canonicalize_name(requirement.name))
            if found is None or not requirement.specifier.contains(found.version):
                unmet.append((lock, str(requirement)))
    assert unmet == [], "regenerate the locks (CONTRIBUTING.md says how)"
