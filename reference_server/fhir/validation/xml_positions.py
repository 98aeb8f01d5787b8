"""Where in an XML text an element stands: from its expression to line and column."""

from dataclasses import dataclass, field
from xml.parsers import expat

from reference_server.fhir.validation.positions import path_of


@dataclass(slots=True, kw_only=True)
class _Place:
    """Where an element begins, and the elements below it, by name and in their order."""

    line: int
    column: int
    below: dict[str, list["_Place"]] = field(default_factory=dict)


class XmlPositions:
    """Owns the place of every element of one XML document, which was read before."""

    def __init__(self, source: bytes) -> None:
        self._parser = expat.ParserCreate("utf-8")
        self._root = _Place(line=1, column=1)
        self._open = [self._root]
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        try:
            self._parser.Parse(source, True)  # noqa: FBT003  the last part, by position only
        except expat.ExpatError:
            # What is wrong after here was told already: the places before it still count.
            return

    def of(self, expression: str) -> tuple[int, int]:
        """Return line and column, from 1, of an element, or of what is nearest around it."""
        place = _inside(self._root)
        path = path_of(expression)
        for at, step in enumerate(path):
            if isinstance(step, int):
                continue
            following = path[at + 1] if at + 1 < len(path) else 0
            index = following if isinstance(following, int) else 0
            held = _inside(place).below.get(step, [])
            if index >= len(held):
                break
            place = held[index]
        return place.line, place.column

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        place = _Place(
            line=self._parser.CurrentLineNumber, column=self._parser.CurrentColumnNumber + 1
        )
        self._open[-1].below.setdefault(name.rpartition(":")[2], []).append(place)
        self._open.append(place)

    def _end(self, _name: str) -> None:
        self._open.pop()


def _inside(place: _Place) -> _Place:
    """Return the resource in an element that holds one: `contained`, `resource`, the document."""
    names = list(place.below)
    return place.below[names[0]][0] if len(names) == 1 and names[0][:1].isupper() else place
