"""One way to write a value as bytes, and its digest; knows nothing of what the value means.

The format is `json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`
in UTF-8 (held by a test), so that anyone can check a journal without this program.
"""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TypeAlias

import msgspec

from test_suites.core.message import JsonValue

_ENCODER = msgspec.json.Encoder(order="sorted")
_HOLE = msgspec.Raw(b'"\0"')
_DECODER = msgspec.json.Decoder()


def encode(value: Mapping[str, JsonValue]) -> bytes:
    """Return the canonical JSON bytes of an object; the lab itself writes no floats."""
    return _ENCODER.encode(value)


class Text:
    """A long text inside a value: UTF-8 as it came, to be escaped and not to be copied about.

    Only `pieces` takes it. Raises UnicodeDecodeError where the content is no UTF-8; whoever makes
    it knows that the content holds no control character.
    """

    __slots__ = ("escaped",)

    def __init__(self, content: bytes) -> None:
        content.decode("utf-8")
        self.escaped = content.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


Writable: TypeAlias = "JsonValue | Text | Sequence[Writable] | Mapping[str, Writable]"
"""What `pieces` takes: JSON with Texts in it, of any kind of sequence and mapping."""


def pieces(value: Mapping[str, Writable]) -> list[bytes]:
    """Return the canonical JSON bytes of an object that may hold Texts, in pieces."""
    aside: list[bytes] = []

    def set_aside(part: object) -> msgspec.Raw:
        if not isinstance(part, Text):
            raise TypeError(type(part).__name__)
        aside.append(part.escaped)
        return _HOLE

    encoded = msgspec.json.Encoder(order="sorted", enc_hook=set_aside).encode(value)
    # A NUL stands in JSON only where a hole was left, and holes come in the order of the texts.
    between = encoded.split(b"\0")
    return [piece for pair in zip_longest(between, aside, fillvalue=b"") for piece in pair]


def decode(line: bytes) -> dict[str, JsonValue] | None:
    """Return the object in a line, None where the line holds no JSON object."""
    try:
        value = _DECODER.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def sha256(content: bytes) -> str:
    """Return the lower-case hex digest of the bytes."""
    return hashlib.sha256(content).hexdigest()
