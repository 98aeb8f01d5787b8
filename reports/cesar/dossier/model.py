"""The file in which an organisation answers for its product; several people, evidence, review."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from reports.cesar.questions import LADDER, QuestionId, Tag
from scenarios.model import Declared

MOST_FILES: Final = 10
MOST_PEOPLE: Final = 50
Word: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Note: TypeAlias = Annotated[str, Field(min_length=1, max_length=4000)]
ReviewWord: TypeAlias = Literal["accepted", "insufficient", "not-seen"]
PersonId: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$", examples=["dev"])]


class Person(Declared):
    """Owns one of those who answer or review: by function; a name is never needed."""

    id: PersonId
    function: Word


class DossierAnswer(Declared):
    """Owns one answer: level or "I don't know", who gave it, and the files that show it.

    `files` are paths beside the dossier, or names of what was attached. `at` is when it was given.
    """

    level: Annotated[int, Field(ge=0, lt=LADDER)] | None = None
    unknown: bool = False
    by: PersonId
    at: dt.datetime | None = None
    files: Annotated[tuple[Word, ...], Field(max_length=MOST_FILES)] = ()


class EarlierAnswer(Declared):
    """Owns an answer to a sentence that means something else now: it waits to be given again."""

    version: str
    answer: DossierAnswer


class Review(Declared):
    """Owns what a reviewer says of one answer: accepted evidence grades it B, else it stays C.

    `level` and `files` are what was reviewed, where that is written down: the review then counts
    only as long as the answer says the same with the same files.
    """

    question: QuestionId
    by: PersonId
    on: dt.date
    evidence: ReviewWord
    note: Note | None = None
    level: Annotated[int, Field(ge=0, lt=LADDER)] | None = None
    files: tuple[Word, ...] | None = None

    def is_about(self, answer: DossierAnswer) -> bool:
        """Tell whether an answer still is what was reviewed."""
        return self.level in {None, answer.level} and self.files in {None, answer.files}


class Interview(Declared):
    """Owns the record of one interview: when, with whom by function, about what, and what came."""

    on: dt.date
    by: PersonId
    present: Annotated[tuple[Word, ...], Field(min_length=1, max_length=20)]
    questions: tuple[QuestionId, ...] = ()
    summary: Note


class Dossier(Declared):
    """Owns everything that an organisation declares of one product at one version.

    `version` is that of the questions; `earlier` waits to be answered again, with its files.
    """

    format: Literal["equalis-dossier/1"] = "equalis-dossier/1"
    organisation: Word
    product: Word
    product_version: Word
    version: str
    tags: tuple[Tag, ...] = ()
    people: Annotated[tuple[Person, ...], Field(min_length=1, max_length=MOST_PEOPLE)]
    answers: Mapping[QuestionId, DossierAnswer] = Field(default_factory=dict)
    earlier: Mapping[QuestionId, EarlierAnswer] = Field(default_factory=dict)
    reviews: tuple[Review, ...] = ()
    interviews: tuple[Interview, ...] = ()
    sbom: Word | None = None
