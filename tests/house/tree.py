"""What the repository holds, as git would commit it; knows nothing of what the files mean."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("reference_server", "reports", "scenarios", "test_suites")
GENERATED = ("var", "dist", "__pycache__")  # what .gitignore names, for a tree without git
BINARY = frozenset({".facts", ".gz", ".ico", ".pdf", ".png", ".tgz", ".ttf", ".woff2", ".zip"})


def files() -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the root, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 -- git is where PATH says
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if listed.returncode == 0:
        names = {Path(name) for name in listed.stdout.split("\0") if name}
        return tuple(sorted(n for n in names if (ROOT / n).is_file() and not _in_sandbox(n)))
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if not _is_generated(path)))


def python_files() -> tuple[Path, ...]:
    """Those that are Python."""
    return tuple(path for path in files() if path.suffix == ".py")


def text_files() -> tuple[Path, ...]:
    """Those that people can read."""
    return tuple(path for path in files() if path.suffix not in BINARY)


def read(path: Path) -> str:
    """The text of a file of the tree."""
    return (ROOT / path).read_text(encoding="utf-8")


def _in_sandbox(path: Path) -> bool:
    """Does the file lie in a sandbox that somebody made here, as the README says?"""
    return any((ROOT / folder / "sandbox.json").is_file() for folder in path.parents)


def _is_generated(path: Path) -> bool:
    kept = (".ci", ".gitignore")
    return any(
        part in GENERATED or part.endswith(".egg-info") or (part[0] == "." and part not in kept)
        for part in path.parts
    )
