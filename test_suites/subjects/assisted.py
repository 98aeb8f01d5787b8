"""A driven product with a person beside it: what its driver cannot do, the person attests.

The product stays configured over its driver; the person works at its own screen, at the same
desk. Without a person the act stays unsupported, which is nobody's fault.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from test_suites.core.message import JsonValue
from test_suites.core.transcript import StepState
from test_suites.subjects.driver import DriverClient
from test_suites.subjects.operator import ActOutcome, Desk, Log, Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Assisted:
    """Owns who does which act. `acts` are those the product names, None where it names none."""

    product: DriverClient
    person: Operator | None
    acts: frozenset[str] | None

    def needs_person(self, acts: Iterable[str]) -> bool:
        """Tell whether a person is there and will surely have to do one of these acts."""
        return self.person is not None and not all(map(self._is_offered, acts))

    async def seat(self, desk: Desk) -> None:
        """Configure a desk, or configure it anew."""
        await self.product.seat(desk)

    async def act(
        self, desk: Desk, operation: str, parameters: Mapping[str, JsonValue]
    ) -> ActOutcome:
        """Have the product do one thing, or else the person."""
        if self._is_offered(operation):
            outcome = await self.product.act(desk, operation, parameters)
        else:
            outcome = ActOutcome(state=StepState.UNSUPPORTED, detail=f"not-in-acts:{operation}")
        if outcome.state is not StepState.UNSUPPORTED or self.person is None:
            return outcome
        return await self.person.act(desk, operation, parameters)

    async def log(self, session: str) -> Log | None:
        """Return the product's own log of a desk, None where it keeps none."""
        return await self.product.log(session)

    async def leave(self, session: str) -> None:
        """Forget a desk."""
        await self.product.leave(session)

    async def close(self) -> None:
        """Close the connections; the product goes on."""
        await self.product.close()

    def _is_offered(self, act: str) -> bool:
        return self.acts is None or act in self.acts
