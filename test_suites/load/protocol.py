"""What the lab and its load generator tell each other by files; starts nothing, measures nothing.

The generator imports this too: nothing here may import asyncio or anything of the lab's.
"""

import os
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

import msgspec

OPERATIONS: Final = ("submit-prescription", "retrieve-prescription", "reserve", "dispense")
"""The requests of one journey, in their order."""

T = TypeVar("T")


class Outcome(StrEnum):
    """How one request ended. What has no answer yet has taken at least as long as it waited."""

    ANSWERED = "answered"
    REFUSED = "refused"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    UNREADABLE = "unreadable"
    MISTAKEN = "mistaken"
    UNANSWERED = "unanswered"
    NOT_BEGUN = "not-begun"


OUTCOMES: Final = tuple(Outcome)
AT_LEAST: Final = frozenset({Outcome.TIMEOUT, Outcome.UNANSWERED, Outcome.NOT_BEGUN})
"""Outcomes of which only a lower bound of the response time is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One submission with marks where fresh identifiers go, and the patient's birth date."""

    body: str
    birth_date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the generator is to do. Times are seconds, `rate` is journeys begun each second.

    `trust_pem` is the one authority to trust; empty: the system's own. `tokens` is a file.
    `patience` is how long after the last planned beginning answers are waited for.
    """

    fhir_base: str
    trust_pem: str
    rate: int
    seconds: int
    warm_up: int
    users: int
    timeout: float
    patience: float
    templates: tuple[Template, ...]
    tokens: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The access tokens of both actors; the lab renews them while the generator runs."""

    prescriber: str
    laboratory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One way in which requests failed: how often, and some of them by request id and time.

    `status` is 0 where no answer came, `code` the first code of an OperationOutcome; each
    example is a request id and the seconds since the measurement began.
    """

    operation: str
    outcome: Outcome
    status: int
    code: str
    count: int
    examples: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything the generator saw after the warm-up; milliseconds but where seconds are named.

    A sample is operation (index in OPERATIONS), planned beginning, time taken from that
    beginning, outcome (index in OUTCOMES). `completed` are planned beginning and end, in
    seconds, of the journeys that went well, those of the warm-up too. `late` tells how much
    later than planned journeys were begun by the generator's own fault, `lag` how late its
    clock's ticks came.
    """

    samples: tuple[tuple[int, float, float, int], ...]
    planned: int
    succeeded: int
    completed: tuple[tuple[float, float], ...]
    failures: tuple[Failure, ...]
    warm_up_failures: int
    cpu_seconds: float
    late: tuple[float, ...] = field(default=())
    lag: tuple[float, ...] = field(default=())


def read(path: Path, kind: type[T]) -> T:
    """Return what a file holds; raises OSError, and ValueError where it holds something else."""
    return msgspec.json.decode(path.read_bytes(), type=kind)


def write(path: Path, value: object) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(value))
    draft.replace(path)
