"""The command verify: chain, digests, judgement, schema and attachment; mends nothing."""

import hashlib
import json
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from reports.cli.console import Console
from reports.cli.judging import judge_folder
from reports.cli.speech import InputError
from reports.cli.writing import REPORT_PDF, because, first_mistake
from reports.render.canonical import REPORT_JSON, from_json, to_json
from reports.render.mistakes import say
from reports.render.model import Report
from reports.render.texts import texts
from scenarios import load_catalogue
from test_suites.capture.chain import Problem, verify
from test_suites.capture.journal import JOURNAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found: sentences of what is wrong, or of what is good, and broken records."""

    problems: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    records: tuple[int, ...] = ()


def execute(name: str, arguments: Namespace) -> int:
    """Check a run folder, a report.json or a report.pdf; 1 when something was altered."""
    del name
    console, target = Console.of(arguments), arguments.target
    if target.suffix == ".pdf":
        checked = verify_pdf(target, console)
    elif target.is_dir():
        checked = verify_folder(target, console)
    else:
        checked = verify_report_file(target, console)
    console.result(
        {
            "where": str(target),
            "intact": not checked.problems,
            "problems": list(checked.problems),
            "records": list(checked.records),
        }
    )
    if checked.problems:
        console.tell("cli.verify.bad", where=target)
    for line in checked.problems or checked.good:
        console.line(f"  {line}" if checked.problems else line)
    return 1 if checked.problems else 0


def verify_folder(folder: Path, console: Console) -> Checked:
    """Check a run folder: the chain, every file, and that the report follows from them."""
    if not (folder / JOURNAL).is_file():
        raise InputError("cli.wrong.no-journal", where=str(folder), mend="cli.mend.run-folder")
    broken = verify(folder)
    problems = [sentence(problem, console) for problem in broken]
    records = tuple(problem.record for problem in broken if problem.record is not None)
    if problems:
        return Checked(problems=tuple(problems), records=records)
    report, problems = _report_problems(folder, console)
    if (folder / REPORT_PDF).is_file():
        problems += _attachment_problems(folder / REPORT_PDF, console)
    if problems or report is None:
        return Checked(problems=tuple(problems))
    exhibits = sum(one.kind == "exhibit" for one in report.evidence)
    good = [
        console.t("cli.verify.good", where=folder, records=report.run.records, exhibits=exhibits),
        console.t("cli.verify.report-good", number=report.report_number),
    ]
    if (folder / REPORT_PDF).is_file():
        good.append(console.t("cli.verify.pdf-good"))
    return Checked(good=tuple(good))


def verify_report_file(file: Path, console: Console) -> Checked:
    """Check a report.json alone, or with the run folder it lies in."""
    if not file.is_file():
        raise InputError("cli.wrong.no-file", where=str(file), mend="cli.mend.run-folder")
    if (file.parent / JOURNAL).is_file() and file.name == REPORT_JSON:
        return verify_folder(file.parent, console)
    if not _is_json(file):
        raise InputError("cli.wrong.no-report-file", where=str(file), mend="cli.mend.run-folder")
    report, problems = _read(file, console)
    good = (console.t("cli.verify.schema-good", number=report.report_number),) if report else ()
    return Checked(problems=tuple(problems), good=good)


def verify_pdf(file: Path, console: Console) -> Checked:
    """Check that a PDF holds exactly the report.json beside it."""
    if not file.is_file():
        raise InputError("cli.wrong.no-file", where=str(file), mend="cli.mend.run-folder")
    problems = _attachment_problems(file, console)
    return Checked(problems=tuple(problems), good=(console.t("cli.verify.pdf-good"),))


def _report_problems(folder: Path, console: Console) -> tuple[Report | None, list[str]]:
    """Check report.json against its schema and against the evidence, judged again."""
    file = folder / REPORT_JSON
    report, problems = _read(file, console)
    if report is None or problems:
        return None, problems
    for evidence in report.evidence:
        path = folder / evidence.name
        if not path.is_file():
            problems.append(console.t("cli.verify.problem.missing", file=evidence.name))
        elif hashlib.sha256(path.read_bytes()).hexdigest() != evidence.sha256:
            problems.append(console.t("cli.verify.problem.digest", file=evidence.name))
    if problems:
        return report, problems
    if load_catalogue().digest != report.digests.catalogue:
        return report, [console.t("cli.verify.problem.other-catalogue", file=REPORT_JSON)]
    again = judge_folder(folder, scheme_id=report.scheme.id, lab=report.lab)
    if to_json(again) != file.read_bytes():
        problems.append(
            console.t("cli.verify.problem.judgement", file=REPORT_JSON, number=again.report_number)
        )
    return report, problems


def _read(file: Path, console: Console) -> tuple[Report | None, list[str]]:
    """Read a report and say what its schema has against it."""
    if not file.is_file():
        return None, [console.t("cli.verify.problem.missing", file=file.name)]
    try:
        return from_json(file.read_bytes()), []
    except OSError as error:
        raise InputError("cli.wrong.unreadable", where=str(file), detail=because(error)) from error
    except ValidationError as invalid:
        field, what = first_mistake(invalid)
        said = say(what, texts(console.speech.language))
        detail = f"{field}{console.t('cli.colon')} {said}" if field else said
    return None, [console.t("cli.verify.problem.schema", file=file.name, detail=detail)]


def _is_json(file: Path) -> bool:
    """Whether a file could be a report at all."""
    try:
        json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return False
    except OSError as error:
        raise InputError("cli.wrong.unreadable", where=str(file), detail=because(error)) from error
    return True


def _attachment_problems(file: Path, console: Console) -> list[str]:
    """Compare the report.json inside a PDF with the one beside it."""
    import pikepdf  # noqa: PLC0415  only where there is a PDF to look into

    try:
        with pikepdf.open(file) as document:
            if REPORT_JSON not in document.attachments:
                return [console.t("cli.verify.problem.no-attachment", file=file.name)]
            attached = document.attachments[REPORT_JSON].get_file().read_bytes()
    except pikepdf.PdfError:
        return [console.t("cli.verify.problem.not-pdf", file=file.name)]
    beside = file.with_name(REPORT_JSON)
    if not beside.is_file():
        return [console.t("cli.verify.problem.missing", file=REPORT_JSON)]
    if beside.read_bytes() != attached:
        return [console.t("cli.verify.problem.attachment", file=file.name)]
    return []


def sentence(problem: Problem, console: Console) -> str:
    """Return the sentence of one broken record or file."""
    params = {**problem.params, "record": problem.record}
    return texts(console.speech.language).t(problem.message_id, **params)
