"""Starts a campaign for `run` and shows its progress; judges nothing."""

import datetime as dt
import sys
import tempfile
from pathlib import Path

from reports.cli.console import Console
from reports.cli.speech import InputError
from reports.render.texts import texts
from scenarios import load_catalogue
from test_suites.engine.plan import make_plan
from test_suites.engine.progress import Progress, Stage
from test_suites.engine.run import Options, run_campaign
from test_suites.subjects.console import Console as Person
from test_suites.subjects.model import ConsoleOperator, Subject
from test_suites.subjects.operator import OperatorError
from test_suites.subjects.reader import read_subject


def run_folder(subject_file: Path, out: Path, *, console: Console) -> None:
    """Run every case of a subject; the folder then holds all that judging needs.

    Raises InputError where the product cannot be driven at all.
    """
    subject = read_subject(subject_file, today=dt.datetime.now(dt.UTC).date())
    catalogue = load_catalogue()
    plan = make_plan(subject, catalogue)
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
        with tempfile.TemporaryDirectory(prefix="equalis-") as desk:
            run_campaign(
                subject,
                plan,
                out,
                lambda progress: _show(progress, console),
                subject_file=subject_file,
                catalogue=catalogue,
                options=Options(console=_person(subject, Path(desk), console)),
            )
    except* (OperatorError, EOFError) as failed:
        raise InputError(
            "cli.wrong.product",
            where=str(subject_file),
            detail=_first(failed),
            mend="cli.mend.product",
        ) from failed


def _person(subject: Subject, desk: Path, console: Console) -> Person | None:
    """Return the person at this terminal, where the product needs one to work it.

    What that person needs as files (an authority to trust, a page to scan, a password) stands
    in `desk` while the run goes on, and never in the run folder.
    """
    if not isinstance(subject.operator, ConsoleOperator):
        return None
    return Person(
        say=_say,
        ask=_ask,
        texts=texts(console.speech.language).catalogue,
        language=console.speech.language,
        folder=desk,
    )


def _say(text: str) -> None:
    """Tell the person something; results alone go to standard output."""
    sys.stderr.write(text + "\n")


def _ask(question: str) -> str:
    """Ask the person something."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return input()


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


def _first(failed: BaseExceptionGroup[OperatorError | EOFError]) -> str:
    """Return the short code of the first fault."""
    inner = failed.exceptions[0]
    if isinstance(inner, BaseExceptionGroup):
        return _first(inner)
    return inner.detail if isinstance(inner, OperatorError) else "nobody-at-the-console"
