"""FHIRPath for R4: parsed once, compiled to closures, exact numbers, bounded effort.

`evaluate(resource, expression, environment=…)` returns plain values; `items_of` keeps types.
"""

from reference_server.fhir.fhirpath.context import Environment
from reference_server.fhir.fhirpath.errors import (
    FhirPathError,
    FhirPathLimitError,
    FhirPathRunError,
    FhirPathSyntaxError,
    FhirPathTypeError,
)
from reference_server.fhir.fhirpath.evaluation import evaluate, items_of

__all__ = [
    "Environment",
    "FhirPathError",
    "FhirPathLimitError",
    "FhirPathRunError",
    "FhirPathSyntaxError",
    "FhirPathTypeError",
    "evaluate",
    "items_of",
]
