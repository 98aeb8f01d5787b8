"""Reads wheels: under which licences they are and which C library they want; fetches none."""

import email
import re
import zipfile
from collections.abc import Iterable
from email.message import Message
from pathlib import Path
from typing import Final

LICENCES: Final = "LICENCES.txt"
_MANYLINUX: Final = re.compile(r"manylinux_(\d+)_(\d+)_")
_OLD_NAMES: Final = {"manylinux1_": (2, 5), "manylinux2010_": (2, 12), "manylinux2014_": (2, 17)}
_ABOUT: Final = (
    "The wheels in this archive are other people's work, unchanged, each under the licence that\n"
    "its own metadata states below; the full texts are inside the wheels (*.dist-info).\n"
    "eQualis Lab itself: LICENSE and NOTICE.\n"
)


def licences(wheels: Iterable[Path]) -> str:
    """Return a table of every wheel: file, library, version and licence as its metadata says."""
    lines = [_ABOUT]
    for wheel in wheels:
        metadata = _metadata(wheel)
        lines.append(
            f"{wheel.name}\n    {metadata['Name']} {metadata['Version']}: {_licence(metadata)}\n"
        )
    return "\n".join(lines)


def oldest_libc(names: Iterable[str]) -> str:
    """Return the oldest GNU C library that can load all of these wheels, "" for any.

    A wheel may name several; it runs from the oldest of them on (PEP 600).
    """
    wanted = [found for name in names if (found := _libcs(name))]
    if not wanted:
        return ""
    major, minor = max(min(each) for each in wanted)
    return f"glibc {major}.{minor}"


def _libcs(name: str) -> list[tuple[int, int]]:
    found = [(int(major), int(minor)) for major, minor in _MANYLINUX.findall(name)]
    return found + [version for old, version in _OLD_NAMES.items() if old in name]


def _metadata(wheel: Path) -> Message:
    """Return the metadata of a wheel."""
    with zipfile.ZipFile(wheel) as opened:
        [inside] = [
            name
            for name in opened.namelist()
            if name.count("/") == 1 and name.endswith(".dist-info/METADATA")
        ]
        return email.message_from_bytes(opened.read(inside))


def _licence(metadata: Message) -> str:
    """Return the expression, else the classifiers, the free text's first line, the file's name."""
    if metadata["License-Expression"]:
        return str(metadata["License-Expression"])
    named = [
        classifier.rpartition(" :: ")[2]
        for classifier in metadata.get_all("Classifier") or ()
        if classifier.startswith("License :: ")
    ]
    free = (metadata["License"] or "").strip().splitlines()[:1]
    file = metadata["License-File"]
    return " / ".join(named or free) or (f"as {file} inside says" if file else "?")
