"""Walking a resource's JSON tree without surprises, and naming places in it; knows no type.

Every function answers None or nothing where the tree is not as expected: what is wrong with it
is the structural reader's to say. Places are named by FHIRPath-like expressions such as
`Bundle.entry[2].resource.code`.
"""

import re
from collections.abc import Iterator

from reference_server.fhir.json_reader import JsonObject, JsonValue

_PLAIN_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]*")


class Place:
    """A value in a resource and the expression that names it, put together when asked for."""

    __slots__ = ("_above", "_expression", "_step", "value")

    def __init__(
        self,
        value: JsonValue,
        expression: str | None = None,
        *,
        above: "Place | None" = None,
        step: str = "",
    ) -> None:
        """Name a place by its expression, or by the place above it and the step from there."""
        self.value = value
        self._expression = expression
        self._above = above
        self._step = step

    @property
    def expression(self) -> str:
        """What names the place, such as `Bundle.entry[2].resource`."""
        if self._expression is None:
            above = "" if self._above is None else self._above.expression
            step = self._step
            # A key that is no name cannot be said in an expression: what is around it is.
            said = step if step[:1] != "." or _PLAIN_NAME.fullmatch(step[1:]) else ""
            self._expression = f"{above}{said}"
        return self._expression

    def get(self, name: str) -> "Place | None":
        """Return the element of this name, None where there is none."""
        if not isinstance(self.value, dict) or name not in self.value:
            return None
        return Place(self.value[name], above=self, step=f".{name}")

    def each(self, name: str) -> tuple["Place", ...]:
        """Return the items of a repeating element; a single value counts as no list."""
        found = self.get(name)
        return () if found is None else tuple(found.items())

    def items(self) -> Iterator["Place"]:
        """Yield the items of a list with their indices."""
        if isinstance(self.value, list):
            for index, item in enumerate(self.value):
                yield Place(item, above=self, step=f"[{index}]")

    def first(self, name: str) -> "Place | None":
        """Return the first item of a repeating element."""
        return next(iter(self.each(name)), None)

    def text(self, *names: str) -> str | None:
        """Return the string at the end of a way of single elements, else None."""
        value: JsonValue = self.value
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, str) else None

    def at(self, *names: str) -> "Place | None":
        """Return the place at the end of a way of single elements, else None."""
        place: Place | None = self
        for name in names:
            place = place.get(name) if place is not None else None
        return place

    def child(self, name: str) -> str:
        """Return the expression of an element that may not be there."""
        return f"{self.expression}.{name}" if _PLAIN_NAME.fullmatch(name) else self.expression

    @property
    def object(self) -> JsonObject:
        """The value as an object; empty when it is none."""
        return self.value if isinstance(self.value, dict) else {}


def coding_in(concept: Place | None, system: str) -> Place | None:
    """Return the first Coding of a CodeableConcept in a code system."""
    codings = () if concept is None else concept.each("coding")
    return next((coding for coding in codings if coding.text("system") == system), None)


def identifiers_in(resource: Place, system: str) -> tuple[Place, ...]:
    """Return the Identifiers of a resource in a system."""
    found = resource.each("identifier")
    return tuple(identifier for identifier in found if identifier.text("system") == system)
