"""From findings to one verdict per case and per requirement; pure, knows no check."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scenarios import Catalogue
from scenarios.model import Requirement
from test_suites.core.finding import Finding
from test_suites.core.verdict import Fact, Verdict, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementVerdict:
    """Owns what all cases together say of one requirement.

    `note` is one of `held-elsewhere` (some place could not be observed, others held),
    `broken-may`, `untested`, `excluded`, `not-concerned`, `not-reached` or empty. `errors` are
    the findings in which the lab failed: they are always listed, and neither hidden by a FAIL
    nor counted as one.
    """

    id: str
    verdict: Verdict
    note: str = ""
    findings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def case_verdict(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict of a case."""
    return worst(finding.verdict for finding in findings)


def requirement_verdicts(
    findings: Iterable[Finding],
    excluded: Mapping[str, str],
    catalogue: Catalogue,
    actor: str | None,
) -> tuple[RequirementVerdict, ...]:
    """Return a verdict for each requirement that binds an actor; for all where it is None.

    `excluded` maps a requirement id to the reason why the plan left it out. A requirement with
    a condition that the subject does not claim is left out even where something was seen of it.
    """
    known = tuple(findings)
    return tuple(
        _verdict_of(
            requirement,
            tuple(f for f in known if f.requirement == requirement.id and actor in {None, f.about}),
            excluded=requirement.id in excluded,
        )
        for requirement in catalogue.requirements
        if actor is None or actor in requirement.actors
    )


def _verdict_of(
    requirement: Requirement, findings: tuple[Finding, ...], *, excluded: bool
) -> RequirementVerdict:
    verdict, note = _combined(requirement, findings, excluded=excluded)
    return RequirementVerdict(
        id=requirement.id,
        verdict=verdict,
        note=note,
        findings=tuple(f.id for f in findings),
        errors=tuple(f.id for f in findings if f.verdict is Verdict.ERROR),
    )


def _combined(
    requirement: Requirement, findings: tuple[Finding, ...], *, excluded: bool
) -> tuple[Verdict, str]:
    counting = [f for f in findings if f.verdict is not Verdict.NOT_APPLICABLE]
    if excluded and (requirement.condition is not None or not counting):
        return Verdict.NOT_APPLICABLE, "excluded"
    if not counting:
        return _uncounted(requirement, findings)
    inconclusive = [f for f in counting if f.verdict is Verdict.INCONCLUSIVE]
    decided = [f for f in counting if f.verdict is not Verdict.INCONCLUSIVE]
    verdict = worst(f.verdict for f in decided or inconclusive)
    if verdict is Verdict.PASS and inconclusive:
        return verdict, "held-elsewhere"
    if verdict is Verdict.PASS and any(f.fact is Fact.BROKEN for f in decided):
        return verdict, "broken-may"
    return verdict, ""


def _uncounted(requirement: Requirement, findings: tuple[Finding, ...]) -> tuple[Verdict, str]:
    """Return how a requirement ends of which no finding counts."""
    if requirement.untested_because is not None:
        return Verdict.NOT_APPLICABLE, "untested"
    if any(not f.applies for f in findings):
        return Verdict.NOT_APPLICABLE, "not-concerned"
    return Verdict.INCONCLUSIVE, "not-reached"
