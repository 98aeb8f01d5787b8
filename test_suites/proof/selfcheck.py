"""Every scenario with the lab in all roles: whatever does not hold then is the lab's own fault."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from scenarios import Catalogue, load_catalogue
from scenarios.model import Operation, Programme
from test_suites.core.finding import Finding
from test_suites.core.verdict import Fact, Verdict
from test_suites.core.verdicts import case_verdict
from test_suites.engine.activity import Activity
from test_suites.engine.plan import make_plan
from test_suites.engine.run import Options
from test_suites.proof.campaign import findings_of
from test_suites.tls.activity import Probe

ACTIVITIES: Final[Mapping[Operation, Activity]] = {Operation.PROBE: Probe()}
"""What the security programme plays besides conversations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the self-check found of one scenario; `wrong` are the findings that did not hold."""

    case: str
    verdict: Verdict
    findings: int
    wrong: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        """Something was observed, and all of it held."""
        return self.verdict is Verdict.PASS

    def as_json(self) -> dict[str, object]:
        """Return the result as one JSON object."""
        return {
            "case": self.case,
            "verdict": self.verdict.value,
            "findings": self.findings,
            "wrong": [
                {
                    "check": one.check,
                    "step": one.step,
                    "requirement": one.requirement,
                    "fact": one.fact.value,
                    "expected": one.expected,
                    "actual": one.actual,
                }
                for one in self.wrong
            ],
        }


def selfcheck(*, wanted: Callable[[str], bool] = lambda _: True) -> tuple[Checked, ...]:
    """Play every scenario whose id is wanted without a subject; one result for each."""
    catalogue = load_catalogue()
    return tuple(
        checked
        for programme in Programme
        for checked in _of_programme(programme, catalogue, wanted=wanted)
    )


def _of_programme(
    programme: Programme, catalogue: Catalogue, *, wanted: Callable[[str], bool]
) -> tuple[Checked, ...]:
    played = ACTIVITIES if programme is Programme.SECURITY else {}
    plan = make_plan(None, catalogue, programme=programme, activities=frozenset(played))
    cases = tuple(case for case in plan.cases if wanted(case.scenario))
    if not cases:
        return ()
    findings = findings_of(
        None, replace(plan, cases=cases), catalogue, options=Options(seed=1, activities=played)
    )
    return tuple(_checked(case.id, findings) for case in cases)


def _checked(case: str, findings: Iterable[Finding]) -> Checked:
    own = tuple(finding for finding in findings if finding.case == case)
    wrong = tuple(one for one in own if one.fact is not Fact.HELD and one.verdict is not _NA)
    return Checked(case=case, verdict=case_verdict(own), findings=len(own), wrong=wrong)


_NA = Verdict.NOT_APPLICABLE
