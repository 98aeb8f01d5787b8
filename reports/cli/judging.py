"""From a run folder to its report: reads evidence, has it judged, sums it up; runs nothing."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from reports.labelling.scheme import load_scheme
from reports.render import model
from reports.render.build import CaseFacts, Judgement, RequirementFacts, build_report
from reports.render.excerpt import excerpts
from scenarios import Catalogue, load_catalogue
from scenarios.model import Arrangement, Requirement, Step
from test_suites.capture.chain import records
from test_suites.capture.journal import EXHIBITS, JOURNAL
from test_suites.core.finding import Finding
from test_suites.core.verdict import Verdict, worst
from test_suites.core.verdicts import RequirementVerdict, case_verdict, requirement_verdicts
from test_suites.engine.evaluate import evaluate_record
from test_suites.engine.journal import Record, read
from test_suites.engine.plan import Case, Exclusion, Plan
from test_suites.subjects.model import Subject
from test_suites.subjects.reader import parse_subject

SUBJECT, PLAN = "subject.toml", "plan.json"
NOTES = {
    "held-elsewhere": "report.note.held-elsewhere",
    "broken-may": "report.note.broken-may",
    "excluded": "report.note.excluded",
    "not-concerned": "report.note.not-concerned",
    "not-reached": "report.note.not-reached",
}


def judge_folder(
    folder: Path,
    *,
    scheme_id: str | None,
    lab: model.Lab,
    catalogue: Catalogue | None = None,
) -> model.Report:
    """Return the report on a finished run; the same folder always gives the same report.

    Without a scheme id the rules are those that the run was planned for; `catalogue` stands in
    for the one that ships. Raises NoResultError for a run without a footer and UnreadableError
    for a broken journal.
    """
    whole, record = catalogue or load_catalogue(), read(folder)
    plan = record.plan
    catalogue = whole.of(plan.programme)
    scheme = load_scheme(scheme_id or plan.scheme)
    findings = tuple(
        one for one in evaluate_record(record, catalogue) if scheme.concerned(one.requirement)
    )
    subject = parse_subject(
        (folder / SUBJECT).read_text(encoding="utf-8"), file=SUBJECT, today=_started(record).date()
    )
    cited = frozenset(f.evidence.record for f in findings if f.evidence is not None)
    return build_report(
        Judgement(
            lab=lab,
            subject=_subject(subject, _sha256(folder / SUBJECT)),
            scheme=scheme,
            scheme_sha256=_scheme_sha256(scheme.id),
            run=_run(folder, record, catalogue),
            journal=_sha256(folder / JOURNAL),
            plan=_sha256(folder / PLAN),
            catalogue=catalogue.digest,
            planned_catalogue=plan.catalogue_digest,
            requirements=tuple(
                one
                for one in _requirements(findings, plan, catalogue, subject)
                if scheme.concerned(one.id)
            ),
            cases=tuple(_case(case, findings, catalogue) for case in plan.cases),
            findings=findings,
            exclusions=tuple(_exclusion(one, catalogue) for one in plan.exclusions),
            deviations=tuple(_deviations(plan, catalogue)),
            evidence=tuple(_evidence(folder)),
            excerpts=excerpts(record.transcripts, cited),
        )
    )


def _requirements(
    findings: tuple[Finding, ...], plan: Plan, catalogue: Catalogue, subject: Subject
) -> Iterator[RequirementFacts]:
    """Return every requirement that binds the product, with its verdict over all its roles."""
    by_role = [
        {
            one.id: one
            for one in requirement_verdicts(
                findings,
                plan.excluded_requirements(catalogue, role.actor),
                catalogue,
                role.actor,
            )
        }
        for role in subject.roles
    ]
    for requirement in catalogue.requirements:
        judged = tuple(role[requirement.id] for role in by_role if requirement.id in role)
        if judged:
            yield _requirement(requirement, judged, catalogue)


def _requirement(
    requirement: Requirement, judged: tuple[RequirementVerdict, ...], catalogue: Catalogue
) -> RequirementFacts:
    """Return one requirement; a product with two roles has the worse verdict of both."""
    verdict = worst(one.verdict for one in judged)
    telling = next(one for one in judged if one.verdict is verdict)
    untested = requirement.untested_because
    return RequirementFacts(
        id=requirement.id,
        text=requirement.text,
        source=requirement.source,
        source_title=catalogue.source(requirement.source).title,
        clause=requirement.clause,
        obligation=requirement.obligation.value,
        authority=requirement.authority.value,
        actors=tuple(actor.value for actor in requirement.actors),
        verdict=verdict,
        findings=tuple(finding for one in judged for finding in one.findings),
        note=model.Message(message_id=NOTES[telling.note]) if telling.note in NOTES else None,
        untested_because=untested.reason if untested is not None else None,
    )


def _case(case: Case, findings: tuple[Finding, ...], catalogue: Catalogue) -> CaseFacts:
    """Return one case of the plan with its verdict."""
    scenario = catalogue.scenario(case.scenario)
    own = [finding for finding in findings if finding.case == case.id]
    return CaseFacts(
        id=case.id,
        scenario=case.scenario,
        title=scenario.title,
        purpose=scenario.purpose,
        actor=case.subject_actor or "lab",
        verdict=case_verdict(own) if own else Verdict.INCONCLUSIVE,
    )


def _exclusion(one: Exclusion, catalogue: Catalogue) -> model.Exclusion:
    """Return a scenario that was left out, with the requirements it would have tested."""
    scenario = catalogue.scenario(one.scenario)
    return model.Exclusion(
        scenario=one.scenario,
        title=scenario.title,
        actor=one.actor,
        requirements=tuple(
            sorted(
                {e.requirement for s in scenario.acts() for e in s.expect if e.about == one.actor}
            )
        ),
        reason=model.Message(
            message_id=one.message_id,
            params={name: str(value) for name, value in one.params.items()},
        ),
    )


_FLAWS = {
    "flawed-server": "",
    "revoke-certificate": "revoked",
    "silence-status": "status-unavailable",
    "hand-certificate": "",
    "notify-logout": "",
    "tell-changes": "",
}
"""Arrangements that are false on purpose, and how that is called: empty, as they say themselves."""
_SENT = {"notify-logout": "logout-notice", "tell-changes": "patient-feed"}
"""Arrangements that send something to the software under test, and what that is."""
_TRUE = frozenset({"good", "ending"})
"""What a client certificate, or a notice of a sign-out, is that is not false."""


def _deviations(plan: Plan, catalogue: Catalogue) -> Iterator[model.Deviation]:
    """Return the faults that the lab made on purpose."""
    for case in plan.cases:
        for step in catalogue.scenario(case.scenario).steps:
            if isinstance(step, Arrangement):
                if step.arrange in _FLAWS and not _TRUE & set(map(str, step.parameters.values())):
                    yield _flaw(case, step)
            elif step.deviation is not None:
                yield _deviation(case, step)


def _flaw(case: Case, step: Arrangement) -> model.Deviation:
    """Return what was wrong on purpose with the server's certificate or its TLS."""
    return model.Deviation(
        case=case.id,
        step=step.id,
        kind="flaw",
        operation=_SENT.get(step.arrange, "tls"),
        details={"flaw": _flaw_of(step)},
    )


def _flaw_of(step: Arrangement) -> str:
    """Return what is false in an arrangement, as it is called in reports."""
    given = step.parameters
    if step.arrange == "hand-certificate":
        return f"client-certificate-{given['certificate']}"
    if step.arrange == "tell-changes":
        return f"patient-feed-{given['message']}"
    if step.arrange == "notify-logout":
        return f"logout-token-{given['token']}"
    return str(given.get("flaw") or _FLAWS[step.arrange])


def _deviation(case: Case, step: Step) -> model.Deviation:
    """Return one fault made on purpose, as the scenario declares it."""
    declared = {} if step.deviation is None else step.deviation.model_dump(mode="json")
    left_out = {"kind", "operation"}
    if declared.get("forgery") is not None:
        left_out.add("times")  # a forger does not count
    details = {
        name: str(value)
        for name, value in declared.items()
        if name not in left_out and value is not None
    }
    return model.Deviation(
        case=case.id,
        step=step.id,
        kind=str(declared["kind"]),
        operation=str(declared["operation"]),
        details=details,
    )


def _subject(subject: Subject, sha256: str) -> model.Subject:
    """Return what the vendor declared."""
    return model.Subject(
        vendor=subject.product.vendor,
        product=subject.product.name,
        version=subject.product.version,
        build=subject.product.build,
        actors=tuple(role.actor for role in subject.roles),
        capabilities=tuple(
            dict.fromkeys(one for role in subject.roles for one in role.capabilities)
        ),
        not_supported={
            name: why for role in subject.roles for name, why in role.not_supported.items()
        },
        reached_by=_reached_by(subject),
        sha256=sha256,
        practice=None
        if subject.practice is None
        else model.Practice(size=subject.practice.size, answered_by=subject.practice.answered_by),
    )


def _reached_by(subject: Subject) -> str:
    """Return how the lab got at the product: by its operator, its address, or by its word alone."""
    if subject.operator is not None:
        return subject.operator.kind
    return "server" if subject.server is not None else "word"


def _started(record: Record) -> dt.datetime:
    """Return when the run began, by the lab's clock."""
    return dt.datetime.fromisoformat(str(record.header["started"]))


def _run(folder: Path, record: Record, catalogue: Catalogue) -> model.Run:
    """Return what the journal says of the run."""
    *_, last = records(folder)
    started = _started(record)
    ended = started + dt.timedelta(microseconds=last.at)
    return model.Run(
        id=str(record.header["run"]),
        started=started.isoformat(timespec="seconds"),
        ended=ended.isoformat(timespec="seconds"),
        seed=str(record.header["seed"]),
        records=last.seq,
        unattributed=len(record.unattributed),
        versions=_texts(record.header.get("versions")),
        environment=_environment(record, catalogue),
    )


def _environment(record: Record, catalogue: Catalogue) -> dict[str, str]:
    """Return under which conditions the conversations took place, as the evidence shows them."""
    exchanges = [one for transcript in record.transcripts for one in transcript.exchanges]
    channels = {one.channel.tls_version or "http" for one in exchanges}
    datasets = {catalogue.scenario(case.scenario).dataset for case in record.plan.cases}
    return {"transport": ", ".join(sorted(channels)), "dataset": ", ".join(sorted(datasets))}


def _texts(value: object) -> dict[str, str]:
    """Return a mapping of the journal as text."""
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}


def _evidence(folder: Path) -> Iterator[model.EvidenceFile]:
    """Return every file that judging rests on, with its digest."""
    kinds: tuple[tuple[str, model.EvidenceKind], ...] = (
        (JOURNAL, "journal"),
        (PLAN, "plan"),
        (SUBJECT, "subject"),
    )
    for name, kind in kinds:
        yield _file(folder, name, kind)
    for path in sorted((folder / EXHIBITS).glob("*")):
        yield _file(folder, f"{EXHIBITS}/{path.name}", "exhibit")


def _file(folder: Path, name: str, kind: model.EvidenceKind) -> model.EvidenceFile:
    """Return one file of the run folder."""
    path = folder / name
    return model.EvidenceFile(
        name=name, kind=kind, length=path.stat().st_size, sha256=_sha256(path)
    )


def _sha256(path: Path) -> str:
    """Return the digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _scheme_sha256(scheme_id: str) -> str:
    """Return the digest of a scheme file."""
    file = resources.files("reports.labelling") / "schemes" / f"{scheme_id}.yaml"
    return hashlib.sha256(file.read_bytes()).hexdigest()
