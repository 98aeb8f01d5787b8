"""Starts the prescriber's product: ``python -m test_suites.vendors.prescriber --port N``."""

import sys

from test_suites.vendors.kit.program import read_arguments, serve
from test_suites.vendors.prescriber.behaviour import DEFECTS, GOOD
from test_suites.vendors.prescriber.desk import product


def main() -> int:
    """Read the arguments and serve until told to stop."""
    told = read_arguments("prescriber", defects=DEFECTS)
    behaviour = DEFECTS[told.defect] if told.defect else GOOD
    return serve(product(behaviour), port=told.port)


if __name__ == "__main__":
    sys.exit(main())
