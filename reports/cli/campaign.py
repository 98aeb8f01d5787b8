"""Starts a campaign for `run` and shows its progress; judges nothing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reports.cli.console import Console
from reports.cli.speech import InputError
from reports.cli.writing import make_folder
from reports.labelling.scheme import load_scheme
from scenarios import Catalogue, load_catalogue
from scenarios.errors import Phrase, phrase
from scenarios.model import Operation
from test_suites.engine.activity import Activity
from test_suites.engine.plan import DEFAULT_SCHEME, Plan, make_plan
from test_suites.engine.progress import Progress, Stage
from test_suites.engine.run import Options, run_campaign
from test_suites.subjects.model import ConsoleOperator, Subject
from test_suites.subjects.operator import OperatorError, PersonLeftError
from test_suites.subjects.reader import read_subject
from test_suites.subjects.terminal import person_at_terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a run: under which label rules, and which activities besides scenarios.

    `only`: the scenarios of these activities, and no other; `scenarios`: those chosen, None for
    all of them.
    """

    scheme: str = DEFAULT_SCHEME
    activities: Mapping[Operation, Activity] = field(default_factory=dict)
    only: bool = False

    scenarios: frozenset[str] | None = None

    def plan(self, subject: Subject, catalogue: Catalogue) -> Plan:
        """Return what a subject is put through; raise InputError for an unknown scenario."""
        known = {scenario.id for scenario in catalogue.scenarios}
        for chosen in sorted((self.scenarios or frozenset()) - known):
            raise InputError("cli.wrong.scenario", where=chosen)
        return make_plan(
            subject,
            catalogue,
            activities=frozenset(self.activities),
            only=self.only,
            scheme=self.scheme,
            scenarios=self.scenarios,
            programme=load_scheme(self.scheme).programme,
        )


def run_folder(
    subject_file: Path, out: Path, *, console: Console, asked: Asked | None = None
) -> None:
    """Run every case of a subject; the folder then holds all that judging needs.

    Whoever sits at this terminal works the product where it has no driver, and does what its
    driver cannot. Raises InputError where the product cannot be driven at all, and where it
    needs a person and none is there: then nothing is written.
    """
    subject = read_subject(subject_file, today=dt.datetime.now(dt.UTC).date())
    catalogue = load_catalogue()
    asked = asked or Asked()
    plan = asked.plan(subject, catalogue)
    console.progress(
        console.t(
            "cli.run.start",
            product=subject.product.name,
            version=subject.product.version,
            cases=len(plan.cases),
            exclusions=len(plan.exclusions),
        )
    )
    try:
        with person_at_terminal(console.speech.language) as person:
            if person is None and isinstance(subject.operator, ConsoleOperator):
                raise _nobody(subject_file)
            make_folder(out)
            run_campaign(
                subject,
                plan,
                out,
                lambda progress: _show(progress, console),
                subject_file=subject_file,
                catalogue=catalogue,
                options=Options(console=person, activities=asked.activities),
            )
    except* PersonLeftError as left:
        raise _nobody(subject_file) from left
    except* OperatorError as failed:
        raise InputError(
            "cli.wrong.product",
            where=str(subject_file),
            detail=why_not(_first(failed)),
            mend="cli.mend.product",
        ) from failed


def _nobody(subject_file: Path) -> InputError:
    """Return what to say where a person is needed and none is there, or none any more."""
    return InputError("cli.wrong.nobody", where=str(subject_file), mend="cli.mend.nobody")


def _show(progress: Progress, console: Console) -> None:
    """Show each case that is finished."""
    if progress.stage is Stage.CASE_CLOSE:
        console.progress(
            "  "
            + console.t(
                "cli.run.case",
                finished=progress.finished,
                total=progress.total,
                case=progress.case,
            )
        )


def _first(failed: BaseExceptionGroup[OperatorError]) -> str:
    """Return the short code of the first fault."""
    inner = failed.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner.detail


# The short codes of OperatorError that mean one thing each; the others carry a detail.
_REASONS = {
    "act-did-not-end": "cli.product.act-without-end",
    "driver-ConnectError": "cli.product.unreachable",
    "driver-ConnectTimeout": "cli.product.unreachable",
    "driver-answer-not-json": "cli.product.answer",
    "driver-answer-not-an-object": "cli.product.answer",
    "driver-answer-against-contract": "cli.product.answer",
    "program-not-startable": "cli.product.not-startable",
    "program-not-ready": "cli.product.not-ready",
    "program-ended": "cli.product.ended",
}


def why_not(code: str) -> Phrase:
    """Return the sentence for the short code of an OperatorError."""
    if code in _REASONS:
        return Phrase(_REASONS[code])
    if code.startswith("driver-status-"):
        return phrase("cli.product.status", status=code.removeprefix("driver-status-"))
    return phrase("cli.product.other", code=code)
