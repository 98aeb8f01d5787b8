"""Which cases a subject is put through, and which not and why; runs nothing.

A plan is pure: the same subject, catalogue and checks always give the same plan.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from scenarios import Catalogue
from scenarios.model import Operation, Programme, Scenario
from test_suites.capture import canonical
from test_suites.checks import registry
from test_suites.core.message import JsonValue
from test_suites.subjects.model import Role, Subject

ENVIRONMENT: Final = frozenset(
    {
        "clock",
        "expire-tokens",
        "deviations",
        "untrusted-certificate",
        "flawed-server",
        "forgeries",
        "messages",
        "revocation",
        "refresh",
        "userinfo",
        "sign-out",
        "client-certificate",
        "back-channel-logout",
        "pmir",
    }
)
"""What only our own reference service lets the lab do."""
CAPABILITY_OF: Final[Mapping[str, frozenset[str]]] = {
    "plan-b": frozenset({"laboratory", "service"}),
    "reserve": frozenset({"laboratory", "service"}),
    "cancel": frozenset({"prescriber", "service"}),
    "resubmit": frozenset({"prescriber", "service"}),
    "fractioned": frozenset({"prescriber", "laboratory", "service"}),
    "refresh": frozenset({"prescriber"}),
    "userinfo": frozenset({"prescriber"}),
    "sign-out": frozenset({"prescriber"}),
    "client-certificate": frozenset({"prescriber", "laboratory"}),
    "back-channel-logout": frozenset({"prescriber"}),
    "pdqm": frozenset({"service"}),
    "pdqm-match": frozenset({"service"}),
    "pixm": frozenset({"service"}),
    "pmir": frozenset({"fhir-identity-consumer"}),
}
"""Whose capability a need is; it binds no other subject."""
MESSAGES: Final = "messages"
"""HL7 v2: a server of somebody else's offers it where its subject file names the port."""
LAB: Final = "lab"
DEFAULT_SCHEME: Final = "INT-eRX"
NOT_ASKED: Final = "not-asked"
NOT_CHOSEN: Final = "not-chosen"
"""A run of some scenarios only: what they do not reach stays undecided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario with the subject as one of its actors; None where the lab plays all."""

    id: str
    scenario: str
    subject_actor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A scenario that is left out for an actor; `reason` is the end of `engine.exclusion.*`.

    Reasons: `capability-not-claimed`, `not-supported`, `environment`, `credential-missing`,
    `not-in-scheme`, `not-asked`, `not-chosen`.
    """

    scenario: str
    actor: str
    reason: str
    params: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def message_id(self) -> str:
        return f"engine.exclusion.{self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Every case in the order of its id, every exclusion, and what both were made from.

    `scheme` is the id of the label rules that the run was made for, `programme` what they are
    about: only its scenarios were thought of at all.
    """

    catalogue_digest: str
    cases: tuple[Case, ...]
    exclusions: tuple[Exclusion, ...] = ()
    scheme: str = DEFAULT_SCHEME
    programme: Programme = Programme.INTEROPERABILITY

    def excluded_requirements(self, catalogue: Catalogue, actor: str | None) -> dict[str, str]:
        """Return requirement id → reason where every scenario that tests it was left out.

        What only nobody chose to play is not among them: it would bind the subject.
        """
        unchosen = {one.scenario for one in self.exclusions if one.reason == NOT_CHOSEN}
        tested = {
            requirement
            for scenario in {*(case.scenario for case in self.cases), *unchosen}
            for requirement in catalogue.scenario(scenario).cited()
        }
        return {
            requirement: exclusion.reason
            for exclusion in self.exclusions
            if actor in {None, exclusion.actor}
            for requirement in sorted(catalogue.scenario(exclusion.scenario).cited())
            if requirement not in tested
        }

    def as_json(self) -> dict[str, JsonValue]:
        """Return the plan as it is written to plan.json."""
        return {
            "catalogue_digest": self.catalogue_digest,
            "scheme": self.scheme,
            "programme": self.programme.value,
            "cases": [
                {"id": case.id, "scenario": case.scenario, "subject_actor": case.subject_actor}
                for case in self.cases
            ],
            "exclusions": [
                {
                    "scenario": exclusion.scenario,
                    "actor": exclusion.actor,
                    "reason": exclusion.reason,
                    "params": dict(exclusion.params),
                }
                for exclusion in self.exclusions
            ],
        }


def plan_from_json(content: bytes) -> Plan:
    """Return the plan of a plan.json; raises ValueError where it is none."""
    value = canonical.decode(content)
    if value is None:
        raise ValueError("plan.json holds no JSON object")
    cases, exclusions = value.get("cases"), value.get("exclusions")
    if not isinstance(cases, list) or not isinstance(exclusions, list):
        raise ValueError("plan.json has no cases and exclusions")  # noqa: TRY004  a file's fault
    return Plan(
        catalogue_digest=str(value.get("catalogue_digest")),
        cases=tuple(_case(each) for each in cases),
        exclusions=tuple(_exclusion(each) for each in exclusions),
        scheme=str(value.get("scheme", DEFAULT_SCHEME)),
        programme=Programme(str(value.get("programme", Programme.INTEROPERABILITY.value))),
    )


def _case(value: JsonValue) -> Case:
    match value:
        case {"id": str(id_), "scenario": str(scenario), "subject_actor": str() | None as actor}:
            return Case(id=id_, scenario=scenario, subject_actor=actor)
        case _:
            raise ValueError("plan.json: a case has id, scenario and subject_actor")


def _exclusion(value: JsonValue) -> Exclusion:
    match value:
        case {
            "scenario": str(scenario),
            "actor": str(actor),
            "reason": str(reason),
            "params": dict(params),
        }:
            return Exclusion(scenario=scenario, actor=actor, reason=reason, params=params)
        case _:
            raise ValueError("plan.json: an exclusion has scenario, actor, reason and params")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of a run: requirements and scenarios (None: all of them), and activities."""

    requirements: frozenset[str] | None = None
    activities: frozenset[Operation] = frozenset()
    scenarios: frozenset[str] | None = None


def make_plan(
    subject: Subject | None,
    catalogue: Catalogue,
    scheme_requirements: Iterable[str] | None = None,
    *,
    activities: frozenset[Operation] = frozenset(),
    only: bool = False,
    scheme: str = DEFAULT_SCHEME,
    scenarios: frozenset[str] | None = None,
    programme: Programme = Programme.INTEROPERABILITY,
) -> Plan:
    """Return the cases of a subject; without one, every scenario played by the lab alone.

    Scenarios of another programme are not thought of. `activities` are the operations asked for
    that only the lab plays (fuzz, load, declare); `only`: the plan holds their scenarios and
    nothing else; `scenarios` are those chosen, None for all. Raises DeclarationError where an
    expectation names no check, or tells it nonsense.
    """
    registry.verify(catalogue)
    needed = None if scheme_requirements is None else frozenset(scheme_requirements)
    wanted = Wanted(requirements=needed, activities=activities, scenarios=scenarios)
    made: list[Case] = []
    left_out: list[Exclusion] = []
    for scenario in catalogue.of(programme).scenarios:
        if only and not scenario.activities() & activities:
            continue
        for actor in _actors(scenario, subject):
            reason = next(_reasons(scenario, subject, actor, wanted), None)
            if reason is None:
                made.append(_case_of(scenario, actor))
            else:
                left_out.append(reason)
    made.sort(key=lambda case: case.id)
    return Plan(
        catalogue_digest=catalogue.digest,
        cases=tuple(made),
        exclusions=tuple(left_out),
        scheme=scheme,
        programme=programme,
    )


def _actors(scenario: Scenario, subject: Subject | None) -> tuple[str | None, ...]:
    """Return as whom the subject takes part in a scenario; without a subject, as nobody."""
    if subject is None:
        return (None,)
    return tuple(role.actor for role in subject.roles if role.actor in scenario.subjects)


def _case_of(scenario: Scenario, actor: str | None) -> Case:
    return Case(id=f"{scenario.id}::{actor or LAB}", scenario=scenario.id, subject_actor=actor)


def _reasons(
    scenario: Scenario, subject: Subject | None, actor: str | None, wanted: Wanted
) -> Iterator[Exclusion]:
    def excluded(reason: str, **params: JsonValue) -> Exclusion:
        return Exclusion(scenario=scenario.id, actor=actor or LAB, reason=reason, params=params)

    for activity in sorted(scenario.activities() - wanted.activities):
        yield excluded(NOT_ASKED, activity=activity.value)
    role = None if subject is None or actor is None else subject.role(actor)
    if subject is not None and role is not None:
        if wanted.requirements is not None and not wanted.requirements & scenario.cited():
            yield excluded("not-in-scheme")
        yield from _reasons_of_subject(scenario, subject, role)
    if wanted.scenarios is not None and scenario.id not in wanted.scenarios:
        yield excluded(NOT_CHOSEN)


def _reasons_of_subject(scenario: Scenario, subject: Subject, role: Role) -> Iterator[Exclusion]:
    def excluded(reason: str, **params: JsonValue) -> Exclusion:
        return Exclusion(scenario=scenario.id, actor=role.actor, reason=reason, params=params)

    for need in scenario.needs:
        if role.actor not in CAPABILITY_OF.get(need, frozenset()):
            continue
        if need in role.not_supported:
            why = role.not_supported[need]  # type: ignore[index]  # its keys are these literals
            yield excluded("not-supported", capability=need, why=why)
        elif need not in role.capabilities:
            yield excluded("capability-not-claimed", capability=need)
    if role.actor == "service":
        speaks_hl7 = subject.server is not None and subject.server.messages is not None
        offered = frozenset({MESSAGES} if speaks_hl7 else ())
        for lacking in sorted(_environment_needs(scenario) - offered):
            yield excluded("environment", need=lacking)
        wanted = _missing_credentials(scenario, subject)
        for persona in sorted(wanted):
            yield excluded("credential-missing", persona=persona)


def _environment_needs(scenario: Scenario) -> frozenset[str]:
    """Return what the conversation needs that only our own service offers.

    A server of somebody else's lets a token expire too, but only after minutes.
    """
    expired = any(
        step.operation is Operation.RAW and step.parameters.get("token") == "expired"
        for step in scenario.acts()
    )
    return (frozenset(scenario.needs) & ENVIRONMENT) | ({"expire-tokens"} if expired else set())


def _missing_credentials(scenario: Scenario, subject: Subject) -> frozenset[str]:
    """Return the personas as whom the lab would have to sign in, and cannot.

    By HL7 v2 nobody signs in: who speaks stands in the message. Nor does anybody where a supplier
    of identities names no client at all.
    """
    server = subject.server
    open_door = scenario.programme is Programme.IDENTITY and subject.asks_nobody_to_sign_in()
    if MESSAGES in scenario.needs or open_door:
        return frozenset()
    return frozenset(
        step.as_
        for step in scenario.acts()
        if server is None or server.client(step.as_, step.from_) is None
    )
