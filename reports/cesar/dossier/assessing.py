"""What a dossier comes to: answers with their evidence grades, mappings, findings; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reports.cesar.dossier.evidence import Evidence
from reports.cesar.dossier.measured import Measured, measured
from reports.cesar.dossier.model import Dossier, DossierAnswer, Review
from reports.cesar.path import placed
from reports.cesar.questions import Catalogue, Instrument
from reports.cesar.replies import Evidence as Grade
from reports.cesar.replies import Replies, Reply
from reports.cesar.result import Result, assessed
from test_suites.core.verdict import Verdict

MAPPED: Final[tuple[Catalogue, ...]] = ("asvs", "cra", "ehds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One clause of a catalogue with the questions that touch it, and how many reach their target.

    It says what touches the same matter, never that a clause is fulfilled.
    """

    clause: str
    questions: tuple[str, ...]
    reached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong in a dossier: a message id, and the question or file that it is about."""

    id: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """Everything that a dossier's report shows."""

    result: Result
    measured: tuple[Measured, ...]
    mappings: Mapping[Catalogue, tuple[Mapped, ...]]
    faults: tuple[Fault, ...]


def assess(
    dossier: Dossier,
    instrument: Instrument,
    *,
    files: Mapping[str, Evidence],
    verdicts: Mapping[str, Verdict],
    is_witnessed: bool = True,
) -> Assessed:
    """Return what a dossier comes to.

    `files` are the evidence files by name, `verdicts` those of a campaign by requirement id. Grade
    A is what the lab measured without a fault, B what a reviewer accepted with a good file, else C.
    A campaign that the lab does not vouch for (not `is_witnessed`) contradicts, but verifies not.
    """
    levels = {name: one.level for name, one in dossier.answers.items() if one.level is not None}
    found = measured(levels, verdicts)
    held = {one.question for one in found if one.standing == "verified"}
    verified = held if is_witnessed else set()
    replies = Replies(
        instrument=instrument.name,
        version=instrument.version,
        tags=frozenset(dossier.tags),
        replies={
            name: _graded(one, _grade(name, dossier, files, verified))
            for name, one in dossier.answers.items()
        },
    )
    result = assessed(instrument, replies)
    return Assessed(
        result=result,
        measured=found,
        mappings={one: tuple(_mapped(one, instrument, result)) for one in MAPPED},
        faults=tuple(_faults(dossier, instrument, files)),
    )


def _graded(one: DossierAnswer, grade: Grade) -> Reply:
    if one.level is None:
        return Reply(kind="unknown")
    return Reply(level=one.level, evidence=grade)


def _grade(
    question: str, dossier: Dossier, files: Mapping[str, Evidence], verified: set[str]
) -> Grade:
    if question in verified:
        return "A"
    answer, last = dossier.answers[question], last_review(dossier, question)
    good = any(name in files and files[name].fault is None for name in answer.files)
    accepted = last is not None and last.evidence == "accepted" and last.is_about(answer)
    return "B" if good and accepted else "C"


def last_review(dossier: Dossier, question: str) -> Review | None:
    """Return the latest review of a question: of several on a day the one written last."""
    some = [(one.on, at, one) for at, one in enumerate(dossier.reviews) if one.question == question]
    return max(some)[2] if some else None


def _mapped(catalogue: Catalogue, instrument: Instrument, result: Result) -> Iterator[Mapped]:
    reached = {one.id for one in result.questions if one.counted >= one.target}
    touching: dict[str, list[str]] = {}
    for _, question in placed(instrument, result.replies.profile):
        for clause in question.controls.get(catalogue, ()):
            touching.setdefault(clause, []).append(question.id)
    for clause in sorted(touching, key=_natural):
        ids = tuple(touching[clause])
        yield Mapped(clause=clause, questions=ids, reached=sum(one in reached for one in ids))


def _natural(clause: str) -> list[tuple[int, str]]:
    """Sort V2 before V10."""
    parts = clause.replace("V", "V.").split(".")
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _faults(
    dossier: Dossier, instrument: Instrument, files: Mapping[str, Evidence]
) -> Iterator[Fault]:
    people = {one.id for one in dossier.people}
    known = {one.id for one in instrument.questions()}
    for name, one in dossier.answers.items():
        if name not in known:
            yield Fault(id="cesar.dossier.question", where=name)
        if one.by not in people:
            yield Fault(id="cesar.dossier.person", where=f"{name}: {one.by}")
        if (one.level is None) is not one.unknown:
            yield Fault(id="cesar.dossier.level", where=name)
        yield from _file_faults(name, one, files)
    for review in dossier.reviews:
        if review.question not in dossier.answers:
            yield Fault(id="cesar.dossier.question", where=review.question)
        elif review.by == dossier.answers[review.question].by:
            yield Fault(id="cesar.dossier.own-review", where=review.question)
        if review.by not in people:
            yield Fault(id="cesar.dossier.person", where=f"{review.question}: {review.by}")


def _file_faults(
    question: str, one: DossierAnswer, files: Mapping[str, Evidence]
) -> Iterator[Fault]:
    for name in one.files:
        if name not in files:
            yield Fault(id="cesar.dossier.missing", where=f"{question}: {name}")
        elif (fault := files[name].fault) is not None:
            yield Fault(id=fault, where=f"{question}: {name}")
