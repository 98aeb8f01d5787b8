"""Tells what a self-assessment came to, for a person or as JSON; judges nothing."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from reports.cesar.bank import load_bank
from reports.cesar.standing import Standing, State, standings
from reports.cli.console import Console, Json
from reports.cli.folders import tell_files
from reports.cli.writing import REPORT_HTML, summary
from reports.render.model import Report
from reports.render.texts import texts


def tell(report: Report, files: tuple[Path, ...], console: Console) -> None:
    """Say which measures are open, what to do first, and where the report is."""
    known = standing(report)
    console.result(_as_json(report, known, files, console))
    spoken = texts(console.speech.language, report.kind)
    console.line()
    console.line(f"{report.subject.vendor}, {report.report_number}")
    console.line(spoken.t(f"report.outcome.{report.outcome_with_assumed}"))
    console.tell(
        "cli.assess.counts",
        **{
            state.value.replace("-", "_"): sum(one.state is state for one in known)
            for state in State
        },
    )
    for state, heading, advice in (
        (State.OPEN, "cli.assess.open", "cli.assess.first-step"),
        (State.TO_FIND_OUT, "cli.assess.to-find-out", "cli.assess.ask"),
    ):
        _tell_some((one for one in known if one.state is state), heading, advice, console)
    console.line()
    console.line(spoken.t("report.reading.local"))
    tell_files(files, console)
    for file in files:
        if file.name == REPORT_HTML:
            console.tell("cli.demo.open", file=file)


def standing(report: Report) -> tuple[Standing, ...]:
    """Return how every measure of a report stands."""
    return standings(
        load_bank(),
        {one.id: one.verdict for one in report.requirements},
        {finding.requirement: finding.actual for finding in report.findings},
    )


def _tell_some(some: Iterable[Standing], heading: str, advice: str, console: Console) -> None:
    language = console.speech.language
    for number, one in enumerate(some):
        if number == 0:
            console.line()
            console.tell(heading)
        measure = one.measure
        text = measure.first_step if one.state is State.OPEN else measure.ask
        console.line(f"- {measure.question.of(language)}")
        console.line(f"  {console.t(advice, text=text.of(language))}")


def _as_json(
    report: Report, known: Sequence[Standing], files: Sequence[Path], console: Console
) -> dict[str, Json]:
    language = console.speech.language
    return {
        **summary(report),
        "complete": True,
        "open": sum(one.state is State.OPEN for one in known),
        "to_find_out": sum(one.state is State.TO_FIND_OUT for one in known),
        "measures": [
            {
                "question": one.measure.id,
                "requirement": one.measure.requirement,
                "state": one.state.value,
                "partly": one.partly,
                "first_step": one.measure.first_step.of(language),
            }
            for one in known
        ],
        "files": [str(file) for file in files],
    }
