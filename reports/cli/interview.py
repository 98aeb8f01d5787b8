"""Puts the questions of an assessment at this terminal and keeps its draft; decides nothing."""

import contextlib
import datetime as dt
import os
import shutil
import sys
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from reports.cesar.answers import Draft
from reports.cesar.bank import Bank
from reports.cesar.dialogue import Dialogue
from reports.cli.speech import InputError
from reports.cli.writing import because
from reports.render.texts import texts

DRAFT: Final = "draft.json"
LARGEST: Final = 256 * 1024
OWNER_ONLY: Final = 0o600


def dialogue(bank: Bank, folder: Path, language: str, *, size_given: bool) -> Dialogue:
    """Return the dialogue at this terminal; every answer is kept in the folder at once."""
    return Dialogue(
        bank=bank,
        t=texts(language).t,
        language=language,
        width=shutil.get_terminal_size().columns - 1,
        say=_say,
        ask=_ask,
        keep=lambda draft: keep(folder, draft),
        size_given=size_given,
        now=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )


def keep(folder: Path, draft: Draft) -> None:
    """Write the draft, whole or not at all, for its owner's eyes only."""
    file, new = folder / DRAFT, folder / f".{DRAFT}.new"
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as written:
            written.write(draft.model_dump_json(indent=1).encode() + b"\n")
            written.flush()
            os.fsync(written.fileno())
        new.replace(file)
    except OSError as error:
        raise InputError(
            "cli.wrong.unwritable",
            where=str(file),
            detail=because(error),
            mend="cli.mend.unwritable",
        ) from error


def kept(folder: Path, bank: Bank) -> Draft:
    """Return the draft of an assessment that was left; raises InputError where there is none."""
    file = folder / DRAFT
    try:
        with file.open("rb") as written:
            draft = Draft.model_validate_json(written.read(LARGEST))
    except FileNotFoundError as error:
        raise InputError("cli.wrong.no-draft", where=str(folder), mend="cli.mend.resume") from error
    except OSError as error:
        raise InputError("cli.wrong.unreadable", where=str(file), detail=because(error)) from error
    except ValidationError as error:
        raise InputError("cli.wrong.draft", where=str(file), mend="cli.mend.draft") from error
    if draft.bank != bank.version or set(draft.answers) - {one.id for one in bank.measures}:
        raise InputError("cli.wrong.draft", where=str(file), mend="cli.mend.draft")
    return draft


def forget(folder: Path) -> None:
    """Take the draft away, and the folder with it where nothing else is in it."""
    (folder / DRAFT).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def _say(line: str) -> None:
    """Say a line; results alone go to standard output."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _ask(prompt: str) -> str:
    """Return what was typed; raises EOFError at the end of the input."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.buffer.readline(LARGEST)
    if not line:
        sys.stderr.write("\n")
        raise EOFError
    if not sys.stdin.isatty():
        sys.stderr.write("\n")
    return line.decode("utf-8", "replace")
