"""One campaign from plan to footer: opens what it needs, runs the cases, closes everything.

The run folder gets subject.toml and plan.json first, then the journal and its exhibits. Only a
footer makes it a result: a run that failed, was stopped or was killed has none.
"""

import asyncio
import contextlib
import platform
import random
import secrets
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from reference_server.population.personas import Population, load
from scenarios import Catalogue as Requirements
from scenarios import load_catalogue
from scenarios.model import Operation
from test_suites.capture import canonical
from test_suites.capture.journal import EXHIBITS, JOURNAL, JournalWriter, Kind
from test_suites.capture.listener import Road
from test_suites.capture.recorder import RawExhibit, Recorder
from test_suites.core.message import JsonValue
from test_suites.core.transcript import ExhibitKind
from test_suites.core.verdict import Mode
from test_suites.engine.activity import Activity
from test_suites.engine.case import CaseRun, Company
from test_suites.engine.facts import Describer
from test_suites.engine.logbook import filed
from test_suites.engine.people import matricules
from test_suites.engine.plan import Case, Plan
from test_suites.engine.players import LabError
from test_suites.engine.progress import Progress, Stage
from test_suites.engine.redactors import EVERY_SESSION, Redactors
from test_suites.engine.reference import reference
from test_suites.subjects.assisted import Assisted
from test_suites.subjects.driver import DriverClient
from test_suites.subjects.model import ConsoleOperator, DriverOperator, ProcessOperator, Subject
from test_suites.subjects.operator import Operator, OperatorError
from test_suites.subjects.process import OURSELVES, started

FORMAT = 1
A_DAY = 24 * 3600.0
NOBODY = "nobody-at-the-console"
PLAN = "plan.json"
SUBJECT = "subject.toml"
Told = Callable[[Progress], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run is carried out. `seed` decides names, order and what the lab's players draw.

    `console` is whoever works products by hand: those that offer no driver, and acts that a
    driver cannot do; None where nobody is there. `equalis` is how this program is started, for
    subject files that say `{equalis}`. `step_seconds` is the longest a step may take that no
    person works at. `activities` play the steps whose operation is asked of nobody else.
    `road` leads clients to the reference service where they are not let in directly.
    """

    concurrency: int = 4
    seed: int | None = None
    shuffle: bool = False
    step_seconds: float = 120.0
    console: Operator | None = None
    equalis: tuple[str, ...] = OURSELVES
    activities: Mapping[Operation, Activity] = field(default_factory=dict)
    road: Road | None = None


class FolderTakenError(Exception):
    """The run folder already holds a run."""


def run_campaign(
    subject: Subject | None,
    plan: Plan,
    out: Path,
    progress: Told,
    *,
    subject_file: Path | None = None,
    catalogue: Requirements | None = None,
    options: Options | None = None,
) -> None:
    """Run every case of a plan and write the evidence to `out`.

    `subject_file` is the file the subject was read from: it is copied, and its secrets are
    beside it. Raises FolderTakenError, OperatorError where the product cannot be reached at
    all, RecordingError where the journal cannot be written, PersonLeftError where a person was
    asked and went away. A product worked by hand without anybody there writes nothing.
    """
    chosen = options or Options()
    if _by_hand(subject) and chosen.console is None:
        raise OperatorError(NOBODY)
    known = catalogue or load_catalogue()
    if known.digest != plan.catalogue_digest:
        raise LabError("plan-of-another-catalogue")
    written = _prepare(out, plan, subject_file)
    campaign = _Campaign(
        subject=subject,
        plan=plan,
        out=out,
        catalogue=known,
        options=chosen,
        seed=secrets.randbits(48) if chosen.seed is None else chosen.seed,
        told=progress,
        folder=Path() if subject_file is None else subject_file.parent,
    )
    asyncio.run(campaign.run(written))


def _prepare(out: Path, plan: Plan, subject_file: Path | None) -> dict[str, str]:
    """Write what the run is made from; return each file's sha256."""
    if (out / JOURNAL).exists() or (out / EXHIBITS).exists():
        raise FolderTakenError(str(out))
    out.mkdir(parents=True, exist_ok=True)
    contents = {PLAN: canonical.encode(plan.as_json()) + b"\n"}
    if subject_file is not None:
        contents[SUBJECT] = subject_file.read_bytes()
    for name, content in contents.items():
        (out / name).write_bytes(content)
    return {name: canonical.sha256(content) for name, content in contents.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Campaign:
    """Owns one run while it goes on."""

    subject: Subject | None
    plan: Plan
    out: Path
    catalogue: Requirements
    options: Options
    seed: int
    told: Told
    folder: Path

    async def run(self, written: Mapping[str, str]) -> None:
        """Carry the run out; the footer is written when every case was closed."""
        population = load()
        describer, redactors = Describer(), Redactors(personas=matricules(population))
        writer = JournalWriter(folder=self.out)
        with Recorder(writer, describe=describer, redactor=redactors.find) as recorder:
            recorder.write(Kind.HEADER, self._header(written))
            try:
                async with contextlib.AsyncExitStack() as stack:
                    stack.enter_context(filed())
                    company = await self._company(stack, population, describer, redactors, recorder)
                    await self._cases(company)
            except BaseException as error:
                recorder.write(Kind.NOTE, {"note": "run-failed", "error": type(error).__name__})
                raise
            recorder.write(Kind.FOOTER, {"cases": len(self.plan.cases), "complete": True})
            await recorder.settled()
        self._tell(Stage.FINISHED, len(self.plan.cases))

    async def _company(  # noqa: PLR0917  what every case of the run shares
        self,
        stack: contextlib.AsyncExitStack,
        population: Population,
        describer: Describer,
        redactors: Redactors,
        recorder: Recorder,
    ) -> Company:
        server = self.subject.server if self.subject and self.subject.is_server() else None
        own = server is None and any(
            self.catalogue.scenario(case.scenario).needs_service() for case in self.plan.cases
        )
        road = self.options.road
        service = await stack.enter_async_context(reference(recorder, road=road)) if own else None
        operator = await stack.enter_async_context(self._operator(recorder))
        return Company(
            population=population,
            describer=describer,
            redactors=redactors,
            recorder=recorder,
            reference=service,
            server=server,
            folder=self.folder,
            operator=operator,
            activities=self.options.activities,
            logout_uri=_logout_uri(self.subject, operator),
        )

    @contextlib.asynccontextmanager
    async def _operator(self, recorder: Recorder) -> AsyncIterator[Operator | None]:
        choice = None if self.subject is None else self.subject.operator
        match choice:
            case None:
                yield None
            case ConsoleOperator():
                yield self.options.console
            case DriverOperator(url=url):
                driver = DriverClient(url, act_seconds=self.options.step_seconds)
                try:
                    yield await self._assisted(driver)
                finally:
                    await driver.close()
            case ProcessOperator(command=command):
                seconds = self.options.step_seconds
                equalis = self.options.equalis
                async with started(command, act_seconds=seconds, equalis=equalis) as running:
                    driver, output = running
                    yield await self._assisted(driver)
                    await _keep_output(recorder, bytes(output.content))

    async def _assisted(self, driver: DriverClient) -> Assisted:
        """Return a product that can be asked, with the person who may stand in for its driver."""
        acts = await driver.acts()
        return Assisted(product=driver, person=self.options.console, acts=acts)

    async def _cases(self, company: Company) -> None:
        """Run the cases, some at once; the first fault of the lab's own stops them all."""
        chance = random.Random(self.seed)  # noqa: S311  names and order, no secret
        cases = list(self.plan.cases)
        slugs = _slugs(len(cases), chance)
        if self.options.shuffle:
            chance.shuffle(cases)
        alone = self._needs_person(company.operator)
        places = asyncio.Semaphore(1 if alone else self.options.concurrency)
        finished = 0
        self._tell(Stage.STARTED, 0)

        async def one(case: Case, slug: str) -> None:
            nonlocal finished
            async with places:
                self._tell(Stage.CASE_OPEN, finished, case=case.id)
                await CaseRun(
                    company=company,
                    case=case,
                    scenario=self.catalogue.scenario(case.scenario),
                    slug=slug,
                    chance=random.Random(f"{self.seed}:{case.id}"),  # noqa: S311  as above
                    step_seconds=self.options.step_seconds,
                    subject_seconds=self._subject_seconds(),
                    told=lambda step, state: self._tell(
                        Stage.STEP, finished, case=case.id, step=step, state=state
                    ),
                ).run()
                finished += 1
                self._tell(Stage.CASE_CLOSE, finished, case=case.id)

        async with asyncio.TaskGroup() as group:
            for case, slug in zip(cases, slugs, strict=True):
                group.create_task(one(case, slug))

    def _needs_person(self, operator: Operator | None) -> bool:
        """Tell whether a person will be needed, who has one pair of hands."""
        if not isinstance(operator, Assisted):
            return _by_hand(self.subject)
        asked = {
            str(step.operation)
            for case in self.plan.cases
            for step in self.catalogue.scenario(case.scenario).acts()
            if step.from_ == case.subject_actor
        }
        return operator.needs_person(asked)

    def _subject_seconds(self) -> float:
        """Return the longest a step of the product's may take; a person takes the time it takes.

        A product that its driver leaves hanging is ended by the driver's own limit.
        """
        return self.options.step_seconds if self.options.console is None else A_DAY

    def _tell(
        self, stage: Stage, finished: int, *, case: str = "", step: str = "", state: str = ""
    ) -> None:
        total = len(self.plan.cases)
        self.told(
            Progress(stage=stage, finished=finished, total=total, case=case, step=step, state=state)
        )

    def _header(self, written: Mapping[str, str]) -> dict[str, JsonValue]:
        return {
            "format": FORMAT,
            "run": str(uuid.uuid4()),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "seed": self.seed,
            "subject": _named(self.subject),
            "plan": written[PLAN],
            "catalogue": self.catalogue.digest,
            "versions": {
                "equalis-lab": _own_version(),
                "python": platform.python_version(),
            },
            "files": dict(sorted(written.items())),
        }


def _logout_uri(subject: Subject | None, operator: Operator | None) -> str | None:
    """Return where the product is told of sign-outs; `{port}` is that of its driver."""
    named = (role.logout_uri for role in (() if subject is None else subject.roles))
    uri = next((each for each in named if each is not None), None)
    if uri is None or not isinstance(operator, Assisted):
        return uri
    return uri.replace("{port}", str(urlsplit(operator.product.url).port))


def _by_hand(subject: Subject | None) -> bool:
    return subject is not None and isinstance(subject.operator, ConsoleOperator)


def _own_version() -> str:
    try:
        return version("equalis-lab")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "source"


def _named(subject: Subject | None) -> JsonValue:
    if subject is None:
        return None
    return {
        **subject.product.model_dump(mode="json"),
        "roles": [role.actor for role in subject.roles],
    }


def _slugs(count: int, chance: random.Random) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[f"s-{chance.getrandbits(24):06x}"] = None
    return list(found)


async def _keep_output(recorder: Recorder, content: bytes) -> None:
    """Keep what the product's program wrote to its terminal, for no case in particular."""
    await recorder.exhibit(
        RawExhibit(
            session=EVERY_SESSION,
            kind=ExhibitKind.LOG,
            name="process.txt",
            media_type="text/plain",
            content=content,
            mode=Mode.AUTOMATIC,
            facts={"case": None, "session": None, "step": None, "producer": "subject"},
        )
    )
