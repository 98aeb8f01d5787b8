"""Puts the questions of an assessment at this terminal and keeps its draft; decides nothing."""

import contextlib
import datetime as dt
import os
import shutil
import sys
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from reports.cesar.answers import Draft
from reports.cesar.bank import Bank
from reports.cesar.dialogue import Dialogue
from reports.cli.console import Console
from reports.cli.speech import InputError
from reports.cli.writing import because
from reports.render.texts import texts

M = TypeVar("M", bound=BaseModel)

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
        say=say,
        ask=ask,
        keep=lambda draft: keep(folder, draft),
        size_given=size_given,
        now=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )


def keep(folder: Path, draft: BaseModel, *, name: str = DRAFT) -> None:
    """Write the draft, whole or not at all, for its owner's eyes only."""
    file, new = folder / name, folder / f".{name}.new"
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
    draft = read_kept(folder, Draft, name=DRAFT)
    if draft.bank != bank.version or set(draft.answers) - {one.id for one in bank.measures}:
        raise InputError("cli.wrong.draft", where=str(folder / DRAFT), mend="cli.mend.draft")
    return draft


def read_kept(folder: Path, model: type[M], *, name: str) -> M:
    """Return what was kept under a name; raises InputError where it is missing or damaged."""
    file = folder / name
    try:
        with file.open("rb") as written:
            return model.model_validate_json(written.read(LARGEST))
    except FileNotFoundError as error:
        raise InputError("cli.wrong.no-draft", where=str(folder), mend="cli.mend.resume") from error
    except OSError as error:
        raise InputError("cli.wrong.unreadable", where=str(file), detail=because(error)) from error
    except ValidationError as error:
        raise InputError("cli.wrong.draft", where=str(file), mend="cli.mend.draft") from error


def left(folder: Path, name: str, console: Console, code: int) -> int:
    """Say that the answers were kept, and how to go on; nothing is kept of nothing."""
    if not (folder / name).is_file():
        forget(folder, name)
        sys.stderr.write("\n" + console.t("cli.assess.nothing-kept") + "\n")
        console.result({"complete": False, "resume": None})
        return code
    sys.stderr.write("\n" + console.t("cli.assess.kept", folder=folder) + "\n")
    console.result({"complete": False, "resume": str(folder)})
    return code


def forget(folder: Path, name: str = DRAFT) -> None:
    """Take the draft away, and the folder with it where nothing else is in it."""
    (folder / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def say(line: str) -> None:
    """Say a line; results alone go to standard output."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def ask(prompt: str) -> str:
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
