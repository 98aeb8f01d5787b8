"""Reading the personas' file, a versioned catalogue; knows no World."""

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
from reference_server.ports import Outcome

_Filled = Field(min_length=1)
_PAYLOAD = 11


class PopulationError(ValueError):
    """The personas' file is wrong: where, and what was expected."""


class _FromFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_FromFile):
    """One sentence in every language; French is the authoritative one."""

    fr: str = _Filled
    en: str = _Filled
    de: str = _Filled

    def spoken(self, language: str) -> str:
        """Return the sentence in `fr`, `en` or `de`."""
        said: str = getattr(self, language)
        return said


class Patient(_FromFile):
    """A synthetic patient; `about` says what this person is for.

    Without `in_directory` the number is valid but unknown. One with an `outcome` is *magic*: it
    happens whenever software works with this person. `merged_into` is the persona whose record
    remains. Who has a `password` can sign in with the matricule.
    """

    about: Text
    outcome: Outcome | None = None
    matricule: str = Field(pattern=r"^[0-9]{13}$")
    family: str = _Filled
    given: str = _Filled
    gender: Literal["female", "male", "other", "unknown"]
    birth_date: date
    deceased_on: date | None = None
    in_directory: bool = True
    merged_into: str | None = None
    password: str | None = None

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

    @model_validator(mode="after")
    def _hold_outcome(self) -> Self:
        facts = {
            Outcome.UNKNOWN: not self.in_directory,
            Outcome.DECEASED: self.deceased_on is not None,
            Outcome.MERGED: self.merged_into is not None,
        }
        for outcome, is_so in facts.items():
            if is_so is not (self.outcome is outcome):
                raise ValueError(f"the record and the outcome {outcome} do not fit")
        return self


class Organization(_FromFile):
    """A synthetic practice, laboratory or pharmacy."""

    about: Text
    cns_code: str = Field(pattern=r"^[1-9][0-9]{7}$")
    name: str = _Filled
    role: Literal["prescriber", "laboratory", "pharmacy", "registrar", "auditor"]


class Practitioner(_FromFile):
    """A synthetic professional who signs in with the eHealthID and a password of no secrecy."""

    about: Text
    ehealth_id: str = Field(pattern=r"^[0-9]{10}$")
    cns_code: str = Field(pattern=r"^[1-9][0-9]{7}$")
    family: str = _Filled
    given: str = _Filled
    profession: str = _Filled
    speciality: str = _Filled
    organization: str = _Filled
    password: str = _Filled


class ClientPersona(_FromFile):
    """A software. With `organization` it is a system that acts for it.

    `refreshes`: it is given refresh tokens. `signed_out_uris`: where the browser may go after
    signing out.
    """

    about: Text
    name: str = _Filled
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...] = ()
    signed_out_uris: tuple[str, ...] = ()
    organization: str | None = None
    refreshes: bool = False


class Population(_FromFile):
    """Everybody, by persona id.

    Within a major `version` no id goes and no number or outcome changes; `stability` holds it.
    """

    version: str = Field(pattern=r"^[1-9][0-9]*\.[0-9]+\.[0-9]+$")
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

    @model_validator(mode="after")
    def _hold_merged(self) -> Self:
        for key, patient in self.patients.items():
            if patient.merged_into is not None and patient.merged_into not in self.ordinary:
                raise ValueError(f"{key}: {patient.merged_into!r} is no ordinary patient")
        return self

    @property
    def ordinary(self) -> Mapping[str, Patient]:
        """The patients with whom everything goes well."""
        return {key: one for key, one in self.patients.items() if one.outcome is None}

    @property
    def magic(self) -> Mapping[str, Patient]:
        """The patients with whom one named thing happens."""
        return {key: one for key, one in self.patients.items() if one.outcome is not None}


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
