"""Sends full prescription cycles from many clients at once and takes their times; judges nothing.

It runs in a process of its own, so that its processor time can be told from the server's.
"""

import asyncio
import ssl
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp
import msgspec

FHIR_JSON = "application/fhir+json"
IDENTIFIER_MARK = b"00000000-0000-4000-8000-000000000000"
"""Stands in the submission's bytes where each cycle writes a fresh identifier."""


class CycleError(RuntimeError):
    """The server answered a request of a cycle with something else than success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send: the FHIR base, both tokens, and one submission as a template."""

    fhir_base: str
    trust: ssl.SSLContext | None
    prescriber_token: str
    laboratory_token: str
    submission: bytes
    birth_date: str
    clients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a run measured: its length in seconds and every cycle's length in seconds."""

    elapsed: float
    cycles: tuple[float, ...]
    generator_cpu: float

    @property
    def rate(self) -> float:
        """Full cycles a second."""
        return len(self.cycles) / self.elapsed


async def run(load: Load, *, seconds: float) -> Timing:
    """Send cycles from `load.clients` clients for `seconds`; raises CycleError on any refusal."""
    connector = aiohttp.TCPConnector(limit=load.clients, ssl=load.trust or True)
    async with aiohttp.ClientSession(connector=connector) as session:
        began, cpu = time.perf_counter(), time.process_time()
        deadline = began + seconds
        lists = await asyncio.gather(
            *(_client(session, load, deadline) for _ in range(load.clients))
        )
        return Timing(
            elapsed=time.perf_counter() - began,
            cycles=tuple(duration for durations in lists for duration in durations),
            generator_cpu=time.process_time() - cpu,
        )


async def _client(session: aiohttp.ClientSession, load: Load, deadline: float) -> list[float]:
    durations = []
    while (began := time.perf_counter()) < deadline:
        await _cycle(session, load)
        durations.append(time.perf_counter() - began)
    return durations


async def _cycle(session: aiohttp.ClientSession, load: Load) -> None:
    fresh = str(uuid.uuid4()).encode("ascii")
    body = load.submission.replace(IDENTIFIER_MARK, fresh)
    answer = await _post(
        session, load, "$submit-prescription", token=load.prescriber_token, body=body
    )
    number, task = _number_and_task(answer)
    wanted = _parameters(
        {"name": "number", "valueString": number},
        {"name": "birth-date", "valueDate": load.birth_date},
    )
    await _post(session, load, "$retrieve-prescription", token=load.laboratory_token, body=wanted)
    identifier = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid.uuid4()}"}
    dispensation = _parameters({"name": "dispensation", "valueIdentifier": identifier})
    await _post(
        session, load, f"Task/{task}/$dispense", token=load.laboratory_token, body=dispensation
    )


async def _post(
    session: aiohttp.ClientSession, load: Load, path: str, *, token: str, body: bytes
) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": FHIR_JSON, "Accept": FHIR_JSON}
    async with session.post(f"{load.fhir_base}/{path}", data=body, headers=headers) as answer:
        content = await answer.read()
        if answer.status != 200:  # noqa: PLR2004  HTTP's own number for success
            raise CycleError(f"{path}: {answer.status} {content[:400]!r}")
        return content


def _parameters(*parameters: dict[str, object]) -> bytes:
    return msgspec.json.encode({"resourceType": "Parameters", "parameter": parameters})


class _Value(msgspec.Struct):
    value: str = ""


class _Resource(msgspec.Struct):
    id: str = ""


class _Parameter(msgspec.Struct, rename={"identifier": "valueIdentifier"}):
    name: str
    identifier: _Value | None = None
    resource: _Resource | None = None


class _Parameters(msgspec.Struct):
    parameter: list[_Parameter]


def _number_and_task(answer: bytes) -> tuple[str, str]:
    found = msgspec.json.decode(answer, type=_Parameters).parameter
    return next(_numbers(found)), next(_tasks(found))


def _numbers(parameters: list[_Parameter]) -> Iterator[str]:
    for parameter in parameters:
        if parameter.name == "prescription-number" and parameter.identifier is not None:
            yield parameter.identifier.value


def _tasks(parameters: list[_Parameter]) -> Iterator[str]:
    for parameter in parameters:
        if parameter.name == "task" and parameter.resource is not None:
            yield parameter.resource.id
