"""The one list of all checks, and the proof that a catalogue only names checks of that list."""

from collections.abc import Mapping

from scenarios import Catalogue, DeclarationError
from scenarios.errors import Phrase, known, phrase
from scenarios.model import Expectation, Scenario, Step
from test_suites.checks.listed import access, clients, index, servers
from test_suites.core.check import Check
from test_suites.match.path import PathError, parse

CHECKS: tuple[Check, ...] = (
    *servers.CHECKS,
    *clients.CHECKS,
    *access.CHECKS,
    *index.CHECKS,
)

BY_NAME: Mapping[str, Check] = {check.name: check for check in CHECKS}

_PATHS = ("path", "each")


def verify(catalogue: Catalogue, checks: Mapping[str, Check] = BY_NAME) -> None:
    """Raise DeclarationError where an expectation names no check, or tells it nonsense."""
    for scenario in catalogue.scenarios:
        for step in scenario.acts():
            for expectation in step.expect:
                fault = expectation_fault(expectation, checks)
                if fault is not None:
                    hint = None if expectation.check in checks else _nearest(expectation, checks)
                    raise _mistake(scenario, step, expectation, fault, hint=hint)


def expectation_fault(expectation: Expectation, checks: Mapping[str, Check]) -> Phrase | None:
    """Return what is wrong with an expectation's check or parameters, None when nothing is."""
    check = checks.get(expectation.check)
    if check is None:
        return phrase("declaration.check.unknown", name=expectation.check)
    for name in _PATHS:
        try:
            parse(str(expectation.params.get(name, "x")))
        except PathError:
            return phrase("declaration.check.not-a-path", check=check.name, name=name)
    return check.parameter_fault(expectation.params, expectation.of)


def _mistake(
    scenario: Scenario,
    step: Step,
    expectation: Expectation,
    fault: Phrase,
    *,
    hint: Phrase | None,
) -> DeclarationError:
    field = f"steps[{step.id}].expect[{expectation.requirement}].check"
    return DeclarationError(f"{scenario.id}.yaml", None, field, fault, hint=hint)


def _nearest(expectation: Expectation, checks: Mapping[str, Check]) -> Phrase | None:
    """Return the hint that names the check meant, as far as one can tell."""
    return known(checks, wrong=expectation.check)
