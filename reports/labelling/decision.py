"""Decides from requirement verdicts what a run shows; pure, and knows no files and no reasons.

An outcome is decided exactly when every way of resolving the open verdicts would give the
same one. Each module therefore has a span, its best and its worst outcome still possible.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reports.labelling.scheme import Module, Scheme
from test_suites.core.verdict import Verdict

BINDING = frozenset({"law", "national", "european"})
EVERY_AUTHORITY = BINDING | {"assumed"}


class Outcome(StrEnum):
    """What a run shows; being a label is another thing."""

    ELIGIBLE = "eligible"
    SMALLER_SCOPE = "eligible-smaller-scope"
    NOT_ELIGIBLE = "not-eligible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One requirement of the run: who demands it, and how it ended."""

    id: str
    authority: str
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The best and the worst outcome that resolving what is open could still give."""

    best: Outcome
    worst: Outcome

    @property
    def outcome(self) -> Outcome:
        """The one outcome possible, or UNDECIDED."""
        return self.best if self.best is self.worst else Outcome.UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleDecision:
    """What one module came to, and the requirement ids and options that made it so."""

    module: str
    span: Span
    mandatory: tuple[str, ...]
    failed: tuple[str, ...]
    open: tuple[str, ...]
    options_failed: tuple[str, ...]
    options_not_claimed: tuple[str, ...]
    enough: bool

    @property
    def outcome(self) -> Outcome:
        """The module's own outcome."""
        return self.span.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the whole run came to, on the requirements of some authorities."""

    authorities: frozenset[str]
    outcome: Outcome
    modules: tuple[ModuleDecision, ...]


def decide(
    scheme: Scheme,
    verdicts: Iterable[Judged],
    *,
    actors: frozenset[str],
    capabilities: frozenset[str],
    authorities: frozenset[str],
    minimum: int = 0,
) -> Decision:
    """Decide on the requirements that rest on the given authorities.

    A module with fewer than `minimum` mandatory requirements of these authorities is undecided.
    """
    judged = {one.id: one for one in verdicts}
    modules = tuple(
        _module(scheme, module, judged, capabilities, authorities, minimum)
        for module in scheme.modules_for(actors)
    )
    return Decision(
        authorities=authorities,
        outcome=_together(modules).outcome,
        modules=modules,
    )


def decide_both(
    scheme: Scheme,
    verdicts: Iterable[Judged],
    *,
    actors: frozenset[str],
    capabilities: frozenset[str],
) -> tuple[Decision, Decision]:
    """Return the decision on binding requirements only, and the one with assumed ones."""
    judged = tuple(verdicts)
    binding = decide(
        scheme,
        judged,
        actors=actors,
        capabilities=capabilities,
        authorities=BINDING,
        minimum=scheme.minimum_binding,
    )
    everything = decide(
        scheme,
        judged,
        actors=actors,
        capabilities=capabilities,
        authorities=EVERY_AUTHORITY,
    )
    return binding, everything


def mandatory_ids(module: Module, capabilities: frozenset[str]) -> tuple[str, ...]:
    """Return what a module demands of a product that claims these capabilities."""
    claimed = (option for option in module.options if option.capability in capabilities)
    return (*module.required, *(one for option in claimed for one in option.required))


def _module(  # noqa: PLR0917  the six things a decision rests on, nowhere else passed on
    scheme: Scheme,
    module: Module,
    judged: Mapping[str, Judged],
    capabilities: frozenset[str],
    authorities: frozenset[str],
    minimum: int,
) -> ModuleDecision:
    """Decide one module."""
    counted = tuple(
        one
        for one in mandatory_ids(module, capabilities)
        if one not in judged or judged[one].authority in authorities
    )
    failed = {one for one in counted if _failed(judged.get(one))}
    still_open = {one for one in counted if _open(scheme, module, one, judged.get(one))}
    enough = sum(one in judged for one in counted) >= minimum
    claimed = tuple(option for option in module.options if option.capability in capabilities)
    options_failed = tuple(o.id for o in claimed if failed & set(o.required))
    span = _span(
        core_failed=bool(failed & set(module.required)),
        core_open=bool(still_open & set(module.required)),
        option_failed=bool(options_failed),
        option_open=any(still_open & set(option.required) for option in claimed),
    )
    return ModuleDecision(
        module=module.id,
        span=span if enough else Span(best=Outcome.ELIGIBLE, worst=Outcome.NOT_ELIGIBLE),
        mandatory=counted,
        failed=tuple(one for one in counted if one in failed),
        open=tuple(one for one in counted if one in still_open),
        options_failed=options_failed,
        options_not_claimed=tuple(o.id for o in module.options if o not in claimed),
        enough=enough,
    )


def _failed(judged: Judged | None) -> bool:
    """Only a FAIL is held against a product; the lab's ERROR never is."""
    return judged is not None and judged.verdict is Verdict.FAIL


def _open(scheme: Scheme, module: Module, requirement: str, judged: Judged | None) -> bool:
    """Whether a mandatory requirement is neither shown nor broken; never exercised is open."""
    if judged is None:
        return True
    if judged.verdict is Verdict.NOT_APPLICABLE and requirement in module.may_not_apply:
        return False
    return judged.verdict is not Verdict.FAIL and judged.verdict not in scheme.tolerated


def _span(*, core_failed: bool, core_open: bool, option_failed: bool, option_open: bool) -> Span:
    """Return what resolving the open requirements could still give."""
    if core_failed:
        return Span(best=Outcome.NOT_ELIGIBLE, worst=Outcome.NOT_ELIGIBLE)
    best = Outcome.SMALLER_SCOPE if option_failed else Outcome.ELIGIBLE
    if core_open:
        return Span(best=best, worst=Outcome.NOT_ELIGIBLE)
    if option_failed or option_open:
        return Span(best=best, worst=Outcome.SMALLER_SCOPE)
    return Span(best=best, worst=best)


def _together(modules: tuple[ModuleDecision, ...]) -> Span:
    """Return the span of the whole run; a failing module leaves the others their scope."""
    if not modules:
        return Span(best=Outcome.ELIGIBLE, worst=Outcome.NOT_ELIGIBLE)
    return Span(
        best=_overall(module.span.best for module in modules),
        worst=_overall(module.span.worst for module in modules),
    )


def _overall(outcomes: Iterable[Outcome]) -> Outcome:
    """Return one outcome for several decided modules."""
    different = set(outcomes)
    return different.pop() if len(different) == 1 else Outcome.SMALLER_SCOPE
