"""What lies around an examination: clock, environment, people, time limits; examines nothing."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from reference_server.population.personas import Population, load
from test_suites.doctor.machine import LEAST_FREE

SECONDS: Final = 18.0
"""When all examinations are over, whatever does not answer."""
READY_SECONDS: Final = 12.0
"""How long a product may take to start."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What lies around an examination; each part comes from outside.

    `has_terminal` tells whether a person can be asked; `least_free` is in bytes.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    now: Callable[[], datetime] = _now
    has_terminal: bool = False
    least_free: int = LEAST_FREE
    seconds: float = SECONDS
    ready_seconds: float = READY_SECONDS
    population: Population = field(default_factory=load)
