"""Starts the establishment's product: ``python -m test_suites.vendors.establishment --port N``."""

import sys

from test_suites.vendors.establishment.behaviour import DEFECTS, GOOD
from test_suites.vendors.establishment.desk import product
from test_suites.vendors.kit.program import read_arguments, serve


def main() -> int:
    """Read the arguments and serve until told to stop."""
    told = read_arguments("establishment", defects=DEFECTS)
    behaviour = DEFECTS[told.defect] if told.defect else GOOD
    return serve(product(behaviour), port=told.port)


if __name__ == "__main__":
    sys.exit(main())
