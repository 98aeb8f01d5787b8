"""The synthetic people, organisations and software of every World; knows no scenario."""

from reference_server.population.personas import (
    ClientPersona,
    Organization,
    Patient,
    Population,
    PopulationError,
    Practitioner,
    load,
)
from reference_server.population.seed import seed

__all__ = [
    "ClientPersona",
    "Organization",
    "Patient",
    "Population",
    "PopulationError",
    "Practitioner",
    "load",
    "seed",
]
