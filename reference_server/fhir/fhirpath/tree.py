"""What an expression consists of; every node knows where it stands in the text."""

from dataclasses import dataclass
from decimal import Decimal

from reference_server.fhir.fhirpath.quantity import Quantity
from reference_server.fhir.fhirpath.temporal import Temporal


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it is written; `{}` is None."""

    value: bool | int | Decimal | str | Temporal | Quantity | None
    at: int


@dataclass(frozen=True, slots=True)
class Constant:
    """`%name`: a value of the environment."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Variable:
    """`$this`, `$index` or `$total`."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """A name after `.`, or at the beginning where `source` is None."""

    source: "Node | None"
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function on `source`, on what is looked at where `source` is None."""

    source: "Node | None"
    name: str
    arguments: tuple["Node", ...]
    at: int


@dataclass(frozen=True, slots=True)
class Index:
    """`source[index]`."""

    source: "Node"
    index: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Sign:
    """`+` or `-` before an expression."""

    sign: str
    operand: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions and what stands between them."""

    operator: str
    left: "Node"
    right: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class TypeTest:
    """`is` or `as` with a type: (namespace or "", name)."""

    operator: str
    operand: "Node"
    type: tuple[str, str]
    at: int


Node = Literal | Constant | Variable | Member | Function | Index | Sign | Binary | TypeTest
