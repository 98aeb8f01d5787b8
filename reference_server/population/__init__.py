"""The synthetic people, organisations and software of every World; knows no scenario."""

from reference_server.population.personas import (
    ClientPersona,
    Organization,
    Patient,
    Population,
    PopulationError,
    Practitioner,
    Text,
    load,
)
from reference_server.population.seed import fill, seed, token_secret
from reference_server.ports import Outcome

__all__ = [
    "ClientPersona",
    "Organization",
    "Outcome",
    "Patient",
    "Population",
    "PopulationError",
    "Practitioner",
    "Text",
    "fill",
    "load",
    "seed",
    "token_secret",
]
