"""The report as a value: everything report.json holds and the pages need; holds no sentence.

Sentences are message ids with parameters, so that one report.json serves every language.
"""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from reports.labelling.decision import Outcome
from scenarios.model import Text
from test_suites.core.verdict import Fact, Mode, Verdict

FORMAT = "equalis-report/1"

Authority: TypeAlias = Literal["law", "national", "european", "assumed"]
Obligation: TypeAlias = Literal["MUST", "SHOULD", "MAY"]
Severity: TypeAlias = Literal["critical", "major", "minor", "observation"]
Sha256: TypeAlias = str
EvidenceKind: TypeAlias = Literal["journal", "plan", "subject", "exhibit"]

AUTHORITIES: tuple[Authority, ...] = ("law", "national", "european", "assumed")


class Part(BaseModel):
    """What every part of a report has in common: frozen, and no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Part):
    """A sentence to be rendered: its id in the message catalogues and its parameters."""

    message_id: str
    params: dict[str, str | int | float | bool | None] = Field(default_factory=dict)


class Lab(Part):
    """Who issues the report; settings of the installation."""

    name: str
    address: str
    place: str


class Practice(Part):
    """What a practice that assesses itself says of itself."""

    size: str
    answered_by: str


class Subject(Part):
    """The product under test, as its vendor declared it; or a practice, as it declares itself."""

    vendor: str
    product: str
    version: str
    build: str
    actors: tuple[str, ...]
    capabilities: tuple[str, ...]
    not_supported: dict[str, str]
    reached_by: str
    sha256: Sha256
    practice: Practice | None = None


class ModuleRef(Part):
    """A module of the scheme that this run was judged for."""

    id: str
    title: Text
    mandatory: tuple[str, ...]
    recommended: tuple[str, ...]


class SchemeRef(Part):
    """The label rules that were applied."""

    id: str
    version: str
    title: Text
    minimum_binding: int
    tolerated: tuple[Verdict, ...]
    validity_months: int
    bound_to: Text
    surveillance: tuple[Text, ...]
    modules: tuple[ModuleRef, ...]
    sha256: Sha256


class OptionRef(Part):
    """A part of a module that is outside what the outcome covers, by its scheme title."""

    id: str
    title: Text


class ModuleOutcome(Part):
    """What one module came to, on one basis, and what made it so."""

    module: str
    outcome: Outcome
    mandatory: int
    shown: int
    failed: tuple[str, ...]
    open: tuple[str, ...]
    options_failed: tuple[OptionRef, ...]
    options_not_claimed: tuple[OptionRef, ...]
    reasons: tuple[Message, ...]


class DecisionPart(Part):
    """One of the two outcomes with its reasons."""

    basis: Literal["binding", "with-assumed"]
    authorities: tuple[Authority, ...]
    outcome: Outcome
    modules: tuple[ModuleOutcome, ...]


class AuthorityCount(Part):
    """How many requirements of one authority ended how; mandatory counts the module's."""

    authority: Authority
    total: int
    mandatory: int
    verdicts: dict[Verdict, int]


class Counts(Part):
    """The figures of the first page."""

    authorities: tuple[AuthorityCount, ...]
    requirements: dict[Verdict, int]
    cases: dict[Verdict, int]
    findings: dict[Verdict, int]
    facts: dict[Fact, int]
    lab_errors: int


class Requirement(Part):
    """One requirement of the catalogue with its verdict in this run."""

    id: str
    text: Text
    source: str
    source_title: Text
    clause: str
    obligation: Obligation
    authority: Authority
    actors: tuple[str, ...]
    mandatory: bool
    severity: Severity
    verdict: Verdict
    cases: tuple[str, ...]
    findings: tuple[str, ...]
    lab_errors: int
    note: Message | None = None
    untested_because: Text | None = None


class Case(Part):
    """One conversation with the product and its verdict; seconds are relative to the case."""

    id: str
    scenario: str
    title: Text
    purpose: Text
    actor: str
    verdict: Verdict
    requirements: tuple[str, ...]
    findings: tuple[str, ...]


class Pointer(Part):
    """Where in the journal a fact can be seen."""

    record: int
    pointer: str


class FindingPart(Part):
    """One fact about one requirement in one case; its sentence is a message id."""

    id: str
    requirement: str
    case: str
    step: str
    check: str
    about: str
    fact: Fact
    verdict: Verdict
    severity: Severity
    mode: Mode
    message_id: str
    params: dict[str, str | int | float | bool | list[str] | None]
    expected: str
    actual: str
    evidence: Pointer | None
    curl: str | None
    caused_by: str | None
    request_id: str | None = None


class Exclusion(Part):
    """What was not run, and why."""

    scenario: str
    title: Text
    actor: str
    requirements: tuple[str, ...]
    reason: Message


class Deviation(Part):
    """A fault the lab made on purpose, to see how the product copes."""

    case: str
    step: str
    kind: str
    operation: str
    details: dict[str, str]


class Excerpt(Part):
    """What one journal record holds, shortened for reading; the journal has all of it."""

    record: int
    case: str
    step: str | None
    kind: str
    at: float
    title: str
    sent: str | None
    answered: str | None
    shortened: bool


class EvidenceFile(Part):
    """One file of the run folder and its digest."""

    name: str
    kind: EvidenceKind
    length: int
    sha256: Sha256


class Run(Part):
    """The run that left the evidence; every value comes from the journal."""

    id: str
    started: str
    ended: str
    seed: str
    records: int
    unattributed: int
    versions: dict[str, str]
    environment: dict[str, str]


class Digests(Part):
    """What the report rests on."""

    journal: Sha256
    plan: Sha256
    subject: Sha256
    catalogue: Sha256
    planned_catalogue: Sha256
    scheme: Sha256
    findings: Sha256


class Report(Part):
    """The whole report; report.json is its canonical form and the master of every page."""

    format: Literal["equalis-report/1"]
    report_number: str = Field(pattern=r"^EQ-[0-9]{4}-[0-9A-Z]{8}-[0-9A-Z]{4}$")
    kind: Literal["local-run", "self-assessment"]
    issued: str
    lab: Lab
    subject: Subject
    scheme: SchemeRef
    outcome: Outcome
    outcome_with_assumed: Outcome
    decisions: tuple[DecisionPart, ...]
    counts: Counts
    requirements: tuple[Requirement, ...]
    cases: tuple[Case, ...]
    findings: tuple[FindingPart, ...]
    exclusions: tuple[Exclusion, ...]
    deviations: tuple[Deviation, ...]
    run: Run
    digests: Digests
    evidence: tuple[EvidenceFile, ...]
    excerpts: tuple[Excerpt, ...]
