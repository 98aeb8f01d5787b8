"""The command dossier: a vendor's declared answers with evidence, beside what was measured."""

import datetime as dt
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from reports.cesar.banks import load_instrument
from reports.cesar.dossier.assessing import Assessed, assess
from reports.cesar.dossier.carrying import carried_dossier
from reports.cesar.dossier.evidence import LARGEST, Evidence, examined
from reports.cesar.dossier.model import Dossier
from reports.cesar.dossier.sbom import Bill, read_bill
from reports.cli.console import Console, Json
from reports.cli.speech import InputError
from reports.cli.writing import make_folder
from reports.render.canonical import REPORT_JSON, read_report
from reports.render.dossier.sheet import DOSSIER_JSON, Sheet, as_html, as_pdf
from reports.render.pdf import PdfUnavailableError
from scenarios.reader import read_model
from test_suites.core.verdict import Verdict

PAGE: Final = "dossier.html"
REPORT: Final = "dossier.pdf"


def execute(name: str, arguments: Namespace) -> int:
    """Read, grade, compare and report; 1 where an answer is contradicted or the file has faults."""
    del name
    console, file = Console.of(arguments), arguments.file
    declared = read_model(file, model=Dossier, name=file.name)
    instrument = load_instrument("vendor")
    dossier = carried_dossier(declared, instrument)
    if dossier is None:
        raise InputError("cli.wrong.dossier-version", where=str(file), detail=declared.version)
    if dossier.version != declared.version:
        console.tell(
            "cli.dossier.renewed",
            before=declared.version,
            now=dossier.version,
            again=", ".join(dossier.earlier) or "\N{EN DASH}",
        )
    files = _evidence(dossier, file.parent)
    found = assess(dossier, instrument, files=files, verdicts=_verdicts(arguments.campaign))
    bill = _bill(dossier, file.parent)
    sheet = Sheet(
        dossier=dossier,
        assessed=found,
        instrument=instrument,
        files=files,
        bill=bill,
        day=dt.datetime.now(dt.UTC).date(),
    )
    make_folder(arguments.out)
    written = _written(arguments.out, sheet, console)
    contradicted = [one.question for one in found.measured if one.standing == "contradicted"]
    console.result(_told(found, contradicted, written))
    console.tell(
        "cli.dossier.told",
        band=found.result.band,
        low=found.result.low,
        contradicted=len(contradicted),
        faults=len(found.faults),
    )
    for one in written:
        console.line(str(one))
    return int(bool(contradicted or found.faults))


def _evidence(dossier: Dossier, folder: Path) -> dict[str, Evidence]:
    """Return the files that answers name; one that is not beside the dossier is left out."""
    names = {name for one in dossier.answers.values() for name in one.files}
    found = {}
    for name in sorted(names):
        file = _beside(folder, name)
        if file is not None:
            with file.open("rb") as opened:
                found[name] = examined(name, opened.read(LARGEST + 1))
    return found


def _beside(folder: Path, name: str) -> Path | None:
    """Return a file below a folder; None for what is not there, or leads out of it."""
    file = (folder / name).resolve()
    return file if file.is_relative_to(folder.resolve()) and file.is_file() else None


def _bill(dossier: Dossier, folder: Path) -> Bill | None:
    if dossier.sbom is None:
        return None
    file = _beside(folder, dossier.sbom)
    if file is None:
        raise InputError("cli.wrong.dossier-sbom", where=str(folder / dossier.sbom))
    return read_bill(file.read_bytes())


def _verdicts(campaign: Path | None) -> Mapping[str, Verdict]:
    """Return what a campaign found, by requirement id; nothing without one."""
    if campaign is None:
        return {}
    try:
        report = read_report(campaign)
    except (OSError, ValidationError):
        raise InputError("cli.wrong.dossier-campaign", where=str(campaign / REPORT_JSON)) from None
    return {one.id: one.verdict for one in report.requirements}


def _written(folder: Path, sheet: Sheet, console: Console) -> list[Path]:
    """Write data, page and report; without Pango all but the PDF."""
    language = console.speech.language
    files = [folder / DOSSIER_JSON, folder / PAGE]
    files[0].write_bytes(sheet.content)
    files[1].write_text(as_html(sheet, language), encoding="utf-8")
    try:
        (folder / REPORT).write_bytes(as_pdf(sheet, language))
        files.append(folder / REPORT)
    except PdfUnavailableError as missing:
        console.progress(console.t("cli.pdf-unavailable", packages=missing))
    return files


def _told(found: Assessed, contradicted: list[str], files: list[Path]) -> dict[str, Json]:
    return {
        "band": found.result.band,
        "low": found.result.low,
        "confidence": found.result.confidence,
        "contradicted": contradicted,
        "faults": [f"{one.where} {one.id}" for one in found.faults],
        "files": [str(one) for one in files],
    }
