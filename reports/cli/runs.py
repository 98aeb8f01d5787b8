"""The commands run and judge: a campaign and its judgement, or the judgement again."""

from argparse import Namespace
from pathlib import Path

from reports.cli import activities
from reports.cli.assessed import tell as tell_assessment
from reports.cli.campaign import Asked, run_folder
from reports.cli.console import Console
from reports.cli.failures import BAD, GOOD, LAB_FAULT
from reports.cli.folders import changed_verdicts, tell_files, tell_report
from reports.cli.judging import judge_folder
from reports.cli.settings import lab
from reports.cli.speech import InputError
from reports.cli.verification import sentence
from reports.cli.writing import existing_report, summary, unheld, write_report
from reports.labelling.decision import Outcome
from reports.labelling.scheme import DEFAULT_SCHEME, known_schemes, load_scheme
from reports.render.canonical import REPORT_JSON
from reports.render.model import Report
from test_suites.capture.chain import verify
from test_suites.capture.journal import JOURNAL
from test_suites.core.verdict import Verdict
from test_suites.engine.journal import NoResultError


def execute(name: str, arguments: Namespace) -> int:
    """Run a command and return its exit code."""
    console = Console.of(arguments)
    if arguments.scheme not in {None, *known_schemes()}:
        known = ", ".join(known_schemes())
        raise InputError("cli.wrong.scheme", where=arguments.scheme, detail=known)
    if name == "judge":
        return _judge(arguments.folder, arguments.scheme, console)
    scheme = arguments.scheme or DEFAULT_SCHEME
    own = (activity.value for activity in load_scheme(scheme).activities)
    asked = Asked(
        scheme=scheme,
        activities=activities.make({*arguments.activities, *own}),
        scenarios=frozenset(arguments.scenario) if arguments.scenario else None,
    )
    return campaign(arguments.subject, arguments.out, asked, console)


def exit_code(report: Report) -> int:
    """Return what a report means for whoever started the run.

    An undecided outcome that only the lab's own faults keep open is the lab's.
    """
    if report.outcome_with_assumed in {Outcome.ELIGIBLE, Outcome.SMALLER_SCOPE}:
        return GOOD
    verdicts = {one.id: one.verdict for one in report.requirements}
    everything = report.decisions[1].modules
    still_open = {verdicts.get(one) for module in everything for one in module.open}
    if report.outcome_with_assumed is Outcome.UNDECIDED and still_open == {Verdict.ERROR}:
        return LAB_FAULT
    return BAD


def campaign(subject: Path, out: Path, asked: Asked, console: Console) -> int:
    """Run a campaign, judge it, write the report, and return the exit code."""
    if not subject.exists():
        raise InputError("cli.wrong.no-file", where=str(subject))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("cli.wrong.out-taken", where=str(out), mend="cli.mend.out")
    run_folder(subject, out, console=console, asked=asked)
    console.progress(console.t("cli.run.judging"))
    report = judge_folder(out, scheme_id=asked.scheme, lab=lab())
    files = write_report(out, report, console)
    _tell(report, files, console)
    return exit_code(report)


def _judge(folder: Path, scheme_id: str | None, console: Console) -> int:
    """Judge the evidence of a run again and say what that changes."""
    if not (folder / JOURNAL).is_file():
        raise InputError("cli.wrong.no-journal", where=str(folder), mend="cli.mend.run-folder")
    broken = verify(folder)
    if broken:
        raise InputError(
            "cli.wrong.journal",
            where=str(folder / JOURNAL),
            detail=sentence(broken[0], console),
            mend="cli.mend.verify",
        )
    before = existing_report(folder) if (folder / REPORT_JSON).is_file() else None
    scheme = scheme_id or (before.scheme.id if before else None)
    try:
        report = judge_folder(folder, scheme_id=scheme, lab=before.lab if before else lab())
    except NoResultError as unfinished:
        raise InputError("cli.wrong.no-result", where=str(folder / JOURNAL)) from unfinished
    files = write_report(folder, report, console)
    _tell(report, files, console)
    _tell_change(before, report, console)
    return exit_code(report)


def _tell(report: Report, files: tuple[Path, ...], console: Console) -> None:
    """Say what the report came to and where it is."""
    if report.kind == "self-assessment":
        tell_assessment(report, files, console)
        return
    console.result({**summary(report), "files": [str(file) for file in files]})
    tell_report(report, console)
    console.line(
        "  "
        + console.t(
            "cli.result.counts",
            requirements=len(report.requirements),
            cases=len(report.cases),
            findings=len(report.findings),
            unheld=unheld(report),
        )
    )
    console.tell("cli.result.local")
    tell_files(files, console)


def _tell_change(before: Report | None, after: Report, console: Console) -> None:
    """Say whether judging again changed anything."""
    if before is None:
        console.tell("cli.judge.first")
    elif before.digests.findings == after.digests.findings and before.report_number == (
        after.report_number
    ):
        console.tell("cli.judge.same")
    else:
        console.tell(
            "cli.judge.changed",
            before=before.report_number,
            after=after.report_number,
            count=len(changed_verdicts(before, after)),
        )
