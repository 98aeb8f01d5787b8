"""Reading the personas' file; knows no World."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from reference_server.national.matricule import (
    birth_date_of,
    check_digits,
    is_synthetic,
)

Text = Field(min_length=1)
_PAYLOAD = 11


class PopulationError(ValueError):
    """The personas' file is wrong: where, and what was expected."""


class _FromFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Patient(_FromFile):
    """A synthetic patient. Without `in_directory` the number is valid but unknown."""

    matricule: str = Field(pattern=r"^[0-9]{13}$")
    family: str = Text
    given: str = Text
    gender: Literal["female", "male", "other", "unknown"]
    birth_date: date
    deceased_on: date | None = None
    in_directory: bool = True

    @model_validator(mode="after")
    def _hold_matricule(self) -> Self:
        if self.matricule[_PAYLOAD:] != check_digits(self.matricule[:_PAYLOAD]):
            raise ValueError("a check digit of the matricule is wrong")
        if birth_date_of(self.matricule) != self.birth_date:
            raise ValueError("the matricule holds another birth date")
        if not is_synthetic(self.matricule):
            raise ValueError("the matricule lies outside the synthetic block")
        if (self.birth_date.month, self.birth_date.day) == (1, 1):
            raise ValueError("1 January looks like an unknown birth date")
        return self


class Organization(_FromFile):
    """A synthetic practice, laboratory or pharmacy."""

    cns_code: str = Field(pattern=r"^[1-9][0-9]{7}$")
    name: str = Text
    role: Literal["prescriber", "laboratory", "pharmacy"]


class Practitioner(_FromFile):
    """A synthetic professional who signs in with the eHealthID and a password of no secrecy."""

    ehealth_id: str = Field(pattern=r"^[0-9]{10}$")
    cns_code: str = Field(pattern=r"^[1-9][0-9]{7}$")
    family: str = Text
    given: str = Text
    profession: str = Text
    speciality: str = Text
    organization: str = Text
    password: str = Text


class ClientPersona(_FromFile):
    """A software. With `organization` it is a system that acts for it."""

    name: str = Text
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    organization: str | None = None


class Population(_FromFile):
    """Everybody, by persona id."""

    patients: Mapping[str, Patient]
    organizations: Mapping[str, Organization]
    practitioners: Mapping[str, Practitioner]
    clients: Mapping[str, ClientPersona]

    @model_validator(mode="after")
    def _hold_organizations(self) -> Self:
        named = [(key, person.organization) for key, person in self.practitioners.items()]
        named += [(key, client.organization or "") for key, client in self.clients.items()]
        for key, organization in named:
            if organization and organization not in self.organizations:
                raise ValueError(f"{key}: no organisation {organization!r}")
        return self


@cache
def load() -> Population:
    """Return the population of this package, read once."""
    return read(files("reference_server.population") / "personas.yaml")


def read(file: Traversable | Path) -> Population:
    """Return the population of a file; raises PopulationError."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Population.model_validate(content)
    except (yaml.YAMLError, ValidationError) as error:
        raise PopulationError(f"{file.name}: {error}") from error
