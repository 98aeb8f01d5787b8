"""A World's identifiers and randomness; the only place of the reference services that draws."""

import random
import secrets
from datetime import datetime
from typing import Protocol
from uuid import UUID

_MILLISECONDS_BITS = 48
_RANDOM_BYTES = 10


class Randomness(Protocol):
    """Where random bytes come from."""

    def bytes(self, count: int) -> bytes: ...


class SystemRandomness:
    """The operating system's generator: unguessable, never repeatable."""

    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


class SeededRandomness:
    """Repeatable bytes for repeatable runs with synthetic people; guards nothing."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose, see the docstring

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)


class Ids:
    """Makes identifiers from a World's randomness."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def uuid(self) -> str:
        """Return a random UUID (version 4)."""
        drawn = bytearray(self._randomness.bytes(16))
        drawn[6] = 0x40 | drawn[6] & 0x0F
        drawn[8] = 0x80 | drawn[8] & 0x3F
        told = drawn.hex()
        return f"{told[:8]}-{told[8:12]}-{told[12:16]}-{told[16:20]}-{told[20:]}"

    def timed_uuid(self, at_ms: int) -> str:
        """Return a UUID (version 7) that carries a time in milliseconds (RFC 9562 §5.7)."""
        head = at_ms.to_bytes(_MILLISECONDS_BITS // 8, "big")
        raw = bytearray(head + self._randomness.bytes(_RANDOM_BYTES))
        raw[6] = 0x70 | raw[6] & 0x0F
        raw[8] = 0x80 | raw[8] & 0x3F
        return str(UUID(bytes=bytes(raw)))


def milliseconds(at: datetime) -> int:
    """Return milliseconds since 1970, rounded down."""
    return int(at.timestamp() * 1000)


def time_of(timed_uuid: str) -> int:
    """Return the milliseconds that a version 7 UUID carries; ValueError when it is not one."""
    return UUID(timed_uuid).int >> (128 - _MILLISECONDS_BITS)
