"""Reads label schemes (what a module requires); knows neither runs nor verdicts of a run."""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from scenarios.model import Operation, Programme, Text
from scenarios.reader import read_model
from test_suites.core.verdict import Verdict


class Strict(BaseModel):
    """What every part of a scheme file has in common: frozen, and no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(Strict):
    """A part of a module that may be left out of the label; mandatory once claimed."""

    id: str
    capability: str
    title: Text
    required: tuple[str, ...]


class Module(Strict):
    """What one kind of product must show; `may_not_apply` are required where they apply."""

    id: str
    actor: str
    title: Text
    required: tuple[str, ...]
    may_not_apply: frozenset[str] = frozenset()
    recommended: tuple[str, ...] = ()
    critical: frozenset[str] = frozenset()
    options: tuple[Option, ...] = ()

    def listed(self) -> frozenset[str]:
        """Return every requirement that the module names."""
        options = (one for option in self.options for one in option.required)
        return frozenset((*self.required, *self.recommended, *options))


class Validity(Strict):
    """How long a label granted on this scheme would last, in months."""

    months: int = Field(gt=0, le=36)
    bound_to: Text


class Surveillance(Strict):
    """One thing the lab does after a label was granted."""

    id: str
    text: Text


class Severities(Strict):
    """The severity of a broken requirement by its obligation; `critical` ones are listed."""

    must: Literal["major"] = "major"
    should: Literal["minor"] = "minor"
    may: Literal["observation"] = "observation"


class Scheme(Strict):
    """One set of label rules at one version: modules, tolerance, validity, surveillance.

    `kind`: a label is decided on what was tried; a self-assessment only sums up what was declared.
    `programme`: which scenarios a run under these rules plays; `activities`: those it plays
    without being asked. `concerns`: a report says how
    every requirement ended that binds the product, or only those that a module lists.
    """

    format: Literal["equalis-scheme/1"]
    id: str
    version: str
    kind: Literal["label", "self-assessment"] = "label"
    title: Text
    minimum_binding: int = Field(ge=1)
    tolerated: frozenset[Verdict]
    severities: Severities
    validity: Validity
    surveillance: tuple[Surveillance, ...]
    programme: Programme = Programme.INTEROPERABILITY
    activities: tuple[Operation, ...] = ()
    concerns: Literal["all", "listed"] = "all"
    modules: tuple[Module, ...]

    def modules_for(self, actors: frozenset[str]) -> tuple[Module, ...]:
        """Return the modules that judge any of these actors, in the scheme's order."""
        return tuple(module for module in self.modules if module.actor in actors)

    def concerned(self, requirement: str) -> bool:
        """Tell whether a report on this scheme speaks of a requirement."""
        return self.concerns == "all" or any(requirement in one.listed() for one in self.modules)

    def severity(self, requirement: str, obligation: str) -> str:
        """Return the severity that a broken requirement has under this scheme."""
        if any(requirement in module.critical for module in self.modules):
            return "critical"
        match obligation:
            case "MUST":
                return self.severities.must
            case "SHOULD":
                return self.severities.should
            case _:
                return self.severities.may


DEFAULT_SCHEME = "INT-eRX"


def read_scheme(file: Path | Traversable) -> Scheme:
    """Read one scheme file; raises DeclarationError naming file, line and field."""
    return read_model(file, model=Scheme, name=str(file))


def known_schemes() -> tuple[str, ...]:
    """Return the ids of the schemes that ship with the lab."""
    folder = resources.files("reports.labelling") / "schemes"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def load_scheme(scheme_id: str = DEFAULT_SCHEME) -> Scheme:
    """Return a scheme that ships with the lab; raises KeyError for an unknown id."""
    if scheme_id not in known_schemes():
        raise KeyError(scheme_id)
    return read_scheme(resources.files("reports.labelling") / "schemes" / f"{scheme_id}.yaml")
