"""The lab players' own logs, when nobody else plays: what their HTTP client wrote, per actor.

Each desk's acts run in a context of their own; the handler files what is logged in it there.
"""

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

_PAGE: ContextVar[list[str] | None] = ContextVar("page", default=None)
SOURCES: Final = ("httpx",)


@dataclass(slots=True)
class Logbook:
    """Owns one case's logs, by actor."""

    pages: dict[str, list[str]] = field(default_factory=dict)

    @contextlib.contextmanager
    def writing(self, actor: str) -> Iterator[None]:
        """File what is logged in this block under an actor."""
        token = _PAGE.set(self.pages.setdefault(actor, []))
        try:
            yield
        finally:
            _PAGE.reset(token)

    def log(self, actor: str) -> bytes:
        """Return an actor's log so far."""
        return "".join(f"{line}\n" for line in self.pages.get(actor, ())).encode("utf-8")


class _Filing(logging.Handler):
    """Files each record on the page of the context it was logged in."""

    def emit(self, record: logging.LogRecord) -> None:
        page = _PAGE.get()
        if page is not None:
            page.append(self.format(record))


@contextlib.contextmanager
def filed() -> Iterator[None]:
    """Keep the players' logs, and nobody else's, out of this program's own log."""
    handler = _Filing()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    before = []
    for name in SOURCES:
        logger = logging.getLogger(name)
        before.append((logger, logger.level, logger.propagate))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, level, propagate in before:
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
