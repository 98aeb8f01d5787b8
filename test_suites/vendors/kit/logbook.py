"""A product's log of one session, as its support desk would read it; must not know secrets.

A line is written by the product's own code, which leaves out tokens, matricules and QR contents.
"""

import sys
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TextIO

LONGEST = 5000
"""Lines kept of one session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logbook:
    """Owns the lines of one session; a deque takes them from several threads."""

    session: str
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LONGEST))
    stream: TextIO = field(default_factory=lambda: sys.stderr)

    def note(self, text: str) -> None:
        """Keep one line, and show it on the process's error stream."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = f"{stamp} [{self.session}] {text}"
        self.lines.append(line)
        print(line, file=self.stream, flush=True)

    def text(self) -> str:
        """Return everything kept, one line each."""
        return "".join(f"{line}\n" for line in tuple(self.lines))
