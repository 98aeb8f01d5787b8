"""What became of answers to an earlier version, in one language: sentences then and now; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.cesar.questions import Instrument, Profession, Question
from reports.cesar.replies import Reply
from reports.cesar.versions import Earlier, carried, load_versions, read_then
from reports.render.result.view import written
from reports.render.texts import Texts, texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """One answer: the question and the sentence chosen, as they were read and as they stand now."""

    id: str
    asked_then: str
    answer_then: str
    asked: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Everything that is said to somebody whose answers are of an earlier version.

    `kept` answers stay; of these `reworded` reads otherwise in this language, with the same
    meaning. `again` are to be asked again.
    """

    before: str
    now: str
    kept: int
    again: tuple[Retold, ...]
    reworded: tuple[Retold, ...]


def news(
    instrument: Instrument,
    version: str,
    answers: Mapping[str, Reply],
    *,
    language: str,
    profession: Profession | None = None,
) -> News | None:
    """Return what became of answers; None where nobody knows their version."""
    found = carried(version, answers, instrument, load_versions(instrument.name))
    steps = load_versions(instrument.name).since(version)
    if found is None or steps is None:
        return None
    spoken = texts(language)

    def told(ids: Iterable[str]) -> list[Retold]:
        some = ((one, _question(instrument, one)) for one in ids)
        return [
            _told(question, answers[one], steps=steps, spoken=spoken, profession=profession)
            for one, question in some
            if question is not None
        ]

    return News(
        before=version,
        now=instrument.version,
        kept=len(found.kept),
        again=tuple(told(found.again)),
        reworded=tuple(
            one
            for one in told(found.kept)
            if (one.asked_then, one.answer_then) != (one.asked, one.answer)
        ),
    )


def answer_then(question: Question, reply: Reply, steps: tuple[Earlier, ...], spoken: Texts) -> str:
    """Return an answer in the sentence that was read at the first of some steps."""
    place = "" if reply.level is None else f"ladder[{reply.level}]"
    if reply.reason is not None:
        place = f"not_applicable.{reply.reason}"
    said = read_then(question, place, spoken.language, steps) if place else None
    return written(question, reply, spoken) if said is None else said


def _question(instrument: Instrument, own: str) -> Question | None:
    try:
        return instrument.question(own)
    except KeyError:
        return None


def _told(
    question: Question,
    reply: Reply,
    *,
    steps: tuple[Earlier, ...],
    spoken: Texts,
    profession: Profession | None,
) -> Retold:
    place = f"wording.{profession}" if profession in question.wording else "question"
    return Retold(
        id=question.id,
        asked_then=read_then(question, place, spoken.language, steps) or "",
        answer_then=answer_then(question, reply, steps, spoken),
        asked=question.asked(profession).of(spoken.language),
        answer=written(question, reply, spoken),
    )
