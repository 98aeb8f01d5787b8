"""Sign-ins, systems' tokens and refreshes a second, by two server processes over https.

The bars are what Keycloak's sizing guide states for two vCPU. A login there hashes a password;
here people sign in with their test token, and no password is hashed: the figure's name says so.
Tokens are signed with ES256 and kept in one SQLite file that is synced for every commit, as by
`equalis serve --workers 2`. The generator shares the cores with the servers; its own processor time
is a figure, and so is the rate that servers and generator could reach on two cores without waiting
for the disk, for locks, or for whatever else runs on the machine.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
import psutil
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
_CORES: Final = 2
"""Those of the machine whose figures the bars are."""
PEOPLE: Final = 12_000
WARM_UP_SECONDS: Final = 1.0
WARM_UP_PEOPLE: Final = 1_000
_PERSON_CLIENT, _SYSTEM_CLIENT = "bench-person", "bench-system"
_NAMES: Final = {
    Kind.LOGIN: ("logins by test token, no password hashed", 30.0),
    Kind.SYSTEM: ("client credentials, private_key_jwt", 240.0),
    Kind.REFRESH: ("refreshes, rotated", 240.0),
}


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures of each kind, beside each rate the bar as `baseline`.

    The servers start once, and the accounts are opened once; for each kind there is a short
    warm-up and then `pairs` runs of `seconds` each. What is going on is told on standard error.
    """
    with bench(runs=pairs) as stand:
        for kind, (name, bar) in _NAMES.items():
            runs = [stand.run(kind, seconds=seconds, number=n) for n in range(pairs)]
            yield figure(name, "/s", [run.timing.rate for run in runs], baseline=bar)
            for share in (0.5, 0.99):
                values = [1000 * percentile(run.timing.cycles, share) for run in runs]
                yield figure(f"  {kind} p{share * 100:.0f}", "ms", values)
            spent = [run.per_cycle(run.spent.whole) for run in runs]
            yield figure(f"  {kind}: server CPU", "ms each", spent)
            used = [run.per_cycle(run.timing.generator_cpu) for run in runs]
            yield figure(f"  {kind}: generator CPU", "ms each", used)
            most = [_CORES * 1000 / (a + b) for a, b in zip(spent, used, strict=True)]
            yield figure(f"  {kind}: {_CORES} cores never waiting", "/s", most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Owns running servers with their accounts, and a generator that waits for jobs."""

    job: Job
    processes: list[psutil.Process]
    generator: subprocess.Popen[bytes]
    people: Iterator[str]
    """Who has not signed in yet: nobody's test token is shown twice at once."""
    portion: int
    """How many people one run may sign in."""

    def run(self, kind: Kind, *, seconds: float, number: int) -> Measured:
        """Measure once; the first run of a kind is warmed up."""
        if number == 0:
            warming = {Kind.LOGIN: WARM_UP_PEOPLE, Kind.REFRESH: CLIENTS}
            self._generate(kind, self._some(warming.get(kind, 0)), WARM_UP_SECONDS)
        _tell(f"{kind}, run {number + 1}: {seconds:g} s")
        needed = {Kind.LOGIN: self.portion, Kind.REFRESH: CLIENTS}
        people = self._some(needed.get(kind, 0))
        before = spent_by(self.processes)
        timing = self._generate(kind, people, seconds)
        return Measured(timing=timing, spent=spent_by(self.processes).since(before))

    def _some(self, number: int) -> tuple[str, ...]:
        return tuple(islice(self.people, number))

    def _generate(self, kind: Kind, people: tuple[str, ...], seconds: float) -> Timing:
        job = msgspec.structs.replace(self.job, kind=kind, people=people, seconds=seconds)
        if self.generator.stdin is None or self.generator.stdout is None:
            raise RuntimeError("the generator has no pipes")
        self.generator.stdin.write(msgspec.json.encode(job) + b"\n")
        self.generator.stdin.flush()
        line = self.generator.stdout.readline()
        if not line:
            raise RuntimeError("the generator ended")
        return msgspec.json.decode(line, type=Timing)


@contextmanager
def bench(*, runs: int) -> Iterator[Stand]:
    """Start two server processes on a fresh database, fill it, and start the generator."""
    with tempfile.TemporaryDirectory(prefix="equalis-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        _tell("starting two server processes")
        origin, processes = stack.enter_context(servers(folder, Setup()))
        key = ECKey.generate_key("P-256", auto_kid=True)
        _tell(f"opening {PEOPLE} accounts")
        people = _fill(folder / f"{WORLD}.db", key)
        generator = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "test_suites.proof.bench.trust_clients"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        stack.callback(generator.terminate)
        job = Job(
            kind=Kind.SYSTEM,
            issuer=f"{origin}/{WORLD}/auth/realms/organization",
            trust_file=str(folder / "ca.pem"),
            person_client=_PERSON_CLIENT,
            system_client=_SYSTEM_CLIENT,
            system_key={name: str(value) for name, value in key.as_dict(private=True).items()},
            people=(),
            clients=CLIENTS,
            seconds=WARM_UP_SECONDS,
        )
        yield Stand(
            job=job,
            processes=processes,
            generator=generator,
            people=iter(people),
            portion=(PEOPLE - WARM_UP_PEOPLE - CLIENTS * (runs + 1)) // runs,
        )


def _tell(what: str) -> None:
    sys.stderr.write(f"trust: {what}\n")
    sys.stderr.flush()


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
