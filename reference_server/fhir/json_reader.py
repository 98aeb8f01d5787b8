"""JSON as FHIR needs it read: strictly, losing nothing; knows no resource.

    JsonFault
    ├── NotUtf8             offset of the first wrong byte
    ├── NotJson             line and column; also NaN, lone surrogates, absurd numbers
    ├── DuplicateKey        key, line and column of its second occurrence
    └── TooDeep             limit

Decimals stay decimals (`13.50` keeps its zero). The raw bytes belong to the caller: what is kept
or sent on is never written anew from this tree.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import ClassVar, NoReturn, TypeAlias

JsonValue: TypeAlias = "bool | int | Decimal | str | list[JsonValue] | JsonObject | None"
JsonObject: TypeAlias = "dict[str, JsonValue]"

MAX_DEPTH = 64
MAX_DIGITS = 400
MAX_EXPONENT = 1000
_MAX_KEY_SHOWN = 64

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRINGS = re.compile(_STRING)
_KEYS_AND_OBJECTS = re.compile(rf"({_STRING})(\s*:)?|[{{}}]")
_LONG_NUMBER = re.compile(rf"[0-9]{{{MAX_DIGITS}}}")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonFault(ValueError):
    """A body is not the JSON that FHIR asks for; `params` go into its sentence."""

    code: ClassVar[str] = ""

    def __init__(self, **params: str | int) -> None:
        super().__init__(self.code)
        self.params = params


class NotUtf8(JsonFault):
    """The bytes are not UTF-8."""

    code = "body-not-utf8"


class NotJson(JsonFault):
    """The text is not one JSON object."""

    code = "body-not-json"


class DuplicateKey(JsonFault):
    """An object holds one key twice."""

    code = "body-duplicate-key"


class TooDeep(JsonFault):
    """Objects and arrays are nested deeper than the limit."""

    code = "body-too-deep"


class _Duplicate(Exception):
    """Some object holds a key twice; where is looked up afterwards."""


class _WrongNumber(Exception):
    """A number is not one of JSON's, or is absurdly long; where is looked up afterwards."""


def read_json(raw: bytes, *, max_depth: int = MAX_DEPTH) -> JsonObject:
    """Return the object that the bytes hold; raise a JsonFault."""
    text = _decode(raw)
    try:
        tree = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise TooDeep(limit=max_depth) from None
    except _WrongNumber as error:
        raise _not_json(text, max(text.find(str(error)), 0)) from None
    except _Duplicate:
        raise _first_duplicate(text) from None
    if not isinstance(tree, dict):
        raise NotJson(line=1, column=1)
    _refuse_deep(tree, max_depth)
    if _SURROGATE_ESCAPE.search(text):
        _refuse_lone_surrogates(text)
    return tree


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8(offset=error.start) from None


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise _Duplicate
    return read


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _WrongNumber(digits)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS:
        raise _WrongNumber(digits)
    try:
        read = Decimal(digits)
    except InvalidOperation:
        raise _WrongNumber(digits) from None
    # Reckoning with 1e999999999 would fill the memory of this machine.
    if abs(read.adjusted()) > MAX_EXPONENT:
        raise _WrongNumber(digits)
    return read


def _constant(name: str) -> NoReturn:
    raise _WrongNumber(name)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_constant,
)


def _refuse_deep(tree: JsonObject, limit: int) -> None:
    level: list[JsonObject | list[JsonValue]] = [tree]
    depth = 0
    while level:
        if depth == limit:
            raise TooDeep(limit=limit)
        depth += 1
        level = [
            below
            for value in level
            for below in (value.values() if isinstance(value, dict) else value)
            if isinstance(below, dict | list)
        ]


def _refuse_lone_surrogates(text: str) -> None:
    for token in _STRINGS.finditer(text):
        if _SURROGATE.search(json.loads(token[0])):
            raise _not_json(text, token.start())


def _first_duplicate(text: str) -> DuplicateKey:
    for key, offset in _duplicates(text):
        line, column = _position(text, offset)
        return DuplicateKey(key=key[:_MAX_KEY_SHOWN], line=line, column=column)
    raise AssertionError("the decoder saw a duplicate key that the scan does not find")


def _duplicates(text: str) -> Iterator[tuple[str, int]]:
    """Yield keys seen twice; the text before the first one is known to be valid JSON."""
    objects: list[set[str]] = []
    for token in _KEYS_AND_OBJECTS.finditer(text):
        if token[0] == "{":
            objects.append(set())
        elif token[0] == "}":
            objects.pop()
        elif token[2]:
            key = json.loads(token[1])
            if key in objects[-1]:
                yield key, token.start()
            objects[-1].add(key)


def _not_json(text: str, offset: int) -> NotJson:
    line, column = _position(text, offset)
    return NotJson(line=line, column=column)


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
