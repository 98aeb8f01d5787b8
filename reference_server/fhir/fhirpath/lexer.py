"""From the text of an expression to its tokens; knows no grammar.

Source: FHIRPath N1 (normative release 1), grammar; http://hl7.org/fhirpath/N1/grammar.html.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reference_server.fhir.fhirpath.errors import FhirPathLimitError, FhirPathSyntaxError

LONGEST: Final = 100_000
"""Characters of the longest expression that is read."""


class Kind(StrEnum):
    """What a token is."""

    NAME = "name"
    QUOTED = "quoted"
    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    CONSTANT = "constant"
    VARIABLE = "variable"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, its text (quotes and escapes resolved), where it begins."""

    kind: Kind
    text: str
    at: int


_DATE = r"@[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?"
_CLOCK = r"[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_ZONE = r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)"
    rf"|(?P<date>{_DATE}(?:T(?:{_CLOCK}{_ZONE}?)?)?)"
    rf"|(?P<time>@T{_CLOCK}{_ZONE}?)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<quoted>`(?:[^`\\]|\\.)*`)"
    r"|(?P<string>'(?:[^'\\]|\\.)*')"
    r"|(?P<constant>%(?:[A-Za-z_][A-Za-z0-9_-]*|`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'))"
    r"|(?P<variable>\$[a-z]+)"
    r"|(?P<sign><=|>=|!=|!~|[-+*/&|=~<>.,()\[\]{}])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED: Final = {
    "'": "'", '"': '"', "`": "`", "\\": "\\", "/": "/",
    "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip


def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of an expression, END last; raises FhirPathSyntaxError."""
    if len(text) > LONGEST:
        raise FhirPathLimitError("expression-too-long", limit=LONGEST)
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if text.startswith("/*", at) and (found is None or found.group() == "/"):
            raise FhirPathSyntaxError("comment-open", at)
        if found is None:
            raise FhirPathSyntaxError("unexpected", at, what=text[at])
        kind, content = str(found.lastgroup), found.group()
        if kind != "space":
            yield Token(Kind(kind), _content(kind, content, at), at)
        at = found.end()
    yield Token(Kind.END, "", len(text))


def _content(kind: str, text: str, at: int) -> str:
    if kind in {"quoted", "string"}:
        return _unescaped(text[1:-1], at)
    if kind == "constant":
        name = text[1:]
        return _unescaped(name[1:-1], at) if name[0] in "`'" else name
    return text[1:] if kind in {"date", "time"} else text


def _unescaped(text: str, at: int) -> str:
    def of(found: re.Match[str]) -> str:
        escape = found[1]
        if escape[0] == "u" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape not in _ESCAPED:
            raise FhirPathSyntaxError("escape-unknown", at, what=f"\\{escape}")
        return _ESCAPED[escape]

    return _ESCAPE.sub(of, text) if "\\" in text else text
