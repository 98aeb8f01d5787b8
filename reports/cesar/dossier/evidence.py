"""Whether a file may be evidence: its type by its first bytes, its size, its hash; opens nothing.

The name says nothing: a program called `proof.pdf` is none. Files are never run nor unpacked.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

LARGEST: Final = 10 * 1024 * 1024
_BEGINNINGS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_CONTROLS: Final = frozenset(range(32)) - {9, 10, 13}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One file as it was seen: `fault` is a message id where it cannot be evidence."""

    name: str
    media_type: str
    size: int
    sha256: str
    fault: str | None


def examined(name: str, content: bytes) -> Evidence:
    """Return what a file is: PDF, PNG, JPEG or plain text in UTF-8, of at most 10 MiB."""
    media_type = _media_type(content)
    return Evidence(
        name=name,
        media_type=media_type or "",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        fault=_fault(content, media_type),
    )


def _fault(content: bytes, media_type: str | None) -> str | None:
    if not content:
        return "cesar.dossier.empty"
    if len(content) > LARGEST:
        return "cesar.dossier.large"
    return "cesar.dossier.type" if media_type is None else None


def _media_type(content: bytes) -> str | None:
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.intersection(content) else "text/plain"
