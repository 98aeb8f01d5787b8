"""The questions of an instrument as its files declare them; knows no answer, no score, no file."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import Field

from reports.cesar.bank import SIZES, Reason
from scenarios.model import Declared, Text
from test_suites.subjects.model import PracticeSize

InstrumentName: TypeAlias = Literal["professional", "vendor"]
Profession: TypeAlias = Literal[
    "doctor", "dentist", "pharmacy", "laboratory", "nurse", "care-home", "therapist"
]
# What a practice has (dev: networked medical devices; cloud: patient data in a cloud), and what a
# product is (ehr: EHDS system; pw: keeps passwords itself; dsp: connected to the shared record).
Tag: TypeAlias = Literal["dev", "cloud", "ehr", "saas", "onprem", "web", "oidc", "pw", "dsp"]
Threat: TypeAlias = Literal["ransomware", "phishing", "supplier", "loss", "insider", "error"]
Effort: TypeAlias = Literal["hour", "day", "project"]
Catalogue: TypeAlias = Literal["iso27002", "nis2", "kbv", "gdpr", "asvs", "cra", "ehds", "cesar_d1"]
Weight: TypeAlias = Literal[1, 2, 3, 5]
QuestionId: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{1,2}[0-9]+$", examples=["B3"])]

PROFESSIONS: Final[tuple[Profession, ...]] = get_args(Profession)
LADDER: Final = 6
KNOCK_OUT_WEIGHT: Final = 5


class Cost(Declared):
    """Owns what a measure costs once, in euros without VAT; the project's own rough estimate."""

    low: Annotated[int, Field(ge=0)]
    high: Annotated[int, Field(ge=0)]


class Question(Declared):
    """Owns one topic: what is asked, what each of six levels means, why, and what to do.

    `ladder` holds levels 0 (unsafe or absent) to 5 (tested and improved). `aliases` are topics
    that were merged into this one, so that every topic stays traceable. `sizes` and `needs` say
    whom it concerns; `replaces` names the general questions that it stands for. `wording` is the
    question in a profession's own words. `requires` names what is to be done before. `why` is the
    consequence for a patient; `ask` is what to ask of one's own provider; `proof` what to keep.
    """

    id: QuestionId
    aliases: tuple[QuestionId, ...] = ()
    weight: Weight
    knock_out: bool = False
    sizes: Annotated[tuple[PracticeSize, ...], Field(min_length=1)] = SIZES
    needs: tuple[Tag, ...] = ()
    replaces: tuple[QuestionId, ...] = ()
    requires: tuple[QuestionId, ...] = ()
    threat: Threat
    effort: Effort
    cost: Cost
    question: Text
    wording: Mapping[Profession, Text] = Field(default_factory=dict)
    ladder: Annotated[tuple[Text, ...], Field(min_length=LADDER, max_length=LADDER)]
    why: Text
    do: Text
    ask: Text
    proof: Text
    not_applicable: Annotated[tuple[Reason, ...], Field(max_length=1)] = ()
    controls: Mapping[Catalogue, tuple[str, ...]]

    def asked(self, profession: Profession | None) -> Text:
        """Return the question in a profession's own words, in the general ones where none are."""
        return self.wording.get(profession, self.question) if profession else self.question

    def visible(self, profession: Profession | None) -> tuple[Text, ...]:
        """Return what stands on the screen without unfolding: the question and its ladder."""
        return (self.asked(profession), *self.ladder)

    def texts(self) -> Iterator[tuple[str, Text]]:
        """Yield every text with the name of its field."""
        yield "question", self.question
        for profession, text in self.wording.items():
            yield f"wording.{profession}", text
        for level, text in enumerate(self.ladder):
            yield f"ladder[{level}]", text
        yield from (("why", self.why), ("do", self.do), ("ask", self.ask), ("proof", self.proof))
        for reason in self.not_applicable:
            yield f"not_applicable.{reason.id}", reason.text


class Domain(Declared):
    """Owns one domain with its weight and questions; `professions` where it is theirs alone."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{1,2}$", examples=["B"])]
    name: Text
    weight: Annotated[int, Field(gt=0, le=100)]
    professions: tuple[Profession, ...] = ()
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Contradiction(Declared):
    """Owns two answers that cannot both be true: `doubted` at `least` or more against `given`.

    The rule holds where `given` is at `most` or less. `because` is said when the doubted question
    is asked again; whoever keeps the answer is counted one level below `least`.
    """

    doubted: QuestionId
    least: Annotated[int, Field(ge=1, lt=LADDER)]
    given: QuestionId
    most: Annotated[int, Field(ge=0, lt=LADDER)]
    because: Text


class Contents(Declared):
    """Owns the file that names a bank's version and the order of its domains (one file each)."""

    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    title: Text
    domains: Annotated[tuple[str, ...], Field(min_length=1)]
    contradictions: tuple[Contradiction, ...] = ()


class Instrument(Declared):
    """Owns a whole bank at one version; an answer names the version that it belongs to."""

    name: InstrumentName
    version: str
    title: Text
    domains: tuple[Domain, ...]
    contradictions: tuple[Contradiction, ...] = ()

    def questions(self) -> tuple[Question, ...]:
        """Return every question in the order of the files."""
        return tuple(question for domain in self.domains for question in domain.questions)

    def question(self, question_id: str) -> Question:
        """Return a question by its id or by an alias; raises KeyError for an unknown one."""
        for one in self.questions():
            if question_id == one.id or question_id in one.aliases:
                return one
        raise KeyError(question_id)
