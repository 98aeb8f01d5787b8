"""What the lab does in a step as a whole of its own (fuzz, load, declare); judges nothing.

An activity is given a stage and returns how its step ended. What it sends over `transport` is
recorded like everything else that is said; what it keeps with `exhibit` becomes evidence. It is
an activity's own business to come to an end: no limit of the engine stops it.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from scenarios.model import Step
from test_suites.capture.recorder import RawExhibit, Recorder
from test_suites.core.message import JsonValue
from test_suites.core.transcript import BoundPrescription, ExhibitKind
from test_suites.core.verdict import Mode
from test_suites.engine.environment import Environment
from test_suites.engine.players import LabError
from test_suites.subjects.operator import ActOutcome, Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where one activity takes place; `environment` is None where no service is needed.

    `chance` is seeded by the run and the case: the same run draws the same.
    """

    case: str
    session: str
    step: Step
    environment: Environment | None
    chance: random.Random
    recorder: Recorder
    seat: Callable[[str, str], Desk]
    learned: Mapping[str, BoundPrescription] = field(default_factory=dict)
    """What earlier steps of the case learned."""

    def desk(self, persona: str, actor: str | None = None) -> Desk:
        """Return a persona's desk, for an actor's work; else for that of the step's actor.

        Its secrets are known to the redactor from now on. Raises LabError where the subject file
        gives no access for the persona.
        """
        return self.seat(actor or str(self.step.from_), persona)

    def transport(self) -> httpx.AsyncBaseTransport:
        """Return a recorded transport, lab to server; whoever asked for it closes it."""
        if self.environment is None:
            raise LabError("no-service-here")
        return self.environment.transport()

    async def exhibit(
        self,
        *,
        name: str,
        media_type: str,
        content: bytes,
        kind: ExhibitKind = ExhibitKind.MEASURED,
        mode: Mode = Mode.AUTOMATIC,
        facts: Mapping[str, JsonValue] | None = None,
    ) -> str:
        """Keep a fact that is no message; return the sha256 of what was kept, secrets taken out.

        `facts` add to case, session, step and producer, or stand in their place.
        """
        own: dict[str, JsonValue] = {
            "case": self.case,
            "session": self.session,
            "step": self.step.id,
            "producer": str(self.step.from_),
        }
        return await self.recorder.exhibit(
            RawExhibit(
                session=self.session,
                kind=kind,
                name=name,
                media_type=media_type,
                content=content,
                mode=mode,
                facts={**own, **(facts or {})},
            )
        )


class Activity(Protocol):
    """Plays one step as a whole; raises LabError for the lab's own fault only."""

    async def __call__(self, stage: Stage) -> ActOutcome: ...
