"""The activity `fuzz`: reads the interface, generates from it, sends, keeps; judges nothing."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import httpx

from test_suites.checks.robustness import DOCUMENT
from test_suites.core.message import JsonValue
from test_suites.core.transcript import StepState
from test_suites.engine.activity import Activity, Stage
from test_suites.engine.environment import Environment
from test_suites.engine.own import own_document
from test_suites.engine.players import LabError
from test_suites.engine.players.tokens import Tokens
from test_suites.engine.players.trouble import Trouble
from test_suites.fuzzing.budget import Budget, Generated
from test_suites.fuzzing.identities import tokens_of
from test_suites.fuzzing.sending import Sender
from test_suites.fuzzing.source import generating
from test_suites.subjects.operator import ActOutcome

FIGURES: Final = "fuzz.json"
PATH: Final = "/openapi.json"
LARGEST: Final = 512 * 1024
"""A larger document is not generated from: its schemas are not bounded."""
SECONDS: Final = 10.0
_OK: Final = 200
_JSON: Final = "application/json"
_TASKS: Final = "/fhir/Task/"
Figures = dict[str, JsonValue]


def make() -> Activity:
    """Return the activity with its usual budget."""
    return Fuzz()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzz:
    """Owns the budget. `seed` stands in for the run's own chance."""

    budget: Budget = field(default_factory=Budget)
    seed: int | None = None

    async def __call__(self, stage: Stage) -> ActOutcome:
        """Try the service until everything generated was sent, or the time is over."""
        where = stage.environment
        if where is None:
            raise LabError("fuzz-without-a-service")
        seed = stage.chance.getrandbits(32) if self.seed is None else self.seed
        async with httpx.AsyncClient(transport=stage.transport(), timeout=SECONDS) as client:
            try:
                signed_in, absent = await self._identities(stage, where, client)
            except Trouble as trouble:
                return ActOutcome(state=StepState.FAILED, detail=f"sign-in:{trouble.detail}")
            origin, document = await _document(client, where.address.base_url)
            await stage.exhibit(name=DOCUMENT, media_type=_JSON, content=document)
            sender = Sender(client=client, base_url=where.address.base_url, budget=self.budget)
            sender.known.update(_known_task(stage))
            stopped = await self._tried(sender, document, seed, signed_in)
        figures: Figures = {
            "seed": seed,
            "document": origin,
            "examples": self.budget.examples,
            "signed_in_as": list(signed_in),
            "not_signed_in": dict(absent),
            "sent": dict(sorted(sender.sent.items())),
            "left_out": dict(sorted(sender.left_out.items())),
            "unanswered": sender.unanswered,
            "stopped_by": stopped,
        }
        content = json.dumps(figures, indent=2).encode()
        await stage.exhibit(name=FIGURES, media_type=_JSON, content=content)
        return ActOutcome(state=StepState.DONE, detail=f"{sender.sent.total()}")

    async def _identities(
        self, stage: Stage, where: Environment, client: httpx.AsyncClient
    ) -> tuple[dict[str, Tokens], dict[str, str]]:
        """Sign in as the step's persona, who must be able to, and as others who may."""
        others = stage.step.parameters.get("also_as", [])
        signed_in: dict[str, Tokens] = {}
        absent: dict[str, str] = {}
        for persona in (stage.step.as_, *(others if isinstance(others, list) else ())):
            try:
                tokens = tokens_of(stage, persona, client=client, address=where.address)
                await tokens.current()
                signed_in[persona] = tokens
            except (LabError, Trouble) as problem:
                if persona == stage.step.as_:
                    raise
                absent[persona] = problem.detail
        return signed_in, absent

    async def _tried(
        self, sender: Sender, document: bytes, seed: int, signed_in: dict[str, Tokens]
    ) -> str | None:
        """Send what is generated; return what ended it early, None where nothing did."""
        clock = asyncio.get_running_loop().time
        end = clock() + self.budget.seconds
        try:
            async with generating(document, seed=seed, budget=self.budget) as source:
                # A request that is on its way is always waited for: only thinking up is cut off.
                number = 0
                while clock() < end:
                    async with asyncio.timeout_at(end):
                        generated = await anext(source, None)
                    if generated is None:
                        return None
                    tokens = tuple([await each.current() for each in signed_in.values()])
                    number += 1
                    await sender.send(about(generated, sender.known if number % 2 else {}), tokens)
        except TimeoutError:
            return "time"
        except Trouble as trouble:
            return f"sign-in:{trouble.detail}"
        return "time"


async def _document(client: httpx.AsyncClient, base_url: str) -> tuple[str, bytes]:
    """Return the interface that the service tells of itself, else the reference's own."""
    try:
        answer = await client.get(base_url + PATH)
    except httpx.TransportError:
        return "reference", own_document(base_url)
    small = answer.status_code == _OK and len(answer.content) <= LARGEST
    return (
        ("served", answer.content)
        if small and _is_openapi(answer.content)
        else (
            "reference",
            own_document(base_url),
        )
    )


def _is_openapi(content: bytes) -> bool:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and str(told.get("openapi", "")).startswith("3.")


def _known_task(stage: Stage) -> dict[str, str]:
    """Return a prescription that is really there, where an earlier step made one."""
    known = (bound.task_id for bound in stage.learned.values())
    task = next((each for each in known if each is not None), None)
    return {} if task is None else {_TASKS: task}


def about(generated: Generated, known: Mapping[str, str]) -> Generated:
    """Return the same request about a resource that is there, where it is about one of its kind.

    `known` are ids by the paths that stand before them.
    """
    for path, there in known.items():
        before, found, after = generated.target.partition(path)
        if found and f"{path}{{" in generated.operation:
            end = re.search(r"[/?]", after)
            rest = "" if end is None else after[end.start() :]
            return replace(generated, target=f"{before}{path}{there}{rest}")
    return generated
