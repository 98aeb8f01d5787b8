"""Sign-ins, systems' tokens and refreshes a second, by two server processes over https.

The bars are what Keycloak's sizing guide states for two vCPU. A login there hashes a password;
here people sign in with their test token, and no password is hashed: the figure's name says so.
The generator shares the cores with the servers, and its own processor time is a figure.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
from joserfc.jwk import ECKey

from reference_server.kernel.access import Role
from reference_server.kernel.store import SqliteStore
from reference_server.population.seed import token_secret
from reference_server.services.trust import store as trust
from reference_server.services.trust.model import Account, Client, PublicKey
from test_suites.engine.standing import WORLD
from test_suites.proof.bench.figures import Figure, figure, percentile
from test_suites.proof.bench.generator import Timing
from test_suites.proof.bench.prescriptions import Measured, Setup, servers, spent_by
from test_suites.proof.bench.trust_clients import REDIRECT_URI, Job, Kind

CLIENTS: Final = 16
PEOPLE: Final = 12_000
WARM_UP_SECONDS: Final = 2.0
_PERSON_CLIENT, _SYSTEM_CLIENT = "bench-person", "bench-system"
_NAMES: Final = {
    Kind.LOGIN: ("logins by test token, no password hashed", 30.0),
    Kind.SYSTEM: ("client credentials, private_key_jwt", 240.0),
    Kind.REFRESH: ("refreshes, rotated", 240.0),
}


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures; beside each rate the bar, as `baseline`. Each run has a fresh database."""
    for kind, (name, bar) in _NAMES.items():
        runs = [one_run(kind, seconds=seconds) for _ in range(pairs)]
        yield figure(name, "/s", [run.timing.rate for run in runs], baseline=bar)
        for share in (0.5, 0.99):
            values = [1000 * percentile(run.timing.cycles, share) for run in runs]
            yield figure(f"  {kind} p{share * 100:.0f}", "ms", values)
        yield figure(f"  {kind}: server CPU", "ms each", [_each(r, r.spent.whole) for r in runs])
        used = [_each(run, run.timing.generator_cpu) for run in runs]
        yield figure(f"  {kind}: generator CPU", "ms each", used)


def _each(run: Measured, seconds: float) -> float:
    return run.per_cycle(seconds)


def one_run(kind: Kind, *, seconds: float) -> Measured:
    """Start fresh server processes on a fresh database, warm them up and measure once."""
    with tempfile.TemporaryDirectory(prefix="equalis-bench-") as name:
        folder = Path(name)
        with servers(folder, Setup()) as (origin, processes):
            key = ECKey.generate_key("P-256", auto_kid=True)
            people = _fill(folder / f"{WORLD}.db", key)
            job = Job(
                kind=kind,
                issuer=f"{origin}/{WORLD}/auth/realms/organization",
                trust_file=str(folder / "ca.pem"),
                person_client=_PERSON_CLIENT,
                system_client=_SYSTEM_CLIENT,
                system_key={name: str(value) for name, value in key.as_dict(private=True).items()},
                people=people[: PEOPLE // 2],
                clients=CLIENTS,
                seconds=WARM_UP_SECONDS,
            )
            _generate(job)
            before = spent_by(processes)
            later = msgspec.structs.replace(job, people=people[PEOPLE // 2 :], seconds=seconds)
            timing = _generate(later)
            return Measured(timing=timing, spent=spent_by(processes).since(before))


def _fill(database: Path, key: ECKey) -> tuple[str, ...]:
    """Register both clients and open an account for everybody; return their names."""
    people = tuple(f"88{number:08}" for number in range(PEOPLE))
    with closing(SqliteStore(database)) as store, store.write() as tx:
        trust.put_client(tx, _person_client())
        trust.put_client(tx, _system_client(key))
        for person in people:
            trust.put_account(tx, _account(person), password_hash="")
    return people


def _person_client() -> Client:
    return Client(
        client_id=_PERSON_CLIENT,
        name="Benchmark",
        scopes=frozenset({"openid", "erx.read"}),
        redirect_uris=(REDIRECT_URI,),
        refreshes=True,
    )


def _system_client(key: ECKey) -> Client:
    public = key.as_dict(private=False)
    named = PublicKey(kid=str(key.kid), x=str(public["x"]), y=str(public["y"]))
    return Client(
        client_id=_SYSTEM_CLIENT,
        name="Benchmark",
        scopes=frozenset({"erx.read"}),
        keys=(named,),
        role=Role.LABORATORY,
        organization="90200116",
        systems_only=True,
    )


def _account(person: str) -> Account:
    return Account(
        username=person,
        family="Bench",
        given=person,
        profession="PS-001",
        role=Role.PRESCRIBER,
        organization="90100112",
        token_secret=token_secret(person),
    )


def _generate(job: Job) -> Timing:
    command = [sys.executable, "-m", "test_suites.proof.bench.trust_clients"]
    done = subprocess.run(
        command, input=msgspec.json.encode(job), stdout=subprocess.PIPE, check=True
    )
    return msgspec.json.decode(done.stdout, type=Timing)
