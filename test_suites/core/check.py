"""What a check is: a name, the parameters it takes, and a pure look at a View."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from scenarios.errors import Phrase, phrase
from test_suites.core.finding import Observation
from test_suites.core.message import JsonValue
from test_suites.core.view import View

Look: TypeAlias = Callable[[View], Iterator[Observation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Owns one fact that can be looked for. It knows no requirement and no severity.

    `params` maps each parameter to its type, `optional` names those that may be absent;
    `needs_of` says that the expectation must name an operation. `stops` is False where
    breaking the fact cannot change what happens afterwards (a line in a log, a sentence on
    a screen), so that it never explains why something else went wrong.
    """

    name: str
    look: Look
    params: Mapping[str, type] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    needs_of: bool = False
    stops: bool = True

    def parameter_fault(self, given: Mapping[str, JsonValue], of: str | None) -> Phrase | None:
        """Return what is wrong with the parameters of an expectation, None when nothing is."""
        unknown = sorted(set(given) - set(self.params))
        missing = sorted(set(self.params) - self.optional - set(given))
        wrong = sorted(
            name
            for name, kind in self.params.items()
            if name in given and not _is(given[name], kind)
        )
        if unknown:
            return phrase("declaration.check.unknown-parameter", check=self.name, name=unknown[0])
        if missing:
            return phrase("declaration.check.missing-parameter", check=self.name, name=missing[0])
        if wrong:
            return phrase(
                f"declaration.check.parameter-{self.params[wrong[0]].__name__}",
                check=self.name,
                name=wrong[0],
            )
        if self.needs_of and of is None:
            return phrase("declaration.check.needs-of", check=self.name)
        return None


def _is(value: JsonValue, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    if kind is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, kind)
