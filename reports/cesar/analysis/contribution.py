"""What one practice gives to the analysis: answers, kind and month, and nothing that tells who."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from reports.cesar.analysis.suppression import LEAST
from reports.cesar.questions import Profession, QuestionId
from reports.cesar.replies import Replies
from reports.cesar.result import BandName, Result
from scenarios.model import Declared
from test_suites.subjects.model import PracticeSize


class Contribution(Declared):
    """Owns one anonymous copy of a result; `answers` holds a level, or None for "I don't know".

    It has no link to the assessment that it comes from: who deletes that cannot find this.
    """

    format: Literal["equalis-contribution/1"] = "equalis-contribution/1"
    version: str
    month: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    profession: Profession
    size: PracticeSize
    answers: Mapping[QuestionId, Annotated[int, Field(ge=0, le=5)] | None]
    domains: Mapping[str, float]
    low: float
    band: BandName


def contribution(result: Result, *, month: str) -> Contribution | None:
    """Return what a result gives; None where its band is incomplete, or its profile is."""
    replies = result.replies
    if result.band == "incomplete" or replies.profession is None or replies.size is None:
        return None
    return Contribution(
        version=replies.version,
        month=month,
        profession=replies.profession,
        size=replies.size,
        answers=_answers(replies),
        domains={one.id: one.low for one in result.domains},
        low=result.low,
        band=result.band,
    )


def ripe(given: Iterable[Contribution], *, before: str) -> tuple[Contribution, ...]:
    """Return the contributions of finished months, small months put together, the rest waiting.

    Two publications then differ by ten practices or more: nobody learns of one by waiting for the
    next. `before` is the month (YYYY-MM) that is not over yet. A month that stands for several is
    told as `2026-03/2026-05`.
    """
    by_month: dict[str, list[Contribution]] = {}
    for one in sorted(given, key=lambda one: one.month):
        if one.month < before:
            by_month.setdefault(one.month, []).append(one)
    found: list[Contribution] = []
    waiting: list[Contribution] = []
    for some in by_month.values():
        waiting.extend(some)
        if len(waiting) >= LEAST:
            first, last = waiting[0].month, waiting[-1].month
            name = first if first == last else f"{first}/{last}"
            found.extend(one.model_copy(update={"month": name}) for one in waiting)
            waiting = []
    return tuple(found)


def _answers(replies: Replies) -> dict[str, int | None]:
    return {
        name: one.level for name, one in replies.replies.items() if one.kind != "not-applicable"
    }
