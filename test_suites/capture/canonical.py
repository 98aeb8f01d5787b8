"""One way to write a value as bytes, and its digest; knows nothing of what the value means.

The format is `json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`
in UTF-8 (held by a test), so that anyone can check a journal without this program.
"""

import hashlib
from collections.abc import Mapping

import msgspec

from test_suites.core.message import JsonValue

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder()


def encode(value: Mapping[str, JsonValue]) -> bytes:
    """Return the canonical JSON bytes of an object; the lab itself writes no floats."""
    return _ENCODER.encode(value)


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
