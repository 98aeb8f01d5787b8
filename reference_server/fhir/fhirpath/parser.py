"""From tokens to what they say: one function a level of the grammar; evaluates nothing."""

from decimal import Decimal
from functools import lru_cache
from typing import Final

from reference_server.fhir.fhirpath.errors import FhirPathLimitError, FhirPathSyntaxError
from reference_server.fhir.fhirpath.lexer import Kind, Token, tokens
from reference_server.fhir.fhirpath.quantity import CALENDAR, Quantity
from reference_server.fhir.fhirpath.temporal import Temporal, read_date, read_time
from reference_server.fhir.fhirpath.tree import (
    Binary,
    Constant,
    Function,
    Index,
    Literal,
    Member,
    Node,
    Sign,
    TypeTest,
    Variable,
)

DEEPEST: Final = 100
"""How deep parentheses, arguments and signs may nest."""

_LEVELS: Final[dict[str, int]] = {
    "implies": 1,
    "or": 2, "xor": 2,
    "and": 3,
    "in": 4, "contains": 4,
    "=": 5, "~": 5, "!=": 5, "!~": 5,
    "<": 6, "<=": 6, ">": 6, ">=": 6,
    "|": 7,
    "is": 8, "as": 8,
    "+": 9, "-": 9, "&": 9,
    "*": 10, "/": 10, "div": 10, "mod": 10,
}  # fmt: skip
_UNARY: Final = 11
_VARIABLES: Final = frozenset({"$this", "$index", "$total"})


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """Return what an expression says; raises FhirPathSyntaxError and FhirPathLimitError."""
    reader = _Reader(tokens(text))
    node = reader.expression(0)
    reader.expect_end()
    return node


class _Reader:
    """Owns the place up to which the tokens were read."""

    def __init__(self, read: tuple[Token, ...]) -> None:
        self._tokens = read
        self._at = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    def expect_end(self) -> None:
        if self.token.kind is not Kind.END:
            raise self._unexpected()

    def expression(self, level: int) -> Node:
        """Return the longest expression whose operators bind tighter than `level`."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise FhirPathLimitError("nested-deeper", self.token.at, limit=DEEPEST)
        left = self._operand()
        while True:
            token = self.token
            own = _LEVELS.get(token.text, 0) if token.kind in {Kind.SIGN, Kind.NAME} else 0
            if own <= level:
                self._depth -= 1
                return left
            self._at += 1
            if token.text in {"is", "as"}:
                left = TypeTest(token.text, left, self._type(), token.at)
            else:
                left = Binary(token.text, left, self.expression(own), token.at)

    def _operand(self) -> Node:
        token = self.token
        if token.kind is Kind.SIGN and token.text in {"+", "-"}:
            self._at += 1
            return Sign(token.text, self.expression(_UNARY), token.at)
        node = self._term()
        while True:
            token = self.token
            if token.kind is not Kind.SIGN or token.text not in {".", "["}:
                return node
            self._at += 1
            if token.text == ".":
                node = self._invocation(node)
            else:
                node = Index(node, self.expression(0), token.at)
                self._sign("]")

    def _term(self) -> Node:  # noqa: PLR0911  one return for each kind of term
        token = self.token
        match token.kind:
            case Kind.NAME if token.text in {"true", "false"}:
                self._at += 1
                return Literal(token.text == "true", token.at)
            case Kind.NAME | Kind.QUOTED:
                return self._invocation(None)
            case Kind.STRING:
                self._at += 1
                return Literal(token.text, token.at)
            case Kind.NUMBER:
                return self._number()
            case Kind.DATE | Kind.TIME:
                self._at += 1
                return Literal(_temporal(token), token.at)
            case Kind.CONSTANT:
                self._at += 1
                return Constant(token.text, token.at)
            case Kind.VARIABLE:
                return self._variable()
            case Kind.SIGN if token.text == "(":
                self._at += 1
                node = self.expression(0)
                self._sign(")")
                return node
            case Kind.SIGN if token.text == "{":
                self._at += 1
                self._sign("}")
                return Literal(None, token.at)
        raise self._unexpected()

    def _invocation(self, source: Node | None) -> Node:
        token = self.token
        if source is not None and token.kind is Kind.VARIABLE:
            raise self._unexpected()
        if token.kind not in {Kind.NAME, Kind.QUOTED}:
            raise self._unexpected()
        self._at += 1
        if self.token.kind is Kind.SIGN and self.token.text == "(":
            return Function(source, token.text, self._arguments(), token.at)
        return Member(source, token.text, token.at)

    def _arguments(self) -> tuple[Node, ...]:
        self._sign("(")
        found: list[Node] = []
        if self._is_sign(")"):
            self._at += 1
            return ()
        while True:
            found.append(self.expression(0))
            if not self._is_sign(","):
                break
            self._at += 1
        self._sign(")")
        return tuple(found)

    def _number(self) -> Literal:
        token = self.token
        self._at += 1
        exact = Decimal(token.text)
        following = self.token
        if following.kind is Kind.STRING:
            self._at += 1
            return Literal(Quantity(exact, following.text), token.at)
        if following.kind is Kind.NAME and following.text in CALENDAR:
            self._at += 1
            return Literal(Quantity(exact, CALENDAR[following.text], calendar=True), token.at)
        return Literal(exact if "." in token.text else int(token.text), token.at)

    def _variable(self) -> Variable:
        token = self.token
        if token.text not in _VARIABLES:
            raise FhirPathSyntaxError("no-such", token.at, name=token.text)
        self._at += 1
        return Variable(token.text, token.at)

    def _type(self) -> tuple[str, str]:
        first = self._name()
        if self._is_sign("."):
            self._at += 1
            return first, self._name()
        return "", first

    def _name(self) -> str:
        token = self.token
        if token.kind not in {Kind.NAME, Kind.QUOTED}:
            raise self._unexpected()
        self._at += 1
        return token.text

    def _is_sign(self, sign: str) -> bool:
        return self.token.kind is Kind.SIGN and self.token.text == sign

    def _sign(self, sign: str) -> None:
        if not self._is_sign(sign):
            raise FhirPathSyntaxError(
                "expected", self.token.at, expected=sign, what=_shown(self.token)
            )
        self._at += 1

    def _unexpected(self) -> FhirPathSyntaxError:
        return FhirPathSyntaxError("unexpected", self.token.at, what=_shown(self.token))


def _shown(token: Token) -> str:
    return "∎" if token.kind is Kind.END else token.text


def _temporal(token: Token) -> Temporal:
    found = read_date(token.text) if token.kind is Kind.DATE else read_time(token.text)
    if found is None:
        raise FhirPathSyntaxError("no-such-moment", token.at, name=token.text)
    return found
