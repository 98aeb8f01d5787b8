"""The command assess, whole: a whole instrument at this terminal, its result, and its report."""

import datetime as dt
import shutil
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from reports.cesar.banks import load_instrument
from reports.cesar.ladder import Ladder
from reports.cesar.questions import Instrument, Question
from reports.cesar.ranking import FIRST
from reports.cesar.replies import Replies
from reports.cesar.result import ActionResult, Result, assessed
from reports.cesar.versions import carried_replies
from reports.cesar.voice import StoppedError, Voice
from reports.cli.console import Console, Json
from reports.cli.failures import INTERRUPTED, WRONG_INPUT
from reports.cli.interview import ask, forget, keep, left, read_kept, say
from reports.cli.speech import InputError
from reports.cli.writing import make_folder
from reports.render.result.retold import news
from reports.render.texts import texts

REPLIES: Final = "replies.json"
RESULT: Final = "assessment.json"
Judge: TypeAlias = Callable[[Replies, Path, Console], tuple[tuple[Path, ...], int]]


def assess_whole(arguments: Namespace, folder: Path, judge: Judge) -> int:
    """Ask, score and show; 0 where no knock-out is open, 1 where one is.

    `judge` puts the knock-outs into the evidence of an ordinary run and returns the files of its
    report with its exit code; a vendor's answers have no such run yet.
    """
    console = Console.of(arguments)
    instrument, replies = _begun(arguments, folder)
    shown = Shown(instrument=instrument, console=console)
    try:
        replies = _dialogue(instrument, folder, arguments.language, shown).run(replies)
    except KeyboardInterrupt:
        return left(folder, REPLIES, console, INTERRUPTED)
    except (EOFError, StoppedError):
        return left(folder, REPLIES, console, WRONG_INPUT)
    result = assessed(instrument, replies)
    file = folder / RESULT
    file.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    files, code = judge(replies, folder, console)
    forget(folder, REPLIES)
    shown.whole(result, (file, *files))
    return code if files else int(bool(result.open))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Owns how a result is told, for a person or as JSON."""

    instrument: Instrument
    console: Console

    def _t(self, message_id: str, **params: object) -> str:
        return texts(self._language).t(message_id, **params)

    @property
    def _language(self) -> str:
        return self.console.speech.language

    def milestone(self, replies: Replies, tell: Callable[[str], None]) -> None:
        """Tell the ceiling and the first actions, when the knock-outs are answered."""
        result = assessed(self.instrument, replies)
        tell("")
        tell(self._t("cesar.result.ceiling", band=result.ceiling))
        for line in self._causes(result):
            tell(line)
        for number, one in enumerate(result.actions[:FIRST], start=1):
            tell(f"{number}. {self._headline(one)}")
        tell(self._t("cesar.result.deeper"))

    def whole(self, result: Result, files: tuple[Path, ...]) -> None:
        """Tell the band with what capped it, the number, what to do first, and the files."""
        console = self.console
        console.result(_as_json(result, files))
        console.line()
        console.line(self._t(f"cesar.result.band.{result.band.casefold()}"))
        for line in self._causes(result):
            console.line(line)
        console.line(self._number(result))
        for one in result.domains:
            name = next(d.name for d in self.instrument.domains if d.id == one.id)
            console.line(f"  {self._range(one.low, one.high):>9}  {name.of(self._language)}")
        self._actions(result)
        console.line()
        console.line(self._t("cesar.result.own"))
        for file in files:
            console.line(f"  {file}")

    def _causes(self, result: Result) -> list[str]:
        causes = []
        if result.open:
            causes.append(self._t("cesar.result.open", questions=self._asked(result.open)))
        if result.half:
            causes.append(self._t("cesar.result.half", questions=self._asked(result.half)))
        return causes

    def _number(self, result: Result) -> str:
        share = round(result.coverage * 100)
        low, high = self._figure(result.low), self._figure(result.high)
        if low == high:
            return self._t("cesar.result.number", low=low, coverage=share)
        return self._t("cesar.result.range", low=low, high=high, coverage=share)

    def _figure(self, figure: float) -> str:
        """Return a figure with the decimal sign of the language."""
        return f"{figure:g}".replace(".", self._t("cesar.result.decimal"))

    def _actions(self, result: Result) -> None:
        console = self.console
        for number, one in enumerate(result.actions[:FIRST], start=1):
            if number == 1:
                console.line()
                console.line(self._t("cesar.result.first", count=min(FIRST, len(result.actions))))
            question = self.instrument.question(one.question)
            console.line(f"{number}. {self._headline(one)}")
            for line in self._advice(question, one):
                console.line(f"   {line}")
        rest = len(result.actions) - FIRST
        if rest > 0:
            console.line(self._t("cesar.result.rest", count=rest))

    def _advice(self, question: Question, one: ActionResult) -> list[str]:
        said = {
            "why": question.why,
            "ask-provider": question.ask,
            "do": question.do,
            "proof": question.proof,
        }
        lines = [
            self._t(f"cesar.ladder.{name}", text=text.of(self._language))
            for name, text in said.items()
        ]
        return [*lines, self._t("cesar.result.effect", points=self._figure(one.effect))]

    def _headline(self, one: ActionResult) -> str:
        asked = self._asked((one.question,))
        return self._t("cesar.result.find-out", question=asked) if one.find_out else asked

    def _asked(self, ids: tuple[str, ...]) -> str:
        found = (self.instrument.question(one).question.of(self._language) for one in ids)
        return " ".join(found)

    def _range(self, low: float, high: float) -> str:
        least, most = f"{low:.0f}", f"{high:.0f}"
        return least if least == most else f"{least}\u2013{most}"


def _dialogue(instrument: Instrument, folder: Path, language: str, shown: Shown) -> Ladder:
    voice = Voice(
        t=texts(language).t,
        language=language,
        width=shutil.get_terminal_size().columns - 1,
        say=say,
        ask=ask,
    )
    return Ladder(
        instrument=instrument,
        voice=voice,
        keep=lambda replies: keep(folder, replies, name=REPLIES),
        now=lambda: dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        milestone=lambda replies: shown.milestone(replies, voice.tell),
    )


def _begun(arguments: Namespace, folder: Path) -> tuple[Instrument, Replies]:
    """Return the instrument and the answers to go on with."""
    if arguments.resume is None:
        instrument = load_instrument(arguments.instrument)
        make_folder(folder)
        return instrument, Replies(
            instrument=instrument.name, version=instrument.version, size=arguments.size
        )
    replies = read_kept(folder, Replies, name=REPLIES)
    instrument = load_instrument(replies.instrument)
    found = carried_replies(replies, instrument)
    if found is None:
        where = str(folder / REPLIES)
        raise InputError("cli.wrong.draft", where=where, mend="cli.mend.draft")
    if found.version != replies.version:
        for line in _retold(instrument, replies, arguments.language):
            say(line)
        keep(folder, found, name=REPLIES)
    return instrument, found


def _retold(instrument: Instrument, replies: Replies, language: str) -> list[str]:
    """Return what is said of answers to an earlier version: how many stay, which do not."""
    found = news(
        instrument,
        replies.version,
        replies.replies,
        language=language,
        profession=replies.profession,
    )
    if found is None:
        return []
    t = texts(language).t
    again = t("cesar.retold.again", count=len(found.again)) if found.again else ""
    lines = [
        t("cesar.retold.lead", before=found.before, now=found.now),
        f"{t('cesar.retold.kept', count=found.kept)} {again or t('cesar.retold.none')}",
    ]
    for one in found.again:
        lines += [f"- {one.asked}", f"  {t('cesar.retold.then', answer=one.answer_then)}"]
    return lines


def _as_json(result: Result, files: tuple[Path, ...]) -> dict[str, Json]:
    return {
        "complete": True,
        "instrument": result.replies.instrument,
        "bank": result.replies.version,
        "band": result.band,
        "ceiling": result.ceiling,
        "low": result.low,
        "high": result.high,
        "coverage": result.coverage,
        "confidence": result.confidence,
        "open": list(result.open),
        "first": [one.question for one in result.actions[:FIRST]],
        "files": [str(file) for file in files],
    }
