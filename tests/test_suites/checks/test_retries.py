"""Pauses between attempts are judged so that a busy machine is never taken for the product."""

import pytest

from test_suites.checks.registry import BY_NAME
from test_suites.core.message import Exchange
from test_suites.core.verdict import Fact
from test_suites.core.view import View
from tests.test_suites.core.build import Loose, said, view

SUBMIT = "submit-prescription"
WITHIN = 0.01
"""Seconds an attempt takes until its connection breaks, as the builder makes it."""


def acts(*pauses: tuple[float, ...]) -> View:
    """Return a case of several acts, each with these pauses (seconds) after broken attempts."""
    made: list[Exchange] = []
    clock = 0.0
    for number, waits in enumerate(pauses):
        step = "act" if number == len(pauses) - 1 else f"act-{number}"
        for wait in (*waits, None):
            spoilt: dict[str, Loose] = (
                {"status": None, "deviation": "reset"} if wait is not None else {}
            )
            made.append(said(SUBMIT, record=len(made) + 1, at=clock, step=step, **spoilt))
            clock += WITHIN + (wait or 0.0)
    return view("delays-grow", *made, of=SUBMIT, milliseconds=100)


@pytest.mark.parametrize(
    ("pauses", "fact"),
    [
        pytest.param([(0.3, 0.6)], Fact.HELD, id="one act is enough where the pauses grow"),
        pytest.param([(0.3,)], Fact.HELD, id="one retry has nothing to grow against"),
        pytest.param([(0.02, 0.04)], Fact.BROKEN, id="no wait is shorter than none"),
        pytest.param(
            [(0.3, 0.6), (0.3, 0.05), (0.3, 0.6)], Fact.BROKEN, id="one short pause is proof"
        ),
        pytest.param(
            [(0.31, 0.32), (0.30, 0.31), (0.32, 0.30)], Fact.BROKEN, id="always the same wait"
        ),
        pytest.param([(1.59, 0.64), (0.31, 0.62), (0.3, 0.61)], Fact.HELD, id="one pause held up"),
        pytest.param(
            [(1.59, 0.64), (0.9, 0.62), (0.7, 0.61)], Fact.UNOBSERVED, id="all of them held up"
        ),
        pytest.param([(1.59, 0.64)], Fact.UNOBSERVED, id="one act alone blames nobody"),
        pytest.param([(0.3, 0.6, 0.5)] * 2, Fact.BROKEN, id="a third pause shrinks"),
    ],
)
def test_pauses_are_judged_by_the_shortest_of_each_rank(
    pauses: list[tuple[float, ...]], fact: Fact
) -> None:
    (observation,) = BY_NAME["delays-grow"].look(acts(*pauses))
    assert observation.fact is fact
