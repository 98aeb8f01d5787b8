"""Reads the lists of defects that vendor programs and suppliers offer; starts none of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from scenarios.model import Programme
from test_suites.core.verdict import Verdict

VENDORS_FOLDER: Final = Path(__file__).parent.parent / "vendors"
SUPPLIER: Final = "supplier"
"""Not a program of its own: a server of identities at an address, the reference with a fault."""
LISTS: Final = (
    VENDORS_FOLDER / "defects.yaml",
    Path(__file__).parent / "suppliers" / "defects.yaml",
)


class Defect(BaseModel):
    """Owns one named defect: who offers it, what it does, what the lab must find because of it.

    It is tried in the programme that knows of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    vendor: Literal["prescriber", "laboratory", "establishment", "supplier"]
    programme: Programme = Programme.INTEROPERABILITY
    description: Mapping[Literal["fr", "en", "de"], str]
    expected: Mapping[str, Verdict]

    @property
    def id(self) -> str:
        """`vendor/name`, unique in the list."""
        return f"{self.vendor}/{self.name}"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    defects: tuple[Defect, ...]


def load_defects(files: tuple[Path, ...] = LISTS) -> tuple[Defect, ...]:
    """Return all defects in the order of the files; raises ValidationError on a wrong file."""
    return tuple(
        defect
        for file in files
        for defect in _File.model_validate(yaml.safe_load(file.read_text("utf-8"))).defects
    )
