"""Turns what went wrong into one sentence and an exit code; shows nobody a stack trace."""

import datetime as dt
import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from reports.cli.speech import InputError, Speech

if TYPE_CHECKING:
    from scenarios.errors import DeclarationError, Phrase

GOOD, BAD, WRONG_INPUT, LAB_FAULT = 0, 1, 2, 3
INTERRUPTED = 130


def answer(command: Callable[[], int], *, speech: Speech, words: Sequence[str]) -> int:
    """Run a command; whatever it raises becomes a sentence and an exit code."""
    as_json = "--json" in words
    try:
        return command()
    except InputError as wrong:
        what = speech.t(wrong.what)
        mend = speech.t(wrong.mend) if wrong.mend else ""
        detail = wrong.detail if isinstance(wrong.detail, str) else _sentence(wrong.detail, speech)
        _say(speech, what=what, where=wrong.where, detail=detail, mend=mend, as_json=as_json)
        return WRONG_INPUT
    except KeyboardInterrupt:
        sys.stderr.write(speech.t("cli.interrupted") + "\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever reads our output has had enough of it; that is no fault.
        sys.stderr.close()
        return GOOD
    except Exception as error:  # noqa: BLE001  the last net: nobody is shown a stack trace
        return _other(error, speech=speech, as_json=as_json)


def _other(error: Exception, *, speech: Speech, as_json: bool) -> int:
    """Answer the families of exceptions that other packages raise, and the unexpected ones."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    if _is_declaration(error):
        _say_mistakes(cast("DeclarationError", error), speech=speech, as_json=as_json)
        return WRONG_INPUT
    log = _log(error)
    what = speech.t("cli.fault.lab")
    mend = speech.t("cli.mend.log", file=log)
    detail = _masked(f"{type(error).__name__}: {error}")
    _say(speech, what=what, where="", detail=detail, mend=mend, as_json=as_json)
    return LAB_FAULT


def _is_declaration(error: Exception) -> bool:
    """Whether the vendor's file is wrong; asked by name, so that nothing heavy is imported."""
    scenarios = sys.modules.get("scenarios.errors")
    return scenarios is not None and isinstance(error, scenarios.DeclarationError)


def _say_mistakes(error: "DeclarationError", *, speech: Speech, as_json: bool) -> None:
    """Write every mistake of a declaration with file, line, field, sentence and hint."""
    from reports.render.mistakes import mistakes  # noqa: PLC0415  only where it is needed
    from reports.render.texts import texts  # noqa: PLC0415  as above

    first, *others = mistakes(error, texts(speech.language))
    what, mend = speech.t("cli.wrong.declaration"), speech.t("cli.mend.declaration")
    if as_json:
        content = {
            "what": what,
            "where": first.place,
            "detail": first.message,
            "mend": mend,
            **first.as_json(),
            "others": [other.as_json() for other in others],
        }
        sys.stdout.write(json.dumps({"error": content}, ensure_ascii=False) + "\n")
        return
    lines = [f"equalis{speech.t('cli.colon')} {what}"]
    for one in (first, *others):
        lines += [f"  {one.place}", f"    {one.message}"]
        lines += [f"    {one.hint}"] if one.hint else []
    sys.stderr.write("\n".join([*lines, f"  {mend}"]) + "\n")


def _sentence(phrase: "Phrase", speech: Speech) -> str:
    """Return a sentence of the lab, or one of the command line's own."""
    if phrase.message_id.startswith("cli."):
        return speech.t(phrase.message_id, **phrase.params)
    from reports.render.mistakes import say  # noqa: PLC0415  only where it is needed
    from reports.render.texts import texts  # noqa: PLC0415  as above

    return say(phrase, texts(speech.language))


def _say(speech: Speech, *, what: str, where: str, detail: str, mend: str, as_json: bool) -> None:
    """Write what, where and how to mend it."""
    if as_json:
        content = {"error": {"what": what, "where": where, "detail": detail, "mend": mend}}
        sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
        return
    lines = [f"equalis{speech.t('cli.colon')} {what}"]
    lines += [f"  {where}"] if where else []
    lines += [f"  {detail}"] if detail else []
    lines += [f"  {mend}"] if mend else []
    sys.stderr.write("\n".join(lines) + "\n")


def _masked(text: str) -> str:
    from reference_server.national.strangers import masked  # noqa: PLC0415  only where it is needed

    return masked(text)


def _log(error: Exception) -> str:
    """Keep the stack trace in a file and return its name."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S")
    return keep(f"equalis-{stamp}.log", "".join(traceback.format_exception(error)))


def keep(name: str, text: str) -> str:
    """Append to a log file in var/, or where temporary files go; return the file's name.

    What may be a real person's number does not reach it.
    """
    text = _masked(text)
    for folder in (Path("var"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(exist_ok=True)
            with (folder / name).open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            continue
        return str(folder / name)
    return "-"
