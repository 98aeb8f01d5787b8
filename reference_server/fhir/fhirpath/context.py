"""What an evaluation has around it: the environment, its limits, what is looked at now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from reference_server.fhir.fhirpath.errors import FhirPathLimitError, FhirPathRunError
from reference_server.fhir.fhirpath.nodes import Item, Items
from reference_server.fhir.r4.model import Types

MOST_STEPS: Final = 2_000_000
"""How many items an evaluation may look at, all its parts together."""

_FIXED: Final = {
    "ucum": "http://unitsofmeasure.org",
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}
_VALUE_SET: Final = "http://hl7.org/fhir/ValueSet/"
_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/"


def _nothing(_name: str, _values: tuple[Any, ...]) -> None:
    """Trace to nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What an expression may ask of its surroundings; None where nobody answers.

    `resolve(reference, item)` gives the resource a reference means (JSON), or None; `member_of`
    and `conforms_to` (item as JSON, canonical) give None where they cannot tell. `constants` are
    `%name`: JSON values or resources. `trace` hears name and plain values.
    """

    constants: Mapping[str, Any] = field(default_factory=dict)
    resolve: Callable[[str], Any] | None = None
    member_of: Callable[[Any, str], bool | None] | None = None
    conforms_to: Callable[[Any, str], bool | None] | None = None
    trace: Callable[[str, tuple[Any, ...]], None] = _nothing
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    strict: bool = True
    most_steps: int = MOST_STEPS


class Context:
    """Owns one evaluation: `this`, `index` and `total` change while lambdas run."""

    __slots__ = (
        "_now", "defined", "environment", "index", "resource", "root", "steps", "this", "total",
        "types",
    )  # fmt: skip

    def __init__(
        self,
        this: Items,
        *,
        root: Items,
        resource: Items,
        environment: Environment,
        types: Types,
    ) -> None:
        self.this = this
        self.index: int | None = None
        self.total: Items = []
        self.root = root
        self.resource = resource
        self.environment = environment
        self.types = types
        self.steps = environment.most_steps
        self.defined: dict[str, Items] | None = None
        self._now: datetime | None = None

    def renew(self) -> None:
        """Begin anew with another expression on the same element: its own steps and variables."""
        self.steps = self.environment.most_steps
        self.defined = None
        self._now = None

    def spend(self, steps: int) -> None:
        """Count steps; raises FhirPathLimitError when there are too many."""
        self.steps -= steps
        if self.steps < 0:
            raise FhirPathLimitError("steps", limit=self.environment.most_steps)

    def now(self) -> datetime:
        """Return the same moment during the whole evaluation."""
        if self._now is None:
            self._now = self.environment.now()
        return self._now

    def constant(  # noqa: PLR0911  one return for each kind of constant
        self, name: str, convert: Callable[[Any, Types], Items]
    ) -> Items:
        """Return the items of `%name`; raises FhirPathRunError."""
        if self.defined is not None and name in self.defined:
            return self.defined[name]
        if name in self.environment.constants:
            return convert(self.environment.constants[name], self.types)
        if name in {"resource", "rootResource"}:
            return self.resource
        if name == "context":
            return self.root
        if name in _FIXED:
            return [_FIXED[name]]
        if name.startswith("vs-"):
            return [_VALUE_SET + name.removeprefix("vs-")]
        if name.startswith("ext-"):
            return [_EXTENSION + name.removeprefix("ext-")]
        raise FhirPathRunError("no-constant", name=f"%{name}")


def only(items: Items, what: str) -> Item | None:
    """Return the one item, None where there is none; raises FhirPathRunError for several."""
    if len(items) > 1:
        raise FhirPathRunError("one-needed", what=what, found=len(items))
    return items[0] if items else None
