"""Reads the measures of CESAR with their questions; knows no answer and no terminal."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from scenarios.model import Declared, RequirementId, Sentence, Slug, Text
from scenarios.reader import read_model
from test_suites.subjects.model import PracticeSize

Given: TypeAlias = Literal["yes", "partly", "no"]
Word: TypeAlias = Literal["yes", "partly", "no", "unknown", "not-applicable"]

FILE: Final = "measures.yaml"
SIZES: Final[tuple[PracticeSize, ...]] = ("solo", "small", "medium", "large")


class Reason(Declared):
    """Owns one reason for which a measure does not concern a practice."""

    id: Slug
    text: Text


class Citation(Declared):
    """Owns one place of a source that touches the same matter; `source` is the catalogue's id."""

    source: str
    clause: Sentence


class Measure(Declared):
    """Owns one essential measure: what is asked, why, what each answer means, and what to do."""

    id: Annotated[str, Field(pattern=r"^[A-Z]+[0-9]+$", examples=["B1"])]
    requirement: RequirementId
    domain: Text
    sizes: Annotated[tuple[PracticeSize, ...], Field(min_length=1)]
    question: Text
    why: Text
    answers: Mapping[Given, Text]
    not_applicable: Annotated[tuple[Reason, ...], Field(max_length=1)] = ()
    ask: Text
    first_step: Text
    sources: Annotated[tuple[Citation, ...], Field(min_length=1)]

    @property
    def reason(self) -> Reason | None:
        """Return the reason for which it may not apply, None where it always does."""
        return self.not_applicable[0] if self.not_applicable else None

    def words(self) -> tuple[Word, ...]:
        """Return the answers that may be given, in the order in which they are offered.

        Where the size of a practice says that a measure does not apply, nobody is asked.
        """
        usual: tuple[Word, ...] = ("yes", "partly", "no", "unknown")
        offered = self.reason is not None and set(self.sizes) == set(SIZES)
        return (*usual, "not-applicable") if offered else usual

    def meaning(self, word: Word) -> Text | None:
        """Return what an answer says of the practice; None where the word says it all."""
        match word:
            case "yes" | "partly" | "no":
                return self.answers[word]
            case "not-applicable" if self.reason:
                return self.reason.text
            case _:
                return None


class Bank(Declared):
    """Owns every measure in the order in which it is asked, at one version."""

    version: str
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]

    def measure(self, measure_id: str) -> Measure:
        """Return a measure; raises KeyError for an unknown id."""
        for measure in self.measures:
            if measure.id == measure_id:
                return measure
        raise KeyError(measure_id)

    def of_requirement(self, requirement: str) -> Measure | None:
        """Return the measure that a requirement demands; None where it is none of these."""
        return next((one for one in self.measures if one.requirement == requirement), None)


@cache
def load_bank() -> Bank:
    """Return the measures that ship with the lab; raises DeclarationError naming the line."""
    return read_model(resources.files("reports.cesar") / FILE, model=Bank, name=FILE)
