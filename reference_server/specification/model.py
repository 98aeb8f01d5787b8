"""The nouns of a specification: settings, examples and what these break; reads no file."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from reference_server.national.identifiers import CANONICAL

Resource: TypeAlias = dict[str, Any]

DEFAULT_BASE: Final = f"{CANONICAL}/"
PACKAGES: Final = ("eprescription", "directory", "audit")
"""The packages of this project: folders beside this module, each of a service or more."""
PUBLISHER: Final = "eQualis Lab (reconstruction)"


class SpecificationBrokenError(ValueError):
    """A source of the specification does not hold together: which, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation may choose: the canonical base of every artefact."""

    base: str = DEFAULT_BASE

    @property
    def root(self) -> str:
        """The base without its last slash, as canonicals are joined to it."""
        return self.base.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """What an invalid example breaks: the validator's rule id, the place, an invariant's key."""

    rule: str
    at: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A resource that shows a profile; `about` is the artefact that it is an example of.

    `profile` is the canonical it is validated by: the artefact's own, or, where that is an
    extension, the one of a profile in which it is used. `breaks` is None where it is valid.
    """

    id: str
    about: str
    profile: str
    resource: Resource
    breaks: Breach | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """A whole specification: what `package.json` tells, its artefacts and its examples."""

    name: str
    version: str
    date: str
    title: str
    description: str
    dependencies: tuple[tuple[str, str], ...]
    settings: Settings
    resources: tuple[Resource, ...]
    examples: tuple[Example, ...]

    def of_type(self, resource_type: str) -> tuple[Resource, ...]:
        """Return the artefacts of one type."""
        return tuple(r for r in self.resources if r["resourceType"] == resource_type)
