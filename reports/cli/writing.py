"""Writes a report's files into a run folder, and reads the report back; judges nothing."""

import tempfile
from pathlib import Path

from pydantic import ValidationError

from reference_server.text import system_reason
from reports.cli.console import Console
from reports.cli.speech import InputError
from reports.render.canonical import REPORT_JSON, read_report, to_json
from reports.render.junit import render_junit
from reports.render.model import Report
from reports.render.page import render_html
from reports.render.pdf import PdfUnavailableError, render_pdf
from scenarios.document import field_name
from scenarios.errors import Phrase
from scenarios.wording import wrong

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
        what = "cli.wrong.not-a-folder" if folder.exists() else "cli.wrong.no-folder"
        raise InputError(what, where=str(folder), mend="cli.mend.run-folder")
    where, mend = str(folder / REPORT_JSON), "cli.mend.run-folder"
    try:
        return read_report(folder)
    except OSError as error:
        raise InputError(
            "cli.wrong.no-report", where=where, detail=because(error), mend=mend
        ) from error
    except ValidationError as invalid:
        field, what_is_wrong = first_mistake(invalid)
        where = f"{where}: {field}" if field else where
        raise InputError(
            "cli.wrong.no-report", where=where, detail=what_is_wrong, mend=mend
        ) from invalid


def first_mistake(invalid: ValidationError) -> tuple[str, Phrase]:
    """Return field and sentence of the first thing that a report has wrong."""
    found = wrong(Report, invalid.errors()[0])
    return field_name(found.place), found.what


def because(error: OSError) -> Phrase:
    """Return why the system refused."""
    return Phrase(*system_reason(error))


def make_folder(folder: Path) -> None:
    """Make a folder that can be written to; raises InputError where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        "cli.wrong.unwritable", where=str(path), detail=because(error), mend="cli.mend.unwritable"
    )


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
    try:
        draft.write_bytes(content)
        draft.replace(file)
    except OSError as error:
        raise _unwritable(file, error) from error
    return file
