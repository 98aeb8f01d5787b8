"""Builds realistic judgements on the real catalogue, without running anything."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from reports.labelling.scheme import load_scheme
from reports.render import build, model
from reports.render.build import CaseFacts, Judgement, RequirementFacts
from scenarios import Catalogue, load_catalogue
from scenarios.model import Actor, Expectation, Scenario
from test_suites.core.finding import Evidence, Finding
from test_suites.core.verdict import Fact, Verdict, worst

ENDED = "2026-11-22T20:03:29Z"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One imagined run of a product: `broken` maps a requirement to how it ended."""

    actor: Actor = Actor.LABORATORY
    broken: Mapping[str, Verdict] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ("plan-b", "fractioned", "reserve", "cancel", "resubmit")

    def judgement(self) -> Judgement:
        return _judgement(self)

    def report(self) -> model.Report:
        return build.build_report(self.judgement())


def good() -> model.Report:
    return Example().report()


def bad() -> model.Report:
    return Example(
        broken={
            "ERX-LAB-005": Verdict.FAIL,
            "ERX-LAB-007": Verdict.FAIL,
            "ERX-RES-004": Verdict.INCONCLUSIVE,
            "ERX-SEC-003": Verdict.WARN,
            "ERX-SEC-015": Verdict.WARN,
            "ERX-SEC-010": Verdict.ERROR,
        }
    ).report()


LAB = model.Lab(
    name="Reference lab (specimen)",
    address="1, rue des Exemples, L-1234 Luxembourg (specimen)",
    place="Luxembourg (specimen)",
)
RUN = model.Run(
    id="run-0f3a9c7d11e2",
    started="2026-11-22T20:03:08Z",
    ended=ENDED,
    seed="20261122",
    records=812,
    unattributed=0,
    versions={"equalis-lab": "0.1.0", "python": "3.11"},
    environment={"transport": "TLSv1.3", "dataset": "erx-standard"},
)
EVIDENCE = (
    model.EvidenceFile(
        name="journal.jsonl", kind="journal", length=812345, sha256=digest("journal")
    ),
    model.EvidenceFile(
        name=f"exhibits/{digest('pdf')}", kind="exhibit", length=50123, sha256=digest("pdf")
    ),
)


def _judgement(example: Example) -> Judgement:
    catalogue = load_catalogue()
    scenarios = [one for one in catalogue.scenarios if example.actor in one.subjects]
    findings = tuple(_findings(example, scenarios))
    return Judgement(
        lab=LAB,
        subject=_subject(example),
        scheme=load_scheme(),
        scheme_sha256=digest("scheme"),
        run=RUN,
        journal=digest("journal"),
        plan=digest("plan"),
        catalogue=catalogue.digest,
        planned_catalogue=catalogue.digest,
        requirements=tuple(_requirements(example, catalogue, findings)),
        cases=tuple(_case(one, example.actor) for one in scenarios),
        findings=findings,
        exclusions=(),
        deviations=_deviations(scenarios, example.actor),
        evidence=EVIDENCE,
        excerpts=tuple(_excerpt(number, f) for number, f in enumerate(findings) if number % 3 == 0),
    )


def _subject(example: Example) -> model.Subject:
    return model.Subject(
        vendor="Laborsoft Éditions S.à r.l.",
        product="Labo Clair",
        version="4.2.0",
        build="4.2.0+7f3c1d",
        actors=(example.actor.value,),
        capabilities=example.capabilities,
        not_supported={"console": "le produit est piloté par HTTP"},
        reached_by="process",
        sha256=digest("subject"),
    )


def _requirements(
    example: Example, catalogue: Catalogue, findings: tuple[Finding, ...]
) -> list[RequirementFacts]:
    return [
        RequirementFacts(
            id=one.id,
            text=one.text,
            source=one.source,
            source_title=catalogue.source(one.source).title,
            clause=one.clause,
            obligation=one.obligation.value,
            authority=one.authority.value,
            actors=tuple(actor.value for actor in one.actors),
            verdict=_verdict(one.id, findings),
            findings=tuple(f.id for f in findings if f.requirement == one.id),
            untested_because=one.untested_because.reason if one.untested_because else None,
        )
        for one in catalogue.requirements
        if example.actor in one.actors
    ]


def _case(scenario: Scenario, actor: Actor) -> CaseFacts:
    return CaseFacts(
        id=f"{scenario.id}::{actor}",
        scenario=scenario.id,
        title=scenario.title,
        purpose=scenario.purpose,
        actor=actor.value,
        verdict=Verdict.PASS,
    )


def _verdict(requirement: str, findings: tuple[Finding, ...]) -> Verdict:
    own = [finding.verdict for finding in findings if finding.requirement == requirement]
    return worst(own) if own else Verdict.INCONCLUSIVE


def _findings(example: Example, scenarios: list[Scenario]) -> list[Finding]:
    found: list[Finding] = []
    for scenario in scenarios:
        for step in scenario.acts():
            for ordinal, expectation in enumerate(step.expect):
                if expectation.about is not example.actor:
                    continue
                verdict = example.broken.get(expectation.requirement, Verdict.PASS)
                place = (scenario.id, step.id, ordinal)
                found.append(_finding(example, place, expectation, verdict))
    return found


def _finding(
    example: Example, place: tuple[str, str, int], expectation: Expectation, verdict: Verdict
) -> Finding:
    scenario, step, ordinal = place
    facts = {Verdict.PASS: Fact.HELD, Verdict.INCONCLUSIVE: Fact.UNOBSERVED}
    fact = facts.get(verdict, Fact.BROKEN)
    case = f"{scenario}::{example.actor}"
    actual = "200" if fact is Fact.HELD else "409"
    return Finding(
        id=f"{case}/{step}/{expectation.check}/{expectation.requirement}/{ordinal}",
        case=case,
        step=step,
        check=expectation.check,
        requirement=expectation.requirement,
        about=example.actor.value,
        fact=fact,
        verdict=verdict,
        message_id="check.unobserved.no-request"
        if fact is Fact.UNOBSERVED
        else f"check.{expectation.check}.{fact.value}",
        params={"expected": "200", "actual": actual},
        expected="200",
        actual=actual,
        evidence=None
        if fact is Fact.UNOBSERVED
        else Evidence(record=10 + 3 * ordinal, pointer="response.body#/issue/0"),
        curl="curl -sS -X POST 'https://127.0.0.1:8443/s-0f3a9c/fhir/Task/1f/$dispense' "
        "-H 'Content-Type: application/fhir+json' --data @body.json",
    )


def _excerpt(number: int, finding: Finding) -> model.Excerpt:
    return model.Excerpt(
        record=number + 10,
        case=finding.case,
        step=finding.step,
        kind="exchange",
        at=1.25 + number / 100,
        title="POST /fhir/Task/1f/$dispense → 409",
        sent="POST /s-0f3a9c/fhir/Task/1f/$dispense\nContent-Type: application/fhir+json\n\n"
        '{\n  "resourceType": "Parameters"\n}',
        answered='409\n\n{\n  "resourceType": "OperationOutcome"\n}',
        shortened=False,
    )


def _deviations(scenarios: list[Scenario], actor: Actor) -> tuple[model.Deviation, ...]:
    return tuple(
        model.Deviation(
            case=f"{scenario.id}::{actor}",
            step=step.id,
            kind=step.deviation.kind.value,
            operation=step.deviation.operation,
            details={"times": str(step.deviation.times)},
        )
        for scenario in scenarios
        for step in scenario.acts()
        if step.deviation is not None
    )
