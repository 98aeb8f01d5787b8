"""Makes the report of a run from what was judged; reads no file, no clock and no network."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.labelling.decision import (
    BINDING,
    Decision,
    Judged,
    ModuleDecision,
    decide_both,
    mandatory_ids,
)
from reports.labelling.scheme import Module, Scheme
from reports.render import model
from reports.render.canonical import findings_digest
from reports.render.number import report_number
from scenarios.model import Text
from test_suites.core.finding import Finding
from test_suites.core.message import JsonValue
from test_suites.core.verdict import Fact, Verdict, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementFacts:
    """A requirement of the catalogue that concerns the product, and how it ended.

    `findings` are the ids of those about the product itself, in the judge's order.
    """

    id: str
    text: Text
    source: str
    source_title: Text
    clause: str
    obligation: model.Obligation
    authority: model.Authority
    actors: tuple[str, ...]
    verdict: Verdict
    findings: tuple[str, ...]
    note: model.Message | None = None
    untested_because: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """A case that was run; `verdict` is the judge's."""

    id: str
    scenario: str
    title: Text
    purpose: Text
    actor: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Everything a report is made from: one run, judged once."""

    lab: model.Lab
    subject: model.Subject
    scheme: Scheme
    scheme_sha256: str
    run: model.Run
    journal: str
    plan: str
    catalogue: str
    planned_catalogue: str
    requirements: tuple[RequirementFacts, ...]
    cases: tuple[CaseFacts, ...]
    findings: tuple[Finding, ...]
    exclusions: tuple[model.Exclusion, ...]
    deviations: tuple[model.Deviation, ...]
    evidence: tuple[model.EvidenceFile, ...]
    excerpts: tuple[model.Excerpt, ...]


def build_report(judged: Judgement) -> model.Report:
    """Return the report; the same judgement always gives the same report, byte for byte."""
    actors, capabilities = frozenset(judged.subject.actors), frozenset(judged.subject.capabilities)
    binding, everything = decide_both(
        judged.scheme,
        (Judged(id=r.id, authority=r.authority, verdict=r.verdict) for r in judged.requirements),
        actors=actors,
        capabilities=capabilities,
    )
    modules = judged.scheme.modules_for(actors)
    mandatory = {one for module in modules for one in mandatory_ids(module, capabilities)}
    obligations = {r.id: r.obligation for r in judged.requirements}
    findings = tuple(_finding(f, judged.scheme, obligations) for f in judged.findings)
    requirements = tuple(_requirement(r, judged, mandatory) for r in judged.requirements)
    cases = tuple(_case(case, judged.findings) for case in judged.cases)
    digests = _digests(judged, findings)
    return model.Report(
        format="equalis-report/1",
        report_number=_number(judged, digests, requirements),
        kind="self-assessment" if judged.scheme.kind == "self-assessment" else "local-run",
        issued=judged.run.ended,
        lab=judged.lab,
        subject=judged.subject,
        scheme=_scheme(judged.scheme, judged.scheme_sha256, modules, capabilities),
        outcome=binding.outcome,
        outcome_with_assumed=everything.outcome,
        decisions=(
            _decision("binding", binding, judged.scheme),
            _decision("with-assumed", everything, judged.scheme),
        ),
        counts=_counts(requirements, cases, findings),
        requirements=requirements,
        cases=cases,
        findings=findings,
        exclusions=judged.exclusions,
        deviations=judged.deviations,
        run=judged.run,
        digests=digests,
        evidence=judged.evidence,
        excerpts=judged.excerpts,
    )


def _digests(judged: Judgement, findings: tuple[model.FindingPart, ...]) -> model.Digests:
    """Return what the report rests on."""
    return model.Digests(
        journal=judged.journal,
        plan=judged.plan,
        subject=judged.subject.sha256,
        catalogue=judged.catalogue,
        planned_catalogue=judged.planned_catalogue,
        scheme=judged.scheme_sha256,
        findings=findings_digest(findings),
    )


def _number(
    judged: Judgement, digests: model.Digests, requirements: tuple[model.Requirement, ...]
) -> str:
    """Return the report's number, which names the run and this judgement of it."""
    return report_number(
        issued=judged.run.ended,
        journal=digests.journal,
        judgement=(
            digests.catalogue,
            digests.scheme,
            digests.findings,
            *(f"{one.id}={one.verdict}" for one in requirements),
        ),
    )


def _finding(finding: Finding, scheme: Scheme, obligations: Mapping[str, str]) -> model.FindingPart:
    """Return a finding as the report keeps it."""
    evidence = finding.evidence
    return model.FindingPart(
        id=finding.id,
        requirement=finding.requirement,
        case=finding.case,
        step=finding.step,
        check=finding.check,
        about=finding.about,
        fact=finding.fact,
        verdict=finding.verdict,
        severity=_severity(scheme, finding.requirement, obligations),
        mode=finding.mode,
        message_id=finding.message_id,
        params={name: _plain(value) for name, value in finding.params.items()},
        expected=finding.expected,
        actual=finding.actual,
        evidence=None
        if evidence is None
        else model.Pointer(record=evidence.record, pointer=evidence.pointer),
        curl=finding.curl,
        caused_by=finding.caused_by,
        request_id=finding.request_id,
    )


def _plain(value: JsonValue) -> str | int | float | bool | list[str] | None:
    """Return a parameter as a sentence can hold it."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return str(value) if isinstance(value, dict) else value


def _severity(scheme: Scheme, requirement: str, obligations: Mapping[str, str]) -> model.Severity:
    """Return the severity of a break, from the scheme alone."""
    severity = scheme.severity(requirement, obligations.get(requirement, "MUST"))
    known: dict[str, model.Severity] = {
        "critical": "critical",
        "major": "major",
        "minor": "minor",
        "observation": "observation",
    }
    return known[severity]


def _requirement(
    facts: RequirementFacts, judged: Judgement, mandatory: set[str]
) -> model.Requirement:
    """Return one requirement with the findings that speak of it."""
    speaking = frozenset(facts.findings)
    own = tuple(f for f in judged.findings if f.id in speaking)
    return model.Requirement(
        id=facts.id,
        text=facts.text,
        source=facts.source,
        source_title=facts.source_title,
        clause=facts.clause,
        obligation=facts.obligation,
        authority=facts.authority,
        actors=facts.actors,
        mandatory=facts.id in mandatory,
        severity=_severity(judged.scheme, facts.id, {facts.id: facts.obligation}),
        verdict=facts.verdict,
        cases=tuple(dict.fromkeys(f.case for f in own)),
        findings=tuple(f.id for f in own),
        lab_errors=sum(f.verdict is Verdict.ERROR for f in own),
        note=facts.note,
        untested_because=facts.untested_because,
    )


def _case(facts: CaseFacts, findings: tuple[Finding, ...]) -> model.Case:
    """Return one case with the findings made in it."""
    own = tuple(f for f in findings if f.case == facts.id)
    return model.Case(
        id=facts.id,
        scenario=facts.scenario,
        title=facts.title,
        purpose=facts.purpose,
        actor=facts.actor,
        verdict=worst((facts.verdict, *(f.verdict for f in own))),
        requirements=tuple(dict.fromkeys(f.requirement for f in own)),
        findings=tuple(f.id for f in own),
    )


def _scheme(
    scheme: Scheme, sha256: str, modules: tuple[Module, ...], capabilities: frozenset[str]
) -> model.SchemeRef:
    """Return what the report says of the rules applied."""
    return model.SchemeRef(
        id=scheme.id,
        version=scheme.version,
        title=scheme.title,
        minimum_binding=scheme.minimum_binding,
        tolerated=tuple(sorted(scheme.tolerated, key=lambda verdict: verdict.rank)),
        validity_months=scheme.validity.months,
        bound_to=scheme.validity.bound_to,
        surveillance=tuple(one.text for one in scheme.surveillance),
        modules=tuple(
            model.ModuleRef(
                id=module.id,
                title=module.title,
                mandatory=mandatory_ids(module, capabilities),
                recommended=module.recommended,
            )
            for module in modules
        ),
        sha256=sha256,
    )


def _decision(basis: str, decision: Decision, scheme: Scheme) -> model.DecisionPart:
    """Return one outcome with what made it so."""
    return model.DecisionPart(
        basis="binding" if basis == "binding" else "with-assumed",
        authorities=tuple(one for one in model.AUTHORITIES if one in decision.authorities),
        outcome=decision.outcome,
        modules=tuple(_module(one, decision, scheme) for one in decision.modules),
    )


def _module(one: ModuleDecision, decision: Decision, scheme: Scheme) -> model.ModuleOutcome:
    """Return what one module came to."""
    options = next(module.options for module in scheme.modules if module.id == one.module)
    titles = {option.id: model.OptionRef(id=option.id, title=option.title) for option in options}
    return model.ModuleOutcome(
        module=one.module,
        outcome=one.outcome,
        mandatory=len(one.mandatory),
        shown=len(one.mandatory) - len(one.failed) - len(one.open),
        failed=one.failed,
        open=one.open,
        options_failed=tuple(titles[option] for option in one.options_failed),
        options_not_claimed=tuple(titles[option] for option in one.options_not_claimed),
        reasons=tuple(_reasons(one, decision.authorities == BINDING, scheme.minimum_binding)),
    )


def _reasons(one: ModuleDecision, binding: bool, minimum: int) -> Iterable[model.Message]:  # noqa: FBT001  which of the two outcomes is explained
    """Say why a module came to its outcome, as message ids."""
    if binding and not one.enough:
        yield model.Message(
            message_id="report.reason.too-few-binding",
            params={"count": len(one.mandatory), "minimum": minimum},
        )
    if one.failed:
        yield model.Message(message_id="report.reason.failed", params={"count": len(one.failed)})
    if one.open:
        yield model.Message(message_id="report.reason.open", params={"count": len(one.open)})
    if not one.failed and not one.open and one.mandatory:
        yield model.Message(
            message_id="report.reason.all-shown", params={"count": len(one.mandatory)}
        )


def _counts(
    requirements: tuple[model.Requirement, ...],
    cases: tuple[model.Case, ...],
    findings: tuple[model.FindingPart, ...],
) -> model.Counts:
    """Return the figures of the first page."""
    return model.Counts(
        authorities=tuple(
            model.AuthorityCount(
                authority=authority,
                total=sum(r.authority == authority for r in requirements),
                mandatory=sum(r.authority == authority and r.mandatory for r in requirements),
                verdicts=_tally(r.verdict for r in requirements if r.authority == authority),
            )
            for authority in model.AUTHORITIES
        ),
        requirements=_tally(r.verdict for r in requirements),
        cases=_tally(c.verdict for c in cases),
        findings=_tally(f.verdict for f in findings),
        facts={fact: sum(f.fact is fact for f in findings) for fact in Fact},
        lab_errors=sum(f.verdict is Verdict.ERROR for f in findings),
    )


def _tally(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """Count verdicts; every word is there, also with none."""
    counted = Counter(verdicts)
    return {verdict: counted[verdict] for verdict in Verdict}
