"""What an operation is given: a Parameters resource as typed arguments; knows no prescription."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from reference_server.fhir.json_reader import JsonObject
from reference_server.fhir.paths import Place, coding_in
from reference_server.fhir.primitives import read_date
from reference_server.kernel.errors import ParameterInvalid, ParameterMissing
from reference_server.national.identifiers import ERX_CANCEL_REASON
from reference_server.services.prescriptions.errors.state import ParameterUnknown
from reference_server.services.prescriptions.model import Identifier, LineCount

CANCEL_REASONS = frozenset({"error", "patient-refused", "replaced", "other"})
_MAX_SHOWN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCode:
    """A retrieval by what was read from the paper's QR code."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ByNumber:
    """A retrieval without QR code (plan B)."""

    number: str
    birth_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispensing:
    """What a laboratory says it dispenses; no lines means all that is left."""

    identifier: Identifier
    counts: tuple[LineCount, ...]


class Arguments:
    """The named parameters of one call, or the parts of one of them."""

    def __init__(self, place: Place, known: Collection[str], *, within: str = "parameter") -> None:
        self._expression = place.expression
        self._by_name: Mapping[str, tuple[Place, ...]] = {}
        for item in place.each(within):
            name = item.text("name") or ""
            if name not in known:
                raise ParameterUnknown(name=name[:_MAX_SHOWN], expression=item.expression)
            self._by_name = {**self._by_name, name: (*self.each(name), item)}

    def each(self, name: str) -> tuple[Place, ...]:
        """Return every parameter of a name."""
        return self._by_name.get(name, ())

    def one(self, name: str) -> Place | None:
        """Return the parameter of a name; raise ParameterInvalid when it is repeated."""
        found = self.each(name)
        if len(found) > 1:
            raise ParameterInvalid(name=name, expression=found[1].expression)
        return found[0] if found else None

    def must(self, name: str) -> Place:
        """Return the parameter of a name; raise ParameterMissing."""
        found = self.one(name)
        if found is None:
            raise ParameterMissing(name=name, expression=self._expression)
        return found

    def text(self, name: str) -> str:
        """Return a mandatory `valueString`."""
        place = self.must(name)
        value = place.text("valueString")
        if value is None:
            raise ParameterInvalid(name=name, expression=place.expression)
        return value

    def identifier(self, name: str) -> Identifier:
        """Return a mandatory `valueIdentifier` with system and value."""
        place = self.must(name)
        system = place.text("valueIdentifier", "system")
        value = place.text("valueIdentifier", "value")
        if not system or not value:
            raise ParameterInvalid(name=name, expression=place.expression)
        return Identifier(system=system, value=value)


def read_retrieval(parameters: JsonObject) -> ByCode | ByNumber:
    """Return by what a prescription is asked for: `code`, or `number` and `birth-date`."""
    given = Arguments(Place(parameters, "Parameters"), {"code", "number", "birth-date"})
    code = given.one("code")
    if code is None and (given.each("number") or given.each("birth-date")):
        place = given.must("birth-date")
        birth_date = read_date(place.text("valueDate") or "")
        if birth_date is None:
            raise ParameterInvalid(name="birth-date", expression=place.expression)
        return ByNumber(number=given.text("number"), birth_date=birth_date)
    for surplus in (*given.each("number"), *given.each("birth-date")):
        raise ParameterInvalid(name=surplus.text("name") or "", expression=surplus.expression)
    return ByCode(code=given.text("code"))


def read_dispensing(parameters: JsonObject) -> Dispensing:
    """Return the dispensation's identifier and the lines named, each at most once."""
    given = Arguments(Place(parameters, "Parameters"), {"dispensation", "line"})
    counts: dict[Identifier, LineCount] = {}
    for line in given.each("line"):
        parts = Arguments(line, {"identifier", "count"}, within="part")
        identifier = parts.identifier("identifier")
        if identifier in counts:
            raise ParameterInvalid(name="line", expression=line.expression)
        counts[identifier] = LineCount(line=identifier, count=_count(parts))
    return Dispensing(identifier=given.identifier("dispensation"), counts=tuple(counts.values()))


def _count(parts: Arguments) -> int:
    place = parts.one("count")
    if place is None:
        return 1
    value = place.get("valuePositiveInt")
    if value is None or type(value.value) is not int:
        raise ParameterInvalid(name="count", expression=place.expression)
    return value.value


def read_cancelling(parameters: JsonObject) -> str:
    """Return the code of the reason for which a prescription is cancelled."""
    given = Arguments(Place(parameters, "Parameters"), {"reason"})
    place = given.must("reason")
    coding = coding_in(place.get("valueCodeableConcept"), ERX_CANCEL_REASON)
    code = None if coding is None else coding.text("code")
    if code not in CANCEL_REASONS:
        raise ParameterInvalid(name="reason", expression=place.expression)
    return code


def read_nothing(parameters: JsonObject) -> None:
    """Raise ParameterUnknown when anything is given to an operation that takes nothing."""
    Arguments(Place(parameters, "Parameters"), frozenset())
