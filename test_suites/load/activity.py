"""Plays a load step: signs both actors in, has the generator send, keeps what it measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from reference_server.population.personas import load
from test_suites.core.message import JsonValue
from test_suites.core.transcript import StepState
from test_suites.engine.activity import Activity, Stage
from test_suites.engine.people import personas
from test_suites.engine.players import LabError
from test_suites.engine.players.trouble import Trouble
from test_suites.load import figures
from test_suites.load.limits import HIGHEST_RATE, MOST_SECONDS, MOST_USERS
from test_suites.load.machine import machine
from test_suites.load.preparation import sign_in, templates
from test_suites.load.process import PROGRAM, generate
from test_suites.load.protocol import Settings, Template
from test_suites.subjects.operator import ActOutcome

LOAD_JSON: Final = "load.json"
SERIES: Final = "load-series.csv.gz"
FEWEST_USERS: Final = 10
WARM_UP_SECONDS: Final = 2
TIMEOUT_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much is sent; None: as the scenario says. `rate` is journeys begun each second."""

    rate: int | None = None
    seconds: int | None = None
    users: int | None = None


def make(budget: Budget | None = None, *, program: tuple[str, ...] = PROGRAM) -> Activity:
    """Return the activity; `program` is the generator."""
    chosen = budget or Budget()

    async def play(stage: Stage) -> ActOutcome:
        return await _play(stage, chosen, program)

    return play


async def _play(stage: Stage, budget: Budget, program: tuple[str, ...]) -> ActOutcome:
    given, people = stage.step.parameters, personas(load())
    prescriber = str(given.get("prescriber"))
    documents = tuple(templates(people, _names(given), prescriber=prescriber))
    settings = _settings(stage, budget, documents)
    async with httpx.AsyncClient(transport=stage.transport()) as client:
        signed_in = sign_in(stage, client, people, prescriber=prescriber)
        try:
            tokens = await signed_in.first()
        except Trouble as trouble:
            await _keep(stage, figures.not_begun(trouble.detail))
            return ActOutcome(state=StepState.FAILED, detail=f"sign-in:{trouble.detail}")
        measured = await generate(settings, tokens, signed_in.renewed, program=program)
    await _keep(stage, figures.report(measured, settings, machine=machine()))
    content = figures.series(measured)
    await stage.exhibit(name=SERIES, media_type="application/gzip", content=content)
    return ActOutcome(state=StepState.DONE)


async def _keep(stage: Stage, content: Mapping[str, JsonValue]) -> None:
    written = figures.as_bytes(content)
    await stage.exhibit(name=LOAD_JSON, media_type="application/json", content=written)


def _settings(stage: Stage, budget: Budget, documents: tuple[Template, ...]) -> Settings:
    """Return what the generator is to do, within the limits of this lab."""
    environment, given = stage.environment, stage.step.parameters
    if environment is None:
        raise LabError("no-service-here")
    rate = _limited("rate", budget.rate or given.get("rate"), HIGHEST_RATE)
    seconds = _limited("seconds", budget.seconds or given.get("seconds"), MOST_SECONDS)
    enough = min(MOST_USERS, max(FEWEST_USERS, 4 * rate))
    return Settings(
        fhir_base=environment.address.fhir_base,
        trust_pem=environment.trust_pem,
        rate=rate,
        seconds=seconds,
        warm_up=WARM_UP_SECONDS,
        users=_limited("users", budget.users or given.get("users") or enough, MOST_USERS),
        timeout=TIMEOUT_SECONDS,
        patience=PATIENCE_SECONDS,
        templates=documents,
    )


def _limited(name: str, value: object, most: int) -> int:
    """Return a whole number from 1 to a limit; raises LabError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise LabError(f"load-{name}-not-allowed:{value}")
    return value


def _names(given: Mapping[str, JsonValue]) -> tuple[str, ...]:
    found = given.get("patients")
    if not isinstance(found, list) or not found:
        raise LabError("load-without-patients")
    return tuple(map(str, found))
