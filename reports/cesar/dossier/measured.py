"""What the lab measured beside what a vendor declared: verified, contradicted, or not measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal, TypeAlias

import yaml
from pydantic import TypeAdapter

from reports.cesar.questions import QuestionId
from test_suites.core.verdict import Verdict

DECLARED: Final = 3
"""From this level on an answer says "done consistently", which one broken requirement denies."""
FILE: Final = "measured.yaml"
Standing: TypeAlias = Literal["verified", "contradicted", "modest", "agrees", "not-measured"]
_SPEAKS: Final = frozenset({Verdict.PASS, Verdict.WARN, Verdict.FAIL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One answer beside its measurements, by requirement id; only those that say something.

    `modest` is an answer below level 3 although everything measured held, `agrees` one below it
    that the measurement confirms.
    """

    question: str
    level: int | None
    verdicts: Mapping[str, Verdict]
    standing: Standing

    @property
    def broken(self) -> tuple[str, ...]:
        """The requirements that the product broke."""
        return tuple(one for one, verdict in self.verdicts.items() if verdict is Verdict.FAIL)


@cache
def table() -> Mapping[QuestionId, tuple[str, ...]]:
    """Return which requirements show the truth of which answer."""
    text = (resources.files("reports.cesar.dossier") / FILE).read_text(encoding="utf-8")
    adapter = TypeAdapter(dict[QuestionId, tuple[str, ...]])
    return adapter.validate_python(yaml.safe_load(text))


def measured(
    levels: Mapping[str, int | None], verdicts: Mapping[str, Verdict]
) -> tuple[Measured, ...]:
    """Return every answer of the table beside what was measured, in the table's order.

    `levels` holds None for "I don't know"; a question that was not answered is left out.
    """
    return tuple(
        _beside(question, levels[question], ids, verdicts)
        for question, ids in table().items()
        if question in levels
    )


def _beside(
    question: str, level: int | None, ids: tuple[str, ...], verdicts: Mapping[str, Verdict]
) -> Measured:
    known = {one: verdicts[one] for one in ids if verdicts.get(one) in _SPEAKS}
    return Measured(
        question=question, level=level, verdicts=known, standing=_standing(level, known)
    )


def _standing(level: int | None, known: Mapping[str, Verdict]) -> Standing:
    if not known:
        return "not-measured"
    claims = level is not None and level >= DECLARED
    if Verdict.FAIL in known.values():
        return "contradicted" if claims else "agrees"
    return "verified" if claims else "modest"
