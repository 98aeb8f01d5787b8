"""The national FHIR specification as this project reconstructs it: sources, builder, package.

`read(Settings())` gives the artefacts and examples, `archive(…)` the FHIR NPM package of them.
"""

from reference_server.specification.judge import NationalJudge, judge_of, national_judge
from reference_server.specification.model import (
    Breach,
    Example,
    Settings,
    Specification,
    SpecificationBrokenError,
)
from reference_server.specification.package import archive
from reference_server.specification.sources import every, read

__all__ = [
    "Breach",
    "Example",
    "NationalJudge",
    "Settings",
    "Specification",
    "SpecificationBrokenError",
    "archive",
    "every",
    "judge_of",
    "national_judge",
    "read",
]
