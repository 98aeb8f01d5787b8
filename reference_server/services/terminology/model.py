"""What is asked of the terminology service, and the places where lists must be fetched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

LICENSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "http://snomed.info/sct": "SNOMED CT",
        "http://loinc.org": "LOINC",
        "http://www.whocc.no/atc": "ATC",
        "http://www.ama-assn.org/go/cpt": "CPT",
    }
)
"""Code systems whose lists do not come with this server: their licences do not allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """One code as a caller sends it; what was not said is None."""

    code: str
    system: str | None = None
    version: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The arguments of one call by name, read and of the right type; `concepts` are its codes.

    `concepts` has several members only where a CodeableConcept was sent.
    """

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    codings: Mapping[str, tuple[Coded, ...]] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return the first text of a name."""
        found = self.texts.get(name)
        return found[0] if found else None
