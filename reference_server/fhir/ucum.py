"""UCUM units as exact numbers of base units: reading, comparing, converting; knows no resource.

The table of units is UCUM's own file (version 2.2), which the library `ucumvert` brings along
with its notice. It is reckoned with here because libraries reckon in floats: with them, 1 L/uL
is not 10*6. Source: The Unified Code for Units of Measure, §§ 2-28.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

LONGEST: Final = 200
DEEPEST: Final = 20
_NAMESPACE: Final = "{http://unitsofmeasure.org/ucum-essence}"
_PIECE = re.compile(
    r"(?P<annotation>\{[\x20-\x7a\x7c\x7e]*?\})|(?P<sign>[./()])"
    r"|(?P<symbol>(?:\[[^\]\[]*\]|10[*^]|[A-Za-z%'\"_^*])(?:\[[^\]\[]*\]|[A-Za-z%'\"_*])*)"
    r"|(?P<number>[0-9]+)|(?P<exponent>[+-][0-9]+)"
)
_LARGEST_EXPONENT: Final = 100
# The special units whose scale begins elsewhere than at zero: (degrees of the base, zero point).
_LINEAR: Final[Mapping[str, tuple[Fraction, Fraction]]] = {
    "Cel": (Fraction(1), Fraction(27315, 100)),
    "degF": (Fraction(5, 9), Fraction(45967, 100)),
    "degRe": (Fraction(5, 4), Fraction(27315 * 4, 500)),
}


class UnitError(ValueError):
    """It is no UCUM unit: what, and what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit in base units: its size, and the exponent of each base unit.

    `special` names the function of a unit on another scale (`Cel`, `pH`); its size is that of
    the unit the function gives.
    """

    size: Fraction
    dimension: tuple[tuple[str, int], ...]
    special: str | None = None

    def times(self, other: "Unit", power: int = 1) -> "Unit":
        """Return the product with a power of another unit; raises UnitError for special ones."""
        if self.special or other.special:
            raise UnitError("a unit on a scale of its own stands alone")
        if other.size == 0 or abs(power) > _LARGEST_EXPONENT:
            raise UnitError("an exponent out of all proportion")
        exponents = dict(self.dimension)
        for base, exponent in other.dimension:
            exponents[base] = exponents.get(base, 0) + exponent * power
        left = tuple(sorted((base, each) for base, each in exponents.items() if each))
        return Unit(size=self.size * other.size**power, dimension=left)


ONE: Final = Unit(size=Fraction(1), dimension=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Atom:
    """A unit of the table: whether it takes prefixes, and what it is made of."""

    metric: bool
    value: Fraction
    unit: str
    special: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    prefixes: Mapping[str, Fraction]
    bases: frozenset[str]
    atoms: Mapping[str, _Atom]


@cache
def _table() -> _Table:
    """Read UCUM's table, once a process."""
    # Found without an import: importing the library takes a quarter of a second.
    file = Path(str(distribution("ucumvert").locate_file("ucumvert/vendor/ucum-essence.xml")))
    root = ET.fromstring(file.read_bytes())  # noqa: S314  a file of an installed library, not from outside
    prefixes, atoms = {}, {}
    for prefix in root.iter(f"{_NAMESPACE}prefix"):
        value = prefix.find(f"{_NAMESPACE}value")
        if value is not None:
            prefixes[prefix.attrib["Code"]] = Fraction(value.attrib["value"])
    for unit in root.iter(f"{_NAMESPACE}unit"):
        atoms[unit.attrib["Code"]] = _atom(unit)
    bases = frozenset(each.attrib["Code"] for each in root.iter(f"{_NAMESPACE}base-unit"))
    return _Table(prefixes=prefixes, bases=bases, atoms=atoms)


def _atom(unit: ET.Element) -> _Atom:
    value = unit.find(f"{_NAMESPACE}value")
    function = None if value is None else value.find(f"{_NAMESPACE}function")
    told = value if function is None else function
    attributes = {} if told is None else told.attrib
    return _Atom(
        metric=unit.attrib["isMetric"] == "yes",
        value=Fraction(attributes.get("value", "1")),
        unit=attributes.get("Unit", "1"),
        special=None if function is None else function.attrib["name"],
    )


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """Return what a unit is made of; raises UnitError."""
    if not text or len(text) > LONGEST:
        raise UnitError(f"a unit has 1 to {LONGEST} characters")
    pieces, at = [], 0
    while at < len(text):
        found = _PIECE.match(text, at)
        if found is None:
            raise UnitError(f"{text!r}: unexpected {text[at]!r}")
        pieces.append((str(found.lastgroup), found.group()))
        at = found.end()
    return _Reader(text, pieces).whole()


def is_unit(text: str) -> bool:
    """Tell whether a text is a unit of UCUM."""
    try:
        unit(text)
    except UnitError:
        return False
    return True


def comparable(one: str, other: str) -> bool:
    """Tell whether amounts in both units measure the same thing; False for what is no unit."""
    try:
        return unit(one).dimension == unit(other).dimension
    except UnitError:
        return False


def in_base(value: Fraction, text: str) -> Fraction:
    """Return an amount in base units; raises UnitError, also for scales that are not linear."""
    found = unit(text)
    if found.special is None:
        return value * found.size
    if found.special not in _LINEAR:
        raise UnitError(f"{text}: this scale is not linear")
    degrees, zero = _LINEAR[found.special]
    return (value + zero) * degrees if found.special == "degF" else value * degrees + zero


class _Reader:
    """Owns the place up to which a unit was read."""

    def __init__(self, text: str, pieces: list[tuple[str, str]]) -> None:
        self._text = text
        self._pieces = pieces
        self._at = 0
        self._depth = 0

    def whole(self) -> Unit:
        found = self._term()
        if self._at < len(self._pieces):
            raise self._wrong()
        return found

    def _term(self) -> Unit:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong()
        found, power = None, 1
        if self._takes("/"):
            found, power = ONE, -1
        while True:
            one = self._component()
            found = one if found is None else found.times(one, power)
            if self._takes("."):
                power = 1
            elif self._takes("/"):
                power = -1
            else:
                self._depth -= 1
                return found

    def _component(self) -> Unit:
        kind, text = self._next()
        self._at += 1
        match kind:
            case "sign" if text == "(":
                found = self._term()
                if not self._takes(")"):
                    raise self._wrong()
                self._annotated()
                return found
            case "annotation":
                return ONE
            case "number":
                self._annotated()
                return Unit(size=Fraction(int(text)), dimension=())
            case "symbol":
                found = self._powered(_simple(text))
                self._annotated()
                return found
        raise self._wrong()

    def _powered(self, found: Unit) -> Unit:
        kind, text = self._next()
        if kind not in {"number", "exponent"}:
            return found
        self._at += 1
        return ONE.times(found, int(text))

    def _annotated(self) -> None:
        if self._next()[0] == "annotation":
            self._at += 1

    def _takes(self, sign: str) -> bool:
        taken = self._next() == ("sign", sign)
        self._at += taken
        return taken

    def _next(self) -> tuple[str, str]:
        return self._pieces[self._at] if self._at < len(self._pieces) else ("end", "")

    def _wrong(self) -> UnitError:
        return UnitError(f"{self._text!r}: unexpected {self._next()[1] or 'end'!r}")


@lru_cache(maxsize=4096)
def _simple(symbol: str) -> Unit:
    """Return a unit with or without a prefix."""
    table = _table()
    if symbol in table.bases:
        return Unit(size=Fraction(1), dimension=((symbol, 1),))
    if symbol in table.atoms:
        return _made(table.atoms[symbol])
    for length in (1, 2):
        prefix, rest = symbol[:length], symbol[length:]
        if prefix in table.prefixes and _takes_prefix(rest, table):
            found = _simple(rest)
            return Unit(
                size=found.size * table.prefixes[prefix],
                dimension=found.dimension,
                special=found.special,
            )
    raise UnitError(f"{symbol!r} is no unit of UCUM")


def _takes_prefix(symbol: str, table: _Table) -> bool:
    return symbol in table.bases or (symbol in table.atoms and table.atoms[symbol].metric)


def _made(atom: _Atom) -> Unit:
    found = unit(atom.unit)
    return Unit(size=found.size * atom.value, dimension=found.dimension, special=atom.special)
