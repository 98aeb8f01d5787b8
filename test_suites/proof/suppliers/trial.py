"""One supplier with a named fault, served at an address and judged by it alone."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from scenarios import load_catalogue
from scenarios.model import Programme
from test_suites.core.verdict import Verdict
from test_suites.engine.evaluate import evaluate
from test_suites.engine.own import own_server
from test_suites.engine.plan import make_plan
from test_suites.engine.run import Options, run_campaign
from test_suites.proof.campaign import ignore, worst_verdicts
from test_suites.proof.suppliers.between import Between, Fault
from test_suites.proof.suppliers.fhir import FAULTS
from test_suites.proof.suppliers.messages import BENDS, Bend
from test_suites.subjects.reader import parse_subject


def verdicts_at(
    fault: str | None, *, options: Options | None = None, scenarios: frozenset[str] | None = None
) -> Mapping[str, Verdict]:
    """Return the verdict of every requirement on a supplier with a fault, None: a good one.

    `scenarios` are those played, None for all that are about a server. Raises KeyError where
    there is no such fault.
    """
    catalogue = load_catalogue()
    bend, wrong = _made(fault)
    with tempfile.TemporaryDirectory(prefix="equalis-supplier-") as place:
        folder = Path(place)
        with own_server(
            folder / "own", bend=bend, wrap=lambda app: Between(app=app, fault=wrong)
        ) as file:
            today = datetime.now(UTC).date()
            subject = parse_subject(file.read_text("utf-8"), file=file.name, today=today)
            plan = make_plan(subject, catalogue, programme=Programme.IDENTITY, scenarios=scenarios)
            out = folder / "run"
            run_campaign(
                subject, plan, out, ignore, catalogue=catalogue, subject_file=file, options=options
            )
        return worst_verdicts(subject, plan, evaluate(out, catalogue), catalogue)


def _made(name: str | None) -> tuple[Bend | None, Fault]:
    """Return what is done to messages and what to FHIR; raises KeyError."""
    if name is None:
        return None, Fault()
    if name in BENDS:
        return BENDS[name](), Fault()
    return None, FAULTS[name]()
