"""Writes a report's files into a run folder, and reads the report back; judges nothing."""

from pathlib import Path

from pydantic import ValidationError

from reports.cli.console import Console
from reports.cli.speech import InputError
from reports.render.canonical import REPORT_JSON, read_report, to_json
from reports.render.junit import render_junit
from reports.render.model import Report
from reports.render.page import render_html
from reports.render.pdf import PdfUnavailableError, render_pdf

REPORT_HTML, REPORT_PDF, JUNIT_XML = "report.html", "report.pdf", "junit.xml"


def write_report(folder: Path, report: Report, console: Console) -> tuple[Path, ...]:
    """Write report.json and every page made from it; without Pango all but the PDF."""
    language = console.speech.language
    console.progress(console.t("cli.run.rendering"))
    written = [
        _put(folder / REPORT_JSON, to_json(report)),
        _put(folder / REPORT_HTML, render_html(report, language=language).encode()),
        _put(folder / JUNIT_XML, render_junit(report, language=language)),
    ]
    try:
        written.append(_put(folder / REPORT_PDF, render_pdf(report, language=language)))
    except PdfUnavailableError as missing:
        # A page of an earlier report must not stand beside the new one.
        (folder / REPORT_PDF).unlink(missing_ok=True)
        console.progress(console.t("cli.pdf-unavailable", packages=missing))
    return tuple(written)


def existing_report(folder: Path) -> Report:
    """Return the report of a run folder; raises InputError when there is none."""
    if not folder.is_dir():
        raise InputError("cli.wrong.no-folder", where=str(folder), mend="cli.mend.run-folder")
    try:
        return read_report(folder)
    except (OSError, ValidationError) as unreadable:
        raise InputError(
            "cli.wrong.no-report",
            where=str(folder / REPORT_JSON),
            detail=_first_line(unreadable),
            mend="cli.mend.run-folder",
        ) from unreadable


def summary(report: Report) -> dict[str, str | int]:
    """Return what a build server wants to know of a report."""
    return {
        "report_number": report.report_number,
        "product": report.subject.product,
        "version": report.subject.version,
        "outcome": report.outcome.value,
        "outcome_with_assumed": report.outcome_with_assumed.value,
        "requirements": len(report.requirements),
        "cases": len(report.cases),
        "findings": len(report.findings),
        "not_held": unheld(report),
        "lab_errors": report.counts.lab_errors,
    }


def unheld(report: Report) -> int:
    """Return how many findings did not hold."""
    return sum(finding.fact != "held" for finding in report.findings)


def _put(file: Path, content: bytes) -> Path:
    """Write a file so that it is there whole or not at all."""
    draft = file.with_name(f".{file.name}.new")
    draft.write_bytes(content)
    draft.replace(file)
    return file


def _first_line(error: Exception) -> str:
    """Return the first line of what a library says."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
