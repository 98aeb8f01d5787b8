"""The national specification in force in a World, and what services tell about themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from reference_server.fhir.validation.library import Library
from reference_server.fhir.validation.validator import Validator
from reference_server.kernel.port import Port
from reference_server.kernel.service import Table
from reference_server.specification import NationalJudge


class Specifications(Protocol):
    """The packages in force: this project's own, and what was brought in their place."""

    def revision(self) -> str:
        """Return what changes whenever a package is brought; a key for whatever is kept of it."""
        ...

    def library(self) -> Library:
        """Return R4 with the artefacts in force laid over it; shared, so nobody lays more."""
        ...

    def validator(self, language: str = "fr") -> Validator:
        """Return the validator that knows the artefacts in force; made once a revision."""
        ...

    def judge(self) -> NationalJudge:
        """Return the judge of the profiles in force; made once a revision."""
        ...

    def artefact(self, resource_type: str, own_id: str) -> Mapping[str, Any] | None:
        """Return an artefact in force by type and id."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A service with the tables that it tells about itself."""

    name: str
    title: str
    tables: tuple[Table, ...]


class Descriptions(Protocol):
    """What every service of this server tells about itself."""

    def services(self) -> tuple[Described, ...]: ...


SPECIFICATION: Port[Specifications] = Port("specification")
DESCRIPTIONS: Port[Descriptions] = Port("descriptions")
