"""Takes answers to an earlier version of an instrument over to today's; pure but for one reader.

An answer belongs to the sentences that were read. Where those say the same in better words, the
answer stays; where they mean something else, it is asked again; nobody's answer is guessed.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from reference_server.text import LANGUAGES
from reports.cesar.questions import Instrument, InstrumentName, Question, QuestionId
from reports.cesar.replies import Replies, Reply, mismatch
from scenarios.model import Declared, Sentence, Text
from scenarios.reader import read_model

FILE: Final = "versions.yaml"
Meaning: TypeAlias = Literal["same", "other"]
# Where a sentence stands, as `Question.texts` names it; what is not read to answer stays out.
PlaceName: TypeAlias = Annotated[
    str, Field(pattern=r"^(question|wording\..+|ladder\[[0-5]\]|not_applicable\..+)$")
]


class Before(Declared):
    """Owns how a sentence was written, in those languages alone in which it was rewritten."""

    fr: Sentence | None = None
    en: Sentence | None = None
    de: Sentence | None = None

    def of(self, language: str) -> str | None:
        """Return the sentence in a language; None where that one stayed."""
        return {"fr": self.fr, "en": self.en, "de": self.de}.get(language)


class Reworded(Declared):
    """Owns one question that was written otherwise; `means` is an editor's decision.

    `other` says that somebody may answer differently now: an answer is asked again.
    """

    id: QuestionId
    means: Meaning = "same"
    before: Annotated[Mapping[PlaceName, Before], Field(min_length=1)]


class Earlier(Declared):
    """Owns one earlier version, as it differs from the one after it.

    `sentences` is the fingerprint of everything that was read to answer; see `fingerprint`.
    """

    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    sentences: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    changed: tuple[Reworded, ...] = ()


class Versions(Declared):
    """Owns the earlier versions of an instrument, the latest first."""

    earlier: tuple[Earlier, ...] = ()

    def since(self, version: str) -> tuple[Earlier, ...] | None:
        """Return that version and all after it, the oldest first; None where it is unknown."""
        known = [one.version for one in self.earlier]
        if version not in known:
            return None
        return self.earlier[known.index(version) :: -1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What becomes of answers to an earlier version.

    `kept` are the questions whose answers stay, `again` those that are to be asked again, because
    the sentence means something else now, or the question or reason is gone.
    """

    before: str
    kept: tuple[str, ...]
    again: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """A question, and one answer to it, as somebody reads them in one version."""

    asked: str
    answer: str


@cache
def load_versions(name: InstrumentName) -> Versions:
    """Return the earlier versions of a bank that ships with the lab; raises DeclarationError."""
    file = resources.files("reports.cesar") / "banks" / name / FILE
    return read_model(file, model=Versions, name=FILE)


def carried(
    version: str, answers: Mapping[str, Reply], instrument: Instrument, versions: Versions
) -> Carried | None:
    """Return what becomes of answers to an earlier version; None where nobody knows that one."""
    steps = versions.since(version)
    if steps is None:
        return None
    others = {one.id for step in steps for one in step.changed if one.means == "other"}
    known = {one.id: one for one in instrument.questions()}
    again = [
        name
        for name, reply in answers.items()
        if name in others or name not in known or not _offered(reply, known[name])
    ]
    kept = tuple(name for name in answers if name not in again)
    return Carried(before=version, kept=kept, again=tuple(again))


def carried_replies(replies: Replies, instrument: Instrument) -> Replies | None:
    """Return answers as answers to today's questions: the same where they fit already.

    Those that are to be asked again are left out; None where their version is unknown.
    """
    if replies.instrument != instrument.name:
        return None
    if mismatch(replies, instrument) is None:
        return replies
    found = carried(replies.version, replies.replies, instrument, load_versions(instrument.name))
    if found is None:
        return None
    kept = {name: replies.replies[name] for name in found.kept}
    return replies.model_copy(update={"version": instrument.version, "replies": kept})


def read_then(
    question: Question, place: str, language: str, steps: Iterable[Earlier]
) -> str | None:
    """Return a sentence as it was read at the first of the steps; None where it did not exist."""
    for step in steps:
        for one in step.changed:
            old = one.before.get(place) if one.id == question.id else None
            if old is not None and (said := old.of(language)) is not None:
                return said
    now = dict(question.texts()).get(place)
    return None if now is None else now.of(language)


def fingerprint(instrument: Instrument, steps: tuple[Earlier, ...] = ()) -> str:
    """Return the SHA-256 of everything that is read to answer, as it was before some steps."""
    read = {
        question.id: {
            place: [read_then(question, place, language, steps) for language in LANGUAGES]
            for place, _ in _read(question)
        }
        for question in instrument.questions()
    }
    return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()


def _read(question: Question) -> Iterator[tuple[str, Text]]:
    """Yield the sentences that are read to answer: no advice."""
    advice = {"why", "do", "ask", "proof"}
    yield from ((place, text) for place, text in question.texts() if place not in advice)


def _offered(reply: Reply, question: Question) -> bool:
    return reply.reason is None or reply.reason in {one.id for one in question.not_applicable}
