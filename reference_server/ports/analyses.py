"""The analyses that can be prescribed in a World: the national list, or the one brought to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from reference_server.kernel.port import Port
from reference_server.national.bio_presc_codes import BioPrescCode


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisVersion:
    """What an analysis was: `since` is when its list was brought, empty of the list delivered."""

    number: int
    since: str
    entry: BioPrescCode


class Analyses(Protocol):
    """The list in force, and what its entries were before."""

    def current(self) -> Mapping[str, BioPrescCode]:
        """Return the analyses by code."""

    def history(self, code: str) -> tuple[AnalysisVersion, ...]:
        """Return every version of an analysis, the oldest first; nothing of an unknown code."""


ANALYSES: Port[Analyses] = Port("analyses")
