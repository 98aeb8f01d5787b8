"""The demonstration is about the two ends of a prescription, however many products there are."""

from reports.cli import demo
from reports.cli.options import VENDORS


def test_the_prescriber_s_and_the_laboratory_s_software_are_demonstrated() -> None:
    assert demo.PRODUCTS == ("prescriber", "laboratory")
    assert set(demo.PRODUCTS) <= set(VENDORS)
