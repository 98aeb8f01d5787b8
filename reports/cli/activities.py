"""Which activities a campaign may include besides its scenarios; imports one when it is asked for.

A module offers `make() -> Activity`, an activity with its usual budget.
"""

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, cast

from scenarios.model import Operation
from test_suites.engine.activity import Activity


class Offers(Protocol):
    """What an activity's module offers."""

    def make(self) -> Activity: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One activity: the operation that it plays, and the module that knows it."""

    operation: Operation
    module: str


OFFERS = (
    Offer(operation=Operation.FUZZ, module="test_suites.fuzzing.activity"),
    Offer(operation=Operation.LOAD, module="test_suites.load.activity"),
    Offer(operation=Operation.PROBE, module="test_suites.tls.activity"),
)


def names() -> tuple[str, ...]:
    """Return what may be asked for."""
    return tuple(offer.operation.value for offer in OFFERS)


def make(asked: Iterable[str]) -> dict[Operation, Activity]:
    """Return the activities asked for by name; raises KeyError for an unknown one."""
    known = {offer.operation: offer.module for offer in OFFERS}
    return {
        operation: cast("Offers", importlib.import_module(known[operation])).make()
        for operation in map(Operation, asked)
    }
