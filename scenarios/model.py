"""The catalogue's nouns as their authors write them; knows neither files nor verdicts."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from scenarios.tricks import Forgery

Slug: TypeAlias = Annotated[
    str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", examples=["ep-dispense-once"])
]
RequirementId: TypeAlias = Annotated[
    str, Field(pattern=r"^[A-Z]{3}-[A-Z]{3}-[0-9]{3}$", examples=["ERX-LAB-001"])
]
Binding: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", examples=["rx"])]
Sentence: TypeAlias = Annotated[str, Field(min_length=3)]


class Declared(BaseModel):
    """Owns what every declared noun shares: frozen, and no field that nobody asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Text(Declared):
    """Owns one text in the three languages; French is authoritative."""

    fr: Sentence
    en: Sentence
    de: Sentence

    def of(self, language: str) -> str:
        """Return the text in a language, in French where the language is none of ours."""
        return {"en": self.en, "de": self.de}.get(language, self.fr)


class Actor(StrEnum):
    """Who takes part in a conversation."""

    PRESCRIBER = "prescriber"
    LABORATORY = "laboratory"
    SERVICE = "service"
    OTHER_LABORATORY = "other-laboratory"
    PRACTICE = "practice"
    FEED_SOURCE = "feed-source"
    IDENTITY_CONSUMER = "identity-consumer"
    FHIR_FEED_SOURCE = "fhir-feed-source"
    FHIR_IDENTITY_CONSUMER = "fhir-identity-consumer"


class Programme(StrEnum):
    """What a scenario is played for: a run belongs to one programme, by its scheme."""

    INTEROPERABILITY = "interoperability"
    SECURITY = "security"
    IDENTITY = "identity"


class Obligation(StrEnum):
    """How strongly a requirement binds (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Authority(StrEnum):
    """Who stands behind a requirement; an assumed one never refuses a module."""

    LAW = "law"
    NATIONAL = "national"
    EUROPEAN = "european"
    ASSUMED = "assumed"


class Window(Declared):
    """Owns the days on which something is in force, both included."""

    from_: date = Field(alias="from")
    until: date | None = None


class Source(Declared):
    """Owns one normative document at one version."""

    id: Annotated[str, Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", examples=["DECK-2022"])]
    authority: Authority
    publisher: str
    version: str
    title: Text
    in_force: Window
    url: str | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class UntestedBecause(Declared):
    """Owns the reason why nothing tests a requirement, and who owns that gap."""

    reason: Text
    owner: Slug


class Requirement(Declared):
    """Owns one thing that must hold: its norm, its words, how strongly, for whom."""

    id: RequirementId
    source: str
    clause: str
    obligation: Obligation
    authority: Authority
    actors: Annotated[tuple[Actor, ...], Field(min_length=1)]
    text: Text
    condition: Slug | None = None
    in_force: Window | None = None
    untested_because: UntestedBecause | None = None


class Dataset(Declared):
    """Owns the initial state of a world: which synthetic people are in it."""

    id: Slug
    title: Text
    personas: Annotated[tuple[Slug, ...], Field(min_length=1)]


class DeviationKind(StrEnum):
    """How the lab may spoil an answer."""

    STATUS = "status"
    RESET = "reset"
    TRUNCATE = "truncate"
    SLOW = "slow"
    MALFORMED = "malformed"
    FORGE = "forge"


class Deviation(Declared):
    """Owns one spoiling of the next `times` answers to an operation.

    `forgery` goes with kind forge, and spoils every answer of the step that it can.
    """

    kind: DeviationKind
    operation: Slug
    forgery: Forgery | None = None
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    retry_after: Annotated[int, Field(ge=0, le=60)] | None = None
    times: Annotated[int, Field(ge=1, le=10)] = 1
    seconds: Annotated[float, Field(gt=0, le=60)] | None = None


class Expectation(Declared):
    """Owns the link of one requirement to one check at one step."""

    requirement: RequirementId
    check: Slug
    about: Actor
    of: Slug | None = None
    params: Mapping[str, JsonValue] = Field(default_factory=dict, alias="with")


class Operation(StrEnum):
    """What an actor may be asked to do in a step."""

    PRESCRIBE = "prescribe"
    RESUBMIT_LAST = "resubmit-last"
    CANCEL = "cancel"
    LOOK_UP = "look-up"
    SIGN_OUT = "sign-out"
    RENEW_CERTIFICATE = "renew-certificate"
    DISPENSE = "dispense"
    DISPENSE_REST = "dispense-rest"
    RETRIEVE = "retrieve"
    RESERVE = "reserve"
    RELEASE = "release"
    RAW = "raw"
    FUZZ = "fuzz"
    LOAD = "load"
    DECLARE = "declare"
    PROBE = "probe"
    REGISTER_PATIENT = "register-patient"
    UPDATE_PATIENT = "update-patient"
    MERGE_PATIENTS = "merge-patients"
    LINK_PATIENTS = "link-patients"
    UNLINK_PATIENTS = "unlink-patients"
    CHANGE_NUMBER = "change-number"
    CROSS_REFERENCE = "cross-reference"
    FIND_PATIENT = "find-patient"
    MATCH_PATIENT = "match-patient"
    REMOVE_PATIENT = "remove-patient"
    SUBSCRIBE_PATIENTS = "subscribe-patients"
    SHOW_PATIENT = "show-patient"
    RAW_MESSAGE = "raw-message"


ACTIVITIES = frozenset({Operation.FUZZ, Operation.LOAD, Operation.DECLARE, Operation.PROBE})
"""Operations that are no act of a person or a product: the lab plays them only when asked to."""


class Step(Declared):
    """Owns one act of one actor towards another, and what is expected of it."""

    id: Slug
    from_: Actor = Field(alias="from")
    to: Actor
    operation: Operation
    as_: Slug = Field(alias="as")
    parameters: Mapping[str, JsonValue] = Field(default_factory=dict)
    deviation: Deviation | None = None
    must_happen: bool = True
    bind: Binding | None = None
    expect: tuple[Expectation, ...] = ()


class Arrangement(Declared):
    """Owns one thing the lab does to the world between two steps."""

    id: Slug
    arrange: Literal[
        "advance-clock",
        "expire-tokens",
        "untrusted-certificate",
        "flawed-server",
        "revoke-certificate",
        "silence-status",
        "hand-certificate",
        "notify-logout",
        "tell-changes",
    ]
    parameters: Mapping[str, JsonValue] = Field(default_factory=dict)


Need: TypeAlias = Literal[
    "plan-b",
    "fractioned",
    "cancel",
    "reserve",
    "resubmit",
    "clock",
    "expire-tokens",
    "deviations",
    "untrusted-certificate",
    "flawed-server",
    "forgeries",
    "raw",
    "messages",
    "revocation",
    "refresh",
    "userinfo",
    "sign-out",
    "client-certificate",
    "back-channel-logout",
    "pdqm",
    "pdqm-match",
    "pixm",
    "pmir",
]


class Scenario(Declared):
    """Owns one conversation between named actors; does not know who is the subject."""

    id: Slug
    title: Text
    purpose: Text
    actors: Annotated[tuple[Actor, ...], Field(min_length=1)]
    subjects: Annotated[tuple[Actor, ...], Field(min_length=1)]
    dataset: Slug
    programme: Programme = Programme.INTEROPERABILITY
    needs: tuple[Need, ...] = ()
    steps: Annotated[tuple[Step | Arrangement, ...], Field(min_length=1)]

    def acts(self) -> tuple[Step, ...]:
        """Return the steps that are acts, in their order."""
        return tuple(step for step in self.steps if isinstance(step, Step))

    def cited(self) -> frozenset[str]:
        """Return the ids of every requirement an expectation names."""
        return frozenset(e.requirement for step in self.acts() for e in step.expect)

    def activities(self) -> frozenset[Operation]:
        """Return the operations of its acts that are played only when asked for."""
        return frozenset(step.operation for step in self.acts()) & ACTIVITIES

    def needs_service(self) -> bool:
        """Tell whether anything is said to a service; answers about oneself need none."""
        return any(
            not isinstance(step, Step) or step.operation is not Operation.DECLARE
            for step in self.steps
        )
