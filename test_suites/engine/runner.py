"""Runs one case step by step and records how each ended; judges nothing.

Whatever goes wrong in the lab itself ends the step as LAB_ERROR; what a product does, as the
state its operator reports. A step that must happen and did not ends the conversation.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from scenarios.model import ACTIVITIES, Arrangement, Operation, Scenario, Step
from scenarios.model import Deviation as Declared
from scenarios.tricks import Flaw, HandedCertificate, LogoutNotice, PatientNotice
from test_suites.capture.journal import Kind as Record
from test_suites.capture.recorder import RawExhibit, Recorder, RecordingError
from test_suites.core.message import JsonValue
from test_suites.core.transcript import BoundPrescription, ExhibitKind, StepState
from test_suites.deviations.desk import Deviation, Kind
from test_suites.engine.activity import Activity, Stage
from test_suites.engine.environment import Environment, Nowhere
from test_suites.engine.plan import Case
from test_suites.engine.players import LabError
from test_suites.engine.seats import Done, Seats, first_page, with_paper
from test_suites.subjects.operator import ActOutcome, PersonLeftError

STEP_SECONDS = 120.0
LAB = "lab"
_LOGGER = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Conversation:
    """Owns one running case: its bindings, its papers and the step that is going on.

    `step_seconds` is the longest a step of the lab's may take, `subject_seconds` one of the
    product's.
    """

    case: Case
    scenario: Scenario
    session: str
    environment: Environment
    seats: Seats
    recorder: Recorder
    told: Callable[[str, str], None]
    chance: random.Random
    activities: Mapping[Operation, Activity] = field(default_factory=dict)
    step_seconds: float = STEP_SECONDS
    subject_seconds: float = STEP_SECONDS
    bindings: dict[str, BoundPrescription] = field(default_factory=dict)
    papers: dict[str, bytes] = field(default_factory=dict)
    _last_act: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Run every step until one that must happen did not."""
        for step in self.scenario.steps:
            if isinstance(step, Arrangement):
                state = await self._arranged(step)
                must_happen = True
            else:
                state = await self._acted(step)
                must_happen = step.must_happen
            self.told(step.id, state)
            if must_happen and state is not StepState.DONE:
                break
        await self._keep_logs()

    async def _arranged(self, step: Arrangement) -> StepState:
        began = self.recorder.at()
        state, detail = StepState.DONE, ""
        try:
            await self._arrange(step)
        except LabError as error:
            state, detail = StepState.LAB_ERROR, error.detail
        except Exception as error:
            _LOGGER.exception("arrangement %s of %s", step.id, self.case.id)
            state, detail = StepState.LAB_ERROR, type(error).__name__
        self._write_step(step.id, LAB, began, ActOutcome(state=state, detail=detail))
        return state

    async def _arrange(self, step: Arrangement) -> None:
        match step.arrange:
            case "advance-clock":
                amounts = {key: float(str(step.parameters[key])) for key in step.parameters}
                self.environment.advance(timedelta(**amounts))
            case "expire-tokens":
                expire = self.environment.expire_tokens
                if expire is None:
                    raise LabError("expire-tokens-not-offered")
                expire()
            case "untrusted-certificate":
                self.environment.distrust()
            case "flawed-server":
                self.environment.show(Flaw(str(step.parameters["flaw"])))
            case "revoke-certificate":
                await self.environment.revoke_certificate()
            case "silence-status":
                await self.environment.silence_status()
            case "notify-logout" | "tell-changes":
                await self._tell(step)
            case "hand-certificate":
                kind = HandedCertificate(str(step.parameters["certificate"]))
                self.environment.hand_certificate(kind)

    async def _tell(self, step: Arrangement) -> None:
        """Have the service tell the software something by itself."""
        given = step.parameters
        if step.arrange == "tell-changes":
            await self.environment.tell_changes(step.id, PatientNotice(str(given["message"])))
            return
        notice, person = LogoutNotice(str(given["token"])), str(given["as"])
        await self.environment.notify_logout(step.id, notice, person)

    async def _acted(self, step: Step) -> StepState:
        began = self.recorder.at()
        self.environment.begin(step.id)
        try:
            if step.deviation is not None:
                self.environment.arm(_deviation(step.deviation))
            done = await self._done(step)
        finally:
            self.environment.disarm()
            self.environment.begin(None)
        self._last_act[step.from_] = step.id
        done = await self._exhibited(step, done)
        if step.bind is not None and done.learned is not None:
            self.bindings[step.bind] = done.learned
        bound = None if step.bind is None else self.bindings.get(step.bind)
        self._write_step(step.id, step.from_, began, done.outcome, step.bind, bound)
        return done.outcome.state

    async def _done(self, step: Step) -> Done:
        """Have it done; every fault that is not the product's is the lab's."""
        activity = step.operation in ACTIVITIES
        subject = self.seats.is_subject(step.from_) and not activity
        seconds = self.subject_seconds if subject else self.step_seconds
        try:
            if activity:
                return Done(outcome=await self._played(step))
            async with asyncio.timeout(seconds):
                return await self.seats.act(step, self.bindings, self.papers.__getitem__)
        except TimeoutError:
            state = StepState.FAILED if subject else StepState.LAB_ERROR
            return Done(outcome=ActOutcome(state=state, detail="step-did-not-end"))
        except LabError as error:
            return Done(outcome=ActOutcome(state=StepState.LAB_ERROR, detail=error.detail))
        except (RecordingError, PersonLeftError):
            raise
        except Exception as error:
            _LOGGER.exception("step %s of %s", step.id, self.case.id)
            detail = type(error).__name__
            return Done(outcome=ActOutcome(state=StepState.LAB_ERROR, detail=detail))

    async def _played(self, step: Step) -> ActOutcome:
        """Have an activity play the step; it ends by itself."""
        activity = self.activities.get(step.operation)
        if activity is None:
            raise LabError(f"activity-not-offered:{step.operation}")
        nowhere = isinstance(self.environment, Nowhere)
        return await activity(
            Stage(
                case=self.case.id,
                session=self.session,
                step=step,
                environment=None if nowhere else self.environment,
                chance=self.chance,
                recorder=self.recorder,
                seat=lambda actor, persona: self.seats.settings(actor, persona, acting=step.from_),
                learned=dict(self.bindings),
            )
        )

    async def _exhibited(self, step: Step, done: Done) -> Done:
        """Keep what was shown and printed; return what was learned with its paper."""
        outcome, page = done.outcome, first_page(done.outcome.printed)
        for shown in outcome.shown:
            content = shown.text.encode("utf-8", "replace")
            await self._keep(step, ExhibitKind.SHOWN, shown.level, "text/plain", content, outcome)
        paper = None
        for printed in outcome.printed:
            kind, content = printed.media_type, printed.content
            digest = await self._keep(
                step, ExhibitKind.PRINTED, printed.name, kind, content, outcome
            )
            if printed is page:
                paper = digest
                self.papers[digest] = printed.content
        if outcome.answers is not None:
            for name, answer in outcome.answers.items():
                content = answer.encode("utf-8", "replace")
                await self._keep(step, ExhibitKind.ANSWER, name, "text/plain", content, outcome)
        return Done(outcome=outcome, learned=with_paper(done.learned, paper))

    async def _keep(  # noqa: PLR0917  an exhibit has that many parts
        self,
        step: Step,
        kind: ExhibitKind,
        name: str,
        media_type: str,
        content: bytes,
        outcome: ActOutcome,
    ) -> str:
        return await self.recorder.exhibit(
            RawExhibit(
                session=self.session,
                kind=kind,
                name=name,
                media_type=media_type,
                content=content,
                mode=outcome.mode,
                facts=self._facts(step.id, step.from_),
            )
        )

    async def _keep_logs(self) -> None:
        """Keep each product's own log, as it stands after its last act."""
        for actor, log in await self.seats.logs():
            await self.recorder.exhibit(
                RawExhibit(
                    session=self.session,
                    kind=ExhibitKind.LOG,
                    name="log.txt",
                    media_type="text/plain",
                    content=log.content,
                    mode=log.mode,
                    facts=self._facts(self._last_act.get(actor), actor),
                )
            )

    def _facts(self, step: str | None, producer: str) -> dict[str, JsonValue]:
        return {
            "case": self.case.id,
            "session": self.session,
            "step": step,
            "producer": str(producer),
        }

    def _write_step(  # noqa: PLR0917  a step's record has that many parts
        self,
        step: str,
        actor: str,
        began: int,
        outcome: ActOutcome,
        name: str | None = None,
        bound: BoundPrescription | None = None,
    ) -> None:
        self.recorder.write(
            Record.STEP,
            {
                "case": self.case.id,
                "session": self.session,
                "step": step,
                "actor": str(actor),
                "state": outcome.state.value,
                "detail": outcome.detail,
                "began": began,
                "ended": self.recorder.at(),
                "bind": name,
                "bound": None if bound is None else asdict(bound),
            },
        )


def _deviation(declared: Declared) -> Deviation:
    standard = Deviation(kind=Kind(declared.kind.value), operation=declared.operation)
    return Deviation(
        kind=standard.kind,
        operation=declared.operation,
        status=declared.status or standard.status,
        retry_after=declared.retry_after,
        times=declared.times,
        seconds=declared.seconds or standard.seconds,
        forgery=declared.forgery,
    )
