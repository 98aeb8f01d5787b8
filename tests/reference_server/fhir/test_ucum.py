"""UCUM: what is a unit, what measures the same, and how large it is, exactly."""

from fractions import Fraction

import pytest

from reference_server.fhir.ucum import UnitError, comparable, in_base, is_unit, unit


@pytest.mark.parametrize(
    "text",
    ["mg", "mm[Hg]", "10*3/uL", "10^3/uL", "/min", "mL/min/{1.73_m2}", "[degF]", "{cells}", "%",
     "ug{wet}", "U/(10.g){feces}", "kg.m/(s2)", "g.m-2", "1", "[pH]", "dB[SPL]", "[iU]/L"],
)  # fmt: skip
def test_a_unit_of_ucum_is_known(text: str) -> None:
    assert is_unit(text)


@pytest.mark.parametrize(
    "text", ["", "mmHg", "cel", "mg/", "(mg", "kCel.m", "k[in_i]", "m" * 300, "(" * 50 + "m", "m é"]
)
def test_what_is_no_unit_is_told_so(text: str) -> None:
    with pytest.raises(UnitError):
        unit(text)
    assert not is_unit(text)


def test_sizes_are_exact() -> None:
    assert unit("L/uL") == unit("10*6")
    assert unit("[lb_av]").size == Fraction("453.59237")
    assert in_base(Fraction(37), "Cel") == in_base(Fraction("98.6"), "[degF]")


def test_only_what_measures_the_same_can_be_compared() -> None:
    assert comparable("cm", "[in_i]")
    assert not comparable("cm", "[s]")
    assert not comparable("cm", "s")
