"""What prescriber, laboratory and raw sender share at work; knows no operation by name."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from test_suites.core.message import JsonValue
from test_suites.core.persona import Persona
from test_suites.core.transcript import BoundPrescription, StepState
from test_suites.engine.players.model import ActResult, Known, LabError, Surroundings
from test_suites.engine.players.screen import Screen
from test_suites.engine.players.service import PrescriptionService
from test_suites.engine.players.trouble import NothingToBeginWith, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The tools of one player for the whole case."""

    persona: Persona
    personas: Mapping[str, Persona]
    service: PrescriptionService
    surroundings: Surroundings

    def person(self, id_: str) -> Persona:
        """Return a persona; raises LabError."""
        found = self.personas.get(id_)
        if found is None:
            raise LabError(f"persona-unknown:{id_}")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One act: what is asked, what is known, and the screen it shows on."""

    parameters: Mapping[str, JsonValue]
    known: Known
    screen: Screen

    def bound(self, name: str) -> BoundPrescription:
        """Return what an earlier step bound under a name; raises NothingToBeginWith."""
        found = self.known.bindings.get(name)
        if found is None:
            raise NothingToBeginWith(f"binding-missing:{name}")
        return found


Act: TypeAlias = Callable[[Work], Awaitable[ActResult]]


async def perform(act: Act, work: Work) -> ActResult:
    """Do an act and bring whatever happens to its end; raises LabError only.

    What an earlier step left no ground for was not reached, whatever it lacks.
    """
    try:
        return await act(work)
    except Trouble as trouble:
        work.screen.explain(trouble)
        return work.screen.result(detail=trouble.detail)
    except NothingToBeginWith as missing:
        return ActResult(state=StepState.NOT_REACHED, detail=missing.detail)
