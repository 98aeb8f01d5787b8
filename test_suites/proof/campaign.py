"""One campaign in a folder that goes away again, judged: what the proofs compare with."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from scenarios import Catalogue, load_catalogue
from scenarios.model import Programme
from test_suites.core.finding import Finding
from test_suites.core.verdict import Verdict
from test_suites.core.verdicts import requirement_verdicts
from test_suites.engine.evaluate import evaluate
from test_suites.engine.plan import Plan, make_plan
from test_suites.engine.progress import Progress
from test_suites.engine.run import Options, run_campaign
from test_suites.subjects.model import Subject


def ignore(_progress: Progress) -> None:
    """Take no notice of a run's progress."""


def findings_of(
    subject: Subject | None, plan: Plan, catalogue: Catalogue, *, options: Options | None = None
) -> tuple[Finding, ...]:
    """Run a plan, judge what it left, and leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="equalis-proof-") as folder:
        out = Path(folder) / "run"
        run_campaign(subject, plan, out, ignore, catalogue=catalogue, options=options)
        return evaluate(out, catalogue)


def verdicts_of(
    subject: Subject,
    *,
    options: Options | None = None,
    programme: Programme = Programme.INTEROPERABILITY,
    scenarios: frozenset[str] | None = None,
) -> Mapping[str, Verdict]:
    """Return the verdict of every requirement of a programme that binds a subject.

    Of a requirement that binds several of its roles the worst. `scenarios` are those played, None
    for all: what the others test is undecided.
    """
    catalogue = load_catalogue()
    plan = make_plan(subject, catalogue, programme=programme, scenarios=scenarios)
    findings = findings_of(subject, plan, catalogue, options=options)
    return worst_verdicts(subject, plan, findings, catalogue)


def worst_verdicts(
    subject: Subject, plan: Plan, findings: tuple[Finding, ...], catalogue: Catalogue
) -> Mapping[str, Verdict]:
    """Return of each requirement that binds a subject the worst verdict over its roles."""
    found: dict[str, Verdict] = {}
    catalogue = catalogue.of(plan.programme)
    for role in subject.roles:
        excluded = plan.excluded_requirements(catalogue, role.actor)
        for one in requirement_verdicts(findings, excluded, catalogue, role.actor):
            before = found.get(one.id, one.verdict)
            found[one.id] = max(before, one.verdict, key=lambda verdict: verdict.rank)
    return found
