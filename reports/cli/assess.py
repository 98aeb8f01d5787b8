"""The command assess: a practice answers for itself, and gets an ordinary run folder and report.

The questions come first and leave only a draft; the run that follows puts the answers into
the evidence, where they are judged like everything else. Asked whole, an instrument has a score
and a ranking beside that; `--short` asks the twelve essential measures alone.
"""

import datetime as dt
import os
import shutil
from argparse import Namespace
from pathlib import Path
from typing import Final

from reports.cesar.activity import declaring
from reports.cesar.answers import Draft, evidence, final
from reports.cesar.bank import Bank, load_bank
from reports.cesar.declaration import subject_toml
from reports.cesar.essentials import essential
from reports.cesar.replies import Replies
from reports.cesar.voice import StoppedError
from reports.cli.assessed import tell
from reports.cli.console import Console
from reports.cli.failures import INTERRUPTED, WRONG_INPUT
from reports.cli.interview import DRAFT, dialogue, forget, kept, left
from reports.cli.judging import judge_folder
from reports.cli.runs import exit_code
from reports.cli.settings import lab
from reports.cli.speech import InputError
from reports.cli.whole import REPLIES, assess_whole
from reports.cli.writing import make_folder, write_report
from reports.render.texts import texts
from scenarios import load_catalogue
from scenarios.model import Operation
from test_suites.capture.journal import EXHIBITS, JOURNAL
from test_suites.engine.plan import make_plan
from test_suites.engine.run import PLAN, SUBJECT, Options, run_campaign
from test_suites.subjects.reader import read_subject

SCHEME: Final = "CESAR-KO"
OTHERS_NOTHING: Final = 0o077
DEFAULT_OUT: Final = Path("var/assess")


def execute(name: str, arguments: Namespace) -> int:
    """Ask, record, judge and report; 0 where no essential measure is open, 1 where one is.

    What is written is for its owner's eyes only: answers tell where a practice is weak.
    """
    del name
    usual = os.umask(OTHERS_NOTHING)
    try:
        return _assess(arguments)
    finally:
        os.umask(usual)


def _assess(arguments: Namespace) -> int:
    if arguments.short and arguments.instrument == "vendor":
        raise InputError("cli.wrong.short-vendor", where="--short", mend="cli.mend.short-vendor")
    console, folder = Console.of(arguments), _folder(arguments)
    if not _is_short(arguments, folder):
        return assess_whole(arguments, folder, _judged)
    bank = load_bank()
    draft = _begun(arguments, folder, bank)
    try:
        asking = dialogue(bank, folder, arguments.language, size_given=arguments.size is not None)
        draft = asking.run(draft)
    except KeyboardInterrupt:
        return left(folder, DRAFT, console, INTERRUPTED)
    except (EOFError, StoppedError):
        return left(folder, DRAFT, console, WRONG_INPUT)
    _record(draft, bank, folder, console)
    report = judge_folder(folder, scheme_id=None, lab=lab())
    files = write_report(folder, report, console)
    forget(folder)
    tell(report, files, console)
    return exit_code(report)


def _is_short(arguments: Namespace, folder: Path) -> bool:
    """Tell whether the twelve are asked alone; what was left is gone on with as it was begun."""
    if arguments.resume is None:
        return bool(arguments.short)
    return not (folder / REPLIES).is_file()


def _judged(replies: Replies, folder: Path, console: Console) -> tuple[tuple[Path, ...], int]:
    """Put the knock-outs of a practice into an ordinary run; return its files and exit code."""
    if replies.instrument == "vendor":
        return (), 0
    bank = load_bank()
    _clear(folder)
    _record(essential(replies, bank), bank, folder, console)
    report = judge_folder(folder, scheme_id=None, lab=lab())
    return write_report(folder, report, console), exit_code(report)


def _folder(arguments: Namespace) -> Path:
    """Return the folder to work in; raises InputError where something is in it already."""
    if arguments.resume is not None:
        return Path(arguments.resume)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    folder = Path(arguments.out or DEFAULT_OUT / stamp)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        drafts = (DRAFT, REPLIES)
        resumable = any((folder / name).is_file() for name in drafts)
        mend = "cli.mend.resume-this" if resumable else "cli.mend.out"
        raise InputError("cli.wrong.out-taken", where=str(folder), mend=mend)
    return folder


def _begun(arguments: Namespace, folder: Path, bank: Bank) -> Draft:
    """Return the draft to go on with."""
    if arguments.resume is not None:
        draft = kept(folder, bank)
        _clear(folder)
    else:
        draft = Draft(bank=bank.version)
        make_folder(folder)
    return draft.but(size=arguments.size) if arguments.size is not None else draft


def _clear(folder: Path) -> None:
    """Take away what a run left that was cut off; its answers are in the draft still."""
    shutil.rmtree(folder / EXHIBITS, ignore_errors=True)
    for name in (JOURNAL, PLAN, SUBJECT):
        (folder / name).unlink(missing_ok=True)


def _record(draft: Draft, bank: Bank, folder: Path, console: Console) -> None:
    """Put the answers into the evidence of an ordinary run."""
    spoken, catalogue = texts(console.speech.language), load_catalogue()
    subject_file = folder / SUBJECT
    declaration = subject_toml(draft, anonymous=spoken.t("cesar.anonymous"))
    subject_file.write_text(declaration, encoding="utf-8")
    subject = read_subject(subject_file, today=dt.datetime.now(dt.UTC).date())
    asked = frozenset({Operation.DECLARE})
    answers = final(draft, bank)
    recorded = {one.id: evidence(one, answers[one.id], draft) for one in bank.measures}
    run_campaign(
        subject,
        make_plan(subject, catalogue, activities=asked, only=True, scheme=SCHEME),
        folder,
        lambda _: None,
        subject_file=subject_file,
        catalogue=catalogue,
        options=Options(activities={Operation.DECLARE: declaring(recorded)}),
    )
