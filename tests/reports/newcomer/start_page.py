"""Reads README.md and START.md as a newcomer does: blocks to type, files to write, tables."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_FENCE = re.compile(
    r"^```(?P<language>\w+)(?: title=(?P<file>\S+))?\n(?P<text>.*?)\n```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What stands between two fences; `file` where it is to be written."""

    language: str
    file: str | None
    text: str


def blocks(page: str) -> tuple[Block, ...]:
    """Return every fenced block, in order."""
    return tuple(
        Block(language=found["language"], file=found["file"], text=found["text"])
        for found in _FENCE.finditer(page)
    )


def commands(page: str) -> tuple[str, ...]:
    """Return every line to type into a shell, in order, without its comment."""
    shell = (block.text for block in blocks(page) if block.language == "sh")
    lines = (line for text in shell for line in text.splitlines())
    return tuple(line.partition("  #")[0].strip() for line in lines)


def rows(page: str) -> Iterator[tuple[str, ...]]:
    """Return the rows of every table, code marks taken off."""
    for line in page.splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield tuple(cell.strip().replace("`", "") for cell in line.strip("|").split(" | "))


def named(page: str) -> Mapping[str, tuple[str, ...]]:
    """Return rows by their first cell."""
    return {row[0]: row for row in rows(page)}
