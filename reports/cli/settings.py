"""The installation's settings: who runs this lab; knows no report."""

import os
from collections.abc import Mapping

from reports.render.model import Lab

SPECIMEN = Lab(
    name="Reference lab (specimen)",
    address="1, rue des Exemples, L-0000 Luxembourg (specimen)",
    place="Luxembourg (specimen)",
)


def lab(environment: Mapping[str, str] = os.environ) -> Lab:
    """Return the lab named by EQUALIS_LAB_NAME, _ADDRESS and _PLACE; a specimen by default."""
    return Lab(
        name=environment.get("EQUALIS_LAB_NAME", SPECIMEN.name),
        address=environment.get("EQUALIS_LAB_ADDRESS", SPECIMEN.address),
        place=environment.get("EQUALIS_LAB_PLACE", SPECIMEN.place),
    )
