"""Reads the list of defects that the example vendor programs offer; starts none of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict

from scenarios.model import Programme
from test_suites.core.verdict import Verdict

VENDORS_FOLDER: Final = Path(__file__).parent.parent / "vendors"


class Defect(BaseModel):
    """Owns one named defect: who offers it, what it does, what the lab must find because of it.

    It is tried in the programme that knows of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    vendor: Literal["prescriber", "laboratory", "establishment"]
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


def load_defects(file: Path = VENDORS_FOLDER / "defects.yaml") -> tuple[Defect, ...]:
    """Return all defects in the order of the file; raises ValidationError on a wrong file."""
    return _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8"))).defects
