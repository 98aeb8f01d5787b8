"""How many `$match` (IHE PDQm ITI-119) are answered a second, over https, by two server processes.

The index is fed over ITI-104 first. Questions are faulty records of people who are there, without
the national number; each is in the audit trail before its answer leaves.
"""

import asyncio
import json
import os
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

from reference_server.population.country.mistakes import duplicate
from reference_server.population.country.people import Inhabitant, inhabitants
from reference_server.population.personas import load
from reference_server.services.patients.fhir.patient import write_traits
from reference_server.services.patients.model.traits import Traits, local_domain
from test_suites.engine.people import client_of, personas
from test_suites.engine.players import Address, Credentials, Surroundings
from test_suites.engine.players.make import make_tokens
from test_suites.engine.players.wire import Wire
from test_suites.engine.standing import WORLD
from test_suites.proof.bench.figures import Figure, figure
from test_suites.proof.bench.prescriptions import Setup, servers, spent_by
from test_suites.proof.bench.terminology import run_questions

RECORDS: Final = 2000
_ACTOR, _WHO = "fhir-feed-source", "labo-nord"
_AT_ONCE: Final = 8
_SOUGHT: Final = 400


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield requests a second and what each costs: `pairs` runs, `seconds` long in all."""
    people = list(inhabitants(RECORDS, seed=2026))
    with (
        tempfile.TemporaryDirectory(prefix="equalis-bench-") as name,
        servers(Path(name), Setup()) as (origin, processes),
    ):
        token = asyncio.run(_fed(origin, Path(name), people))
        written = tuple(_question(origin, token, each) for each in _sought(people))
        rates, costs = [], []
        for _ in range(pairs):
            before = spent_by(processes).whole
            run = run_questions(origin, name, written, seconds / pairs)
            rates.append(run.count / run.elapsed)
            costs.append(1000 * (spent_by(processes).whole - before) / run.count)
        yield figure(f"$match over https, {RECORDS} records", "req/s", rates)
        yield figure("processor of the servers for each", "ms", costs)


async def _fed(origin: str, folder: Path, people: list[Inhabitant]) -> str:
    """Tell the index of everybody; return the token that may ask, too."""
    base = f"{origin}/{WORLD}"
    trust = ssl.create_default_context(cafile=folder / "ca.pem")
    async with httpx.AsyncClient(verify=trust, trust_env=False, timeout=60) as client:
        token = await _token(base, folder, client)
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/fhir+json",
        }
        places = asyncio.Semaphore(_AT_ONCE)

        async def tell(number: int, traits: Traits) -> None:
            own = {"system": _domain(), "value": f"B{number}"}
            query = urlencode({"identifier": f"{own['system']}|{own['value']}"})
            body = _patient(traits) | {"identifier": [own]}
            url = f"{base}/fhir/Patient?{query}"
            async with places:
                answer = await client.put(url, headers=headers, content=json.dumps(body))
            answer.raise_for_status()

        async with asyncio.TaskGroup() as group:
            for number, each in enumerate(people):
                group.create_task(tell(number, each.traits))
    return token


async def _token(base: str, folder: Path, client: httpx.AsyncClient) -> str:
    population = load()
    client_id = client_of(population, _WHO, _ACTOR)
    key = json.loads((folder / "clients" / f"{client_id}.jwk.json").read_text("utf-8"))
    realm = f"{base}/auth/realms/organization"
    surroundings = Surroundings(business_now=_now, wire_now=_now, random_bytes=os.urandom)
    source = make_tokens(
        _ACTOR,
        Wire(client, surroundings),
        address=Address(base_url=base, issuer=realm, fhir_base=f"{base}/fhir"),
        credentials=Credentials(
            client_id=client_id, persona=personas(population)[_WHO], private_jwk=key
        ),
        surroundings=surroundings,
    )
    return await source.current()


def _sought(people: list[Inhabitant]) -> Iterator[Traits]:
    random = Random(2026)  # noqa: S311 - repeatable on purpose
    for each in random.sample(people, _SOUGHT):
        yield replace(duplicate(each, random).traits, identifiers=())


def _patient(traits: Traits) -> dict[str, Any]:
    """Return a Patient with no number at all."""
    resource = write_traits(traits, identifier="0")
    del resource["id"], resource["identifier"]
    return resource


def _question(origin: str, token: str, traits: Traits) -> bytes:
    told = [{"name": "resource", "resource": _patient(traits)}]
    body = msgspec.json.encode({"resourceType": "Parameters", "parameter": told})
    head = (
        f"POST /{WORLD}/fhir/Patient/$match HTTP/1.1\r\nHost: {urlsplit(origin).netloc}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/fhir+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def _domain() -> str:
    return local_domain(load().organizations[_WHO].cns_code)


def _now() -> datetime:
    return datetime.now(UTC)
