"""What a measurement says: median, spread, baseline and machine; measures nothing itself."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a benchmark. `ratio` is median over baseline, None without a baseline."""

    name: str
    unit: str
    median: float
    min: float
    max: float
    runs: int
    baseline: float | None
    ratio: float | None
    machine: str

    def as_json(self) -> dict[str, str | float | int | None]:
        """Return the figure as one JSON object, numbers rounded to four significant places."""
        return {
            name: _rounded(value) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def figure(
    name: str, unit: str, values: Sequence[float], *, baseline: float | None = None
) -> Figure:
    """Return the figure that a series of values makes; at least one value."""
    median = statistics.median(values)
    return Figure(
        name=name,
        unit=unit,
        median=median,
        min=min(values),
        max=max(values),
        runs=len(values),
        baseline=baseline,
        ratio=None if not baseline else median / baseline,
        machine=machine(),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@cache
def machine() -> str:
    """Describe this machine in one line: processor, cores, memory, system, Python."""
    memory = round(psutil.virtual_memory().total / 2**30)
    cores = len(os.sched_getaffinity(0))
    return (
        f"{_processor()}, {cores} cores, {memory} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    lines = table.read_text(encoding="utf-8").splitlines() if table.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
