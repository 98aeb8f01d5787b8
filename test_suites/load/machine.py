"""Describes the machine that a measurement was made on; measures nothing."""

import os
import platform
from functools import cache
from pathlib import Path

import psutil


@cache
def machine() -> dict[str, str | int]:
    """Return processor, cores, memory in GiB, system and Python of this machine."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    lines = table.read_text(encoding="utf-8").splitlines() if table.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
