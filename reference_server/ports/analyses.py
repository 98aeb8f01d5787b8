"""The analyses that can be prescribed in a World: the national list, or the one brought to it."""

from collections.abc import Mapping
from typing import Protocol

from reference_server.kernel.port import Port
from reference_server.national.bio_presc_codes import BioPrescCode


class Analyses(Protocol):
    """The list in force."""

    def current(self) -> Mapping[str, BioPrescCode]:
        """Return the analyses by code."""


ANALYSES: Port[Analyses] = Port("analyses")
