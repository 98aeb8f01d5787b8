"""Evidence and a catalogue to findings, the same each time; reaches neither network nor clock."""

from pathlib import Path

from reference_server.population.personas import load
from scenarios import Catalogue
from test_suites.checks.registry import BY_NAME
from test_suites.core.finding import Finding
from test_suites.core.judge import judge
from test_suites.core.transcript import Transcript
from test_suites.engine.journal import NoResultError, Record, read
from test_suites.engine.people import personas


def evaluate(folder: Path, catalogue: Catalogue) -> tuple[Finding, ...]:
    """Return every finding of a finished run, in the order of cases, steps and expectations.

    Raises NoResultError for a run without a footer, UnreadableError for a broken journal and
    KeyError where the catalogue lacks a scenario of the plan.
    """
    return evaluate_record(read(folder), catalogue)


def evaluate_record(record: Record, catalogue: Catalogue) -> tuple[Finding, ...]:
    """Return every finding of a run that was read; see `evaluate`."""
    if record.footer is None:
        raise NoResultError("no footer")
    people = personas(load())
    opened = {transcript.case: transcript for transcript in record.transcripts}
    found: list[Finding] = []
    for case in sorted(record.plan.cases, key=lambda each: each.id):
        scenario = catalogue.scenario(case.scenario)
        transcript = opened.get(case.id) or Transcript(
            case=case.id, scenario=case.scenario, subject_actor=case.subject_actor
        )
        found.extend(
            judge(
                scenario,
                transcript,
                case=case.id,
                personas=people,
                catalogue=catalogue,
                checks=BY_NAME,
            )
        )
    return tuple(found)
