"""How many `$match` (IHE PDQm ITI-119) are answered a second, over https, by two server processes.

Server processes share one SQLite file, whose index holds the synthetic country before they start.
Questions are faulty records of people who are there, without the national number; each is in the
audit trail before its answer leaves.
"""

import asyncio
import json
import os
import ssl
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from reference_server.population.personas import load
from reference_server.services.patients.fhir.patient import write_traits
from reference_server.services.patients.model.traits import Traits
from test_suites.engine.people import client_of, personas
from test_suites.engine.players import Address, Credentials, Surroundings
from test_suites.engine.players.make import make_tokens
from test_suites.engine.players.wire import Wire
from test_suites.engine.standing import WORLD
from test_suites.proof.bench.figures import Figure, figure
from test_suites.proof.bench.kept import put_copy
from test_suites.proof.bench.matching import SIZES, taken_in
from test_suites.proof.bench.prescriptions import Setup, servers, spent_by
from test_suites.proof.bench.terminology import run_questions

_ACTOR, _WHO = "fhir-feed-source", "labo-nord"


def measure(
    *, seconds: float, pairs: int, size: int = SIZES[0], keep: str = ""
) -> Iterator[Figure]:
    """Yield requests a second and what each costs: `pairs` runs, `seconds` long in all; OSError.

    `size` people are in the index. `keep` is a folder in which such an index stays and is used
    again, or empty.
    """
    with tempfile.TemporaryDirectory(prefix="equalis-bench-") as name:
        copied = put_copy(Path(name) / f"{WORLD}.db", size=size, keep=keep)
        yield from taken_in(copied.took, size=size)
        with servers(Path(name), Setup()) as (origin, processes):
            token = asyncio.run(_token(origin, Path(name)))
            written = tuple(_question(origin, token, each) for each in copied.sought)
            rates, costs = [], []
            for _ in range(pairs):
                before = spent_by(processes).whole
                run = run_questions(origin, name, written, seconds / pairs)
                rates.append(run.count / run.elapsed)
                costs.append(1000 * (spent_by(processes).whole - before) / run.count)
        yield figure(f"$match over https, {size} records", "req/s", rates)
        yield figure(f"processor of the servers for each, {size} records", "ms", costs)


async def _token(origin: str, folder: Path) -> str:
    base = f"{origin}/{WORLD}"
    trust = ssl.create_default_context(cafile=folder / "ca.pem")
    population = load()
    client_id = client_of(population, _WHO, _ACTOR)
    key = json.loads((folder / "clients" / f"{client_id}.jwk.json").read_text("utf-8"))
    surroundings = Surroundings(business_now=_now, wire_now=_now, random_bytes=os.urandom)
    async with httpx.AsyncClient(verify=trust, trust_env=False, timeout=60) as client:
        source = make_tokens(
            _ACTOR,
            Wire(client, surroundings),
            address=Address(
                base_url=base,
                issuer=f"{base}/auth/realms/organization",
                fhir_base=f"{base}/fhir",
            ),
            credentials=Credentials(
                client_id=client_id, persona=personas(population)[_WHO], private_jwk=key
            ),
            surroundings=surroundings,
        )
        return await source.current()


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


def _now() -> datetime:
    return datetime.now(UTC)
