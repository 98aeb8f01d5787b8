"""The command `init`: asks, writes the subject file and its schema; tests nothing."""

import contextlib
import datetime as dt
import json
import sys
from argparse import ArgumentParser, Namespace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from reference_server.text import Catalogue, default_catalogue, system_reason

if TYPE_CHECKING:
    from test_suites.subjects.asking import Dialogue, Say

GOOD, WRONG_INPUT = 0, 2
DEFAULT_FILE = "subject.toml"


def configure(_name: str, parser: ArgumentParser) -> None:
    """Add the arguments of `init`."""
    say = speaker(parser.get_default("language") or "fr")
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=Path(DEFAULT_FILE),
        metavar="FILE",
        help=say("init.option.file"),
    )
    parser.add_argument("--schema", action="store_true", help=say("init.option.schema"))


def execute(_name: str, arguments: Namespace) -> int:
    """Ask and write; 2 where the answers ended, or nothing may be written."""
    from test_suites.subjects.asking import AnswersEndedError, Dialogue
    from test_suites.subjects.schema import schema_text

    if arguments.schema:
        sys.stdout.write(schema_text())
        return GOOD
    say = speaker(arguments.language)
    dialogue = Dialogue(say=say, tell=_tell, ask=_ask)
    try:
        written = _init(dialogue, arguments.file)
    except AnswersEndedError:
        _tell("")
        _tell(say("init.ended"))
        return WRONG_INPUT
    except OSError as error:
        message_id, params = system_reason(error)
        why = default_catalogue().render(message_id, params, arguments.language)
        _tell(say("init.unwritable", file=str(error.filename or arguments.file), reason=why))
        return WRONG_INPUT
    if not written:
        _tell(say("init.kept", file=str(arguments.file)))
        return WRONG_INPUT
    if arguments.json:
        print(json.dumps({"files": list(map(str, written))}, ensure_ascii=False))
    else:
        for file in written:
            print(file)
        _tell(say("init.next", file=str(arguments.file)))
    return GOOD


def _init(dialogue: "Dialogue", file: Path) -> tuple[Path, ...]:
    """Return the files written; none where what is there stays."""
    from reference_server.population.personas import load
    from test_suites.subjects.asking import ask_subject
    from test_suites.subjects.reader import parse_subject
    from test_suites.subjects.schema import FILE, schema_text
    from test_suites.subjects.writing import subject_text

    if file.exists() and not dialogue.is_so("overwrite", default=False, file=str(file)):
        return ()
    today = dt.datetime.now(dt.UTC).date()
    dialogue.tell(dialogue.say("init.begin"))
    tables = ask_subject(dialogue, population=load(), folder=file.parent, today=today)
    text = subject_text(tables, dialogue.say, schema=FILE)
    parse_subject(text, file=str(file), today=today)
    schema = file.with_name(FILE)
    chosen = {file: text}
    if not _holds(schema, schema_text()) and (
        not schema.exists() or dialogue.is_so("overwrite", default=False, file=str(schema))
    ):
        chosen[schema] = schema_text()
    file.parent.mkdir(parents=True, exist_ok=True)
    for path, content in chosen.items():
        path.write_text(content, encoding="utf-8")
    return tuple(chosen)


def _holds(file: Path, text: str) -> bool:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text("utf-8") == text
    return False


def _tell(text: str) -> None:
    """Write a line; results alone go to standard output."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _ask(question: str) -> str:
    from test_suites.subjects.asking import AnswersEndedError

    sys.stderr.write(question)
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise AnswersEndedError
    return answer


def speaker(language: str) -> "Say":
    """Return what gives the sentences of `init` in a language."""

    def say(message_id: str, **params: object) -> str:
        return _catalogue().render(message_id, params, language)

    return say


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(files("test_suites.subjects") / "messages")
