"""How far reading a long file has come: heard by whoever waits; reads nothing itself."""

from collections.abc import Callable
from typing import Final

EVERY: Final = 100_000
"""After how many lines something is heard."""

Heard = Callable[[str, int], None]
"""Hears the name of a file and how many of its lines were read; 0 is its beginning."""


def unheard(_name: str, _lines: int) -> None:
    """Hear nothing."""
