"""The commands on finished reports: report and diff; runs and judges nothing."""

from argparse import Namespace
from pathlib import Path

from reports.cli.console import Console
from reports.cli.writing import existing_report, summary, write_report
from reports.render.model import Report
from reports.render.texts import texts


def execute(name: str, arguments: Namespace) -> int:
    """Run a command and return its exit code."""
    console = Console.of(arguments)
    if name == "diff":
        return _compare(arguments.before, arguments.after, console)
    return _render(arguments.folder, console)


def _render(folder: Path, console: Console) -> int:
    """Write the pages again from report.json, which stays as it is."""
    report = existing_report(folder)
    files = write_report(folder, report, console)
    console.result({**summary(report), "files": [str(file) for file in files]})
    tell_report(report, console)
    tell_files(files, console)
    return 0


def _compare(before: Path, after: Path, console: Console) -> int:
    """Compare the verdicts of two reports, requirement by requirement; 1 when any differs."""
    first, second = existing_report(before), existing_report(after)
    changes = changed_verdicts(first, second)
    console.result(
        {
            "before": summary(first),
            "after": summary(second),
            "changes": [
                {"requirement": one, "before": old, "after": new} for one, old, new in changes
            ],
        }
    )
    spoken = texts(console.speech.language)
    for report in (first, second):
        tell_report(report, console)
    console.tell("cli.diff.count" if changes else "cli.diff.same", count=len(changes))
    for requirement, old, new in changes:
        words = [
            spoken.t(f"report.verdict.{_slug(word)}") if word else console.t("cli.diff.absent")
            for word in (old, new)
        ]
        console.line(f"  {requirement}  {words[0]} → {words[1]}")
    return 1 if changes else 0


def changed_verdicts(
    before: Report, after: Report
) -> tuple[tuple[str, str | None, str | None], ...]:
    """Return requirement, verdict before and verdict after, wherever they differ."""
    old = {one.id: one.verdict.value for one in before.requirements}
    new = {one.id: one.verdict.value for one in after.requirements}
    ids = sorted(old.keys() | new.keys())
    return tuple((one, old.get(one), new.get(one)) for one in ids if old.get(one) != new.get(one))


def tell_report(report: Report, console: Console) -> None:
    """Say what a report came to."""
    spoken = texts(console.speech.language, report.kind)
    console.tell(
        "cli.result",
        product=report.subject.product,
        version=report.subject.version,
        number=report.report_number,
    )
    if report.kind == "self-assessment":
        console.line(f"  {spoken.t(f'report.outcome.{report.outcome_with_assumed}')}")
        return
    for message_id, outcome in (
        ("cli.result.binding", report.outcome),
        ("cli.result.with-assumed", report.outcome_with_assumed),
    ):
        words = console.t(message_id, outcome=spoken.t(f"report.outcome.{outcome}"))
        console.line(f"  {words}")


def tell_files(files: tuple[Path, ...], console: Console) -> None:
    """Name the files written."""
    console.tell("cli.result.files")
    for file in files:
        console.line(f"  {file}")


def _slug(verdict: str) -> str:
    """Return a verdict word as it stands in message ids."""
    return verdict.lower().replace("_", "-")
