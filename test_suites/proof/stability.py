"""The same campaign many times under trouble: does the lab give the same verdicts each time?

Each run is fresh (a process of its own for each product, both products at once as in the demo),
with a seed of its own, the cases in random order, one core kept busy by a stranger, and a slow
road between the products and the service. A lab that judges differently then is defective.
"""

import json
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing.connection import Connection
from typing import Final

from reference_server.kernel.owner import end_with_owner, unwind_with_owner
from scenarios import load_catalogue
from test_suites.capture.slow_road import SlowRoad
from test_suites.core.finding import Finding
from test_suites.core.verdict import Verdict
from test_suites.core.verdicts import case_verdict
from test_suites.engine.plan import make_plan
from test_suites.engine.run import Options
from test_suites.proof.campaign import findings_of, worst_verdicts
from test_suites.proof.mutants import good_product, subject_with

PRODUCTS: Final = ("prescriber", "laboratory")
RUNS: Final = 20
_CONTEXT: Final = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One finding, as far as two runs can be compared by it."""

    case: str
    requirement: str
    verdict: Verdict
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What one run says of one product: a verdict for each case and each requirement."""

    product: str
    cases: Mapping[str, Verdict]
    requirements: Mapping[str, Verdict]
    findings: Mapping[str, Seen]

    def rows(self) -> dict[tuple[str, str, str], Verdict]:
        """Return each verdict under product, kind and id."""
        cases = {(self.product, "case", one): v for one, v in self.cases.items()}
        return cases | {
            (self.product, "requirement", one): v for one, v in self.requirements.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the campaign on all products."""

    number: int
    seed: int
    seconds: float
    tables: tuple[Table, ...]

    def rows(self) -> dict[tuple[str, str, str], Verdict]:
        """Return every verdict of the run."""
        return {key: verdict for table in self.tables for key, verdict in table.rows().items()}

    @property
    def digest(self) -> str:
        """What equal tables have in common: the sha256 of all their verdicts."""
        rows = [[*key, verdict.value] for key, verdict in sorted(self.rows().items())]
        return sha256(json.dumps(rows).encode()).hexdigest()

    def as_json(self) -> dict[str, object]:
        """Return the run as one JSON object."""
        counted = Counter(verdict.value for verdict in self.rows().values())
        return {
            "run": self.number,
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "verdicts": dict(sorted(counted.items())),
            "table": self.digest,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A verdict of one run that is not the one most runs gave; None where there is none.

    `kind` is case or requirement; `findings` tell which of its findings differ, and how.
    """

    run: int
    seed: int
    product: str
    kind: str
    id: str
    usual: Verdict | None
    got: Verdict | None
    findings: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return the difference as one JSON object."""
        return {
            "run": self.run,
            "seed": self.seed,
            "product": self.product,
            self.kind: self.id,
            "usual": None if self.usual is None else self.usual.value,
            "got": None if self.got is None else self.got.value,
            "findings": list(self.findings),
        }


def play(runs: int = RUNS, *, products: Sequence[str] = PRODUCTS) -> Iterator[Run]:
    """Yield each run as it ends; seeds are 1, 2, 3 and so on."""
    with _busy_core():
        for seed in range(1, runs + 1):
            started = time.monotonic()
            tables = _tables(products, seed)
            seconds = time.monotonic() - started
            yield Run(number=seed, seed=seed, seconds=seconds, tables=tables)


def _tables(products: Sequence[str], seed: int) -> tuple[Table, ...]:
    """Run the campaign on each product at once, each in a process that ends with it."""
    under_way = []
    for product in products:
        mine, theirs = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=_send_table, args=(product, seed, theirs), daemon=True)
        process.start()
        theirs.close()
        under_way.append((process, mine))
    tables = []
    for process, mine in under_way:
        try:
            tables.append(mine.recv())
        except EOFError as ended:
            raise RuntimeError(f"a run with seed {seed} ended without its verdicts") from ended
        process.join()
    return tuple(tables)


def _send_table(product: str, seed: int, theirs: "Connection[Table, None]") -> None:
    unwind_with_owner()
    with theirs:
        theirs.send(_table(product, seed))


def differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """Return each verdict that is not the one most runs gave; of equals the earlier counts."""
    rows = [run.rows() for run in runs]
    found = []
    for key in sorted({key for each in rows for key in each}):
        usual, _ = Counter(each.get(key) for each in rows).most_common(1)[0]
        telling = next(run for run, each in zip(runs, rows, strict=True) if each.get(key) is usual)
        for run, each in zip(runs, rows, strict=True):
            if each.get(key) is not usual:
                found.append(_difference(run, key, telling))
    return tuple(found)


def _difference(run: Run, key: tuple[str, str, str], telling: Run) -> Difference:
    product, kind, name = key
    return Difference(
        run=run.number,
        seed=run.seed,
        product=product,
        kind=kind,
        id=name,
        usual=telling.rows().get(key),
        got=run.rows().get(key),
        findings=tuple(
            _differing(_table_of(run, product), _table_of(telling, product), kind, name)
        ),
    )


def _table_of(run: Run, product: str) -> Table:
    return next(table for table in run.tables if table.product == product)


def _differing(odd: Table, usual: Table, kind: str, name: str) -> Iterator[str]:
    """Yield the findings on one case or requirement that the two runs judge differently."""
    for finding in sorted(odd.findings.keys() | usual.findings.keys()):
        here, there = odd.findings.get(finding), usual.findings.get(finding)
        about = here or there
        if about is None or name != (about.case if kind == "case" else about.requirement):
            continue
        now = "-" if here is None else here.verdict.value
        before = "-" if there is None else there.verdict.value
        if now != before:
            yield f"{finding}: {before} → {now} {'' if here is None else here.shown}".rstrip()


def _table(product: str, seed: int) -> Table:
    """Run the whole campaign on one product, in this process."""
    subject = subject_with(good_product(product))
    catalogue = load_catalogue()
    plan = make_plan(subject, catalogue)
    road = SlowRoad(chance=random.Random(f"road:{seed}:{product}"))  # noqa: S311  waits, no secret
    options = Options(seed=seed, shuffle=True, road=road)
    findings = findings_of(subject, plan, catalogue, options=options)
    return Table(
        product=product,
        cases={case.id: _case(case.id, findings) for case in plan.cases},
        requirements=dict(worst_verdicts(subject, plan, findings, catalogue)),
        findings={one.id: _seen(one) for one in findings},
    )


def _case(case: str, findings: Sequence[Finding]) -> Verdict:
    own = [finding for finding in findings if finding.case == case]
    return case_verdict(own) if own else Verdict.INCONCLUSIVE


def _seen(finding: Finding) -> Seen:
    return Seen(
        case=finding.case,
        requirement=finding.requirement,
        verdict=finding.verdict,
        shown=f"{finding.expected!r} ≠ {finding.actual!r}",
    )


@contextmanager
def _busy_core() -> Iterator[None]:
    """Keep one core busy until the block ends."""
    stranger = _CONTEXT.Process(target=_toil, daemon=True)
    stranger.start()
    try:
        yield
    finally:
        stranger.terminate()
        stranger.join()
        stranger.close()


def _toil() -> None:
    """Keep busy for as long as whoever asked for it lives, however it ends."""
    end_with_owner()
    while True:
        sum(range(10_000))
