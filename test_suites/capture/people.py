"""Hides the matricules of people who are not declared personas; knows no message.

A stranger's number becomes thirteen nines: as long as before, still digits, so that the
message keeps its shape, and never a valid number itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reference_server.national.matricule import PAYLOAD_LENGTH, check_digits

HIDDEN = b"9" * 13
_RUN = b"0" * 13
_DIGIT = b"0"
_CONTROL = b"c"
_FIRST_PRINTED = 32
_SHAPE = bytes(
    ord("c") if code < _FIRST_PRINTED else ord("0") if chr(code) in "0123456789" else ord(" ")
    for code in range(256)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Content with strangers' numbers hidden, and the numbers that were hidden.

    `plain` tells that it holds no control character: the one pass over the content sees both.
    """

    content: bytes
    numbers: tuple[bytes, ...]
    plain: bool


def hide_strangers(content: bytes, personas: frozenset[bytes]) -> Hidden:
    """Return the content with strangers' numbers hidden."""
    shape = content.translate(_SHAPE)
    found = dict.fromkeys(
        number
        for number in _runs(content, shape)
        if number not in personas and number != HIDDEN and _is_valid(number)
    )
    for number in found:
        content = content.replace(number, HIDDEN)
    return Hidden(content=content, numbers=tuple(found), plain=_CONTROL not in shape)


def numbers_in(content: bytes) -> frozenset[str]:
    """Return every run of exactly thirteen digits."""
    return frozenset(number.decode("ascii") for number in _runs(content, content.translate(_SHAPE)))


def _runs(content: bytes, shape: bytes) -> Iterator[bytes]:
    """Find runs of exactly thirteen digits; twenty times cheaper than an expression."""
    start = shape.find(_RUN)
    while start >= 0:
        end = start + len(_RUN)
        while shape[end : end + 1] == _DIGIT:
            end += 1
        if end - start == len(_RUN):
            yield content[start:end]
        start = shape.find(_RUN, end)


def _is_valid(number: bytes) -> bool:
    text = number.decode("ascii")
    return text[PAYLOAD_LENGTH:] == check_digits(text[:PAYLOAD_LENGTH])
