"""The code by which a person comes back to answers: made, read and hashed; knows no answer.

128 bits as 26 signs of Crockford's base 32 and two that catch a slip of the pen, in groups of four.
"""

import hashlib
from collections.abc import Callable
from typing import Final

BYTES: Final = 16
_SIGNS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BODY: Final = 26
_LENGTH: Final = 28
_GROUP: Final = 4
_BITS: Final = 5
LONGEST_TYPED: Final = 64


def new_code(randomness: Callable[[int], bytes]) -> str:
    """Return a new code as it is shown: seven groups of four signs."""
    number = int.from_bytes(randomness(BYTES), "big")
    body = "".join(_SIGNS[(number >> _BITS * at) % len(_SIGNS)] for at in reversed(range(_BODY)))
    whole = body + _check(body)
    return "-".join(whole[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def read_code(typed: str) -> str | None:
    """Return a code without its groups, None where it cannot be one (a slip, or another text).

    Small letters, blanks and signs that look alike (O and 0, I, L and 1) do not matter.
    """
    if len(typed) > LONGEST_TYPED:
        return None
    plain = "".join(sign for sign in typed.upper().translate(_LIKE) if sign.isalnum())
    if len(plain) != _LENGTH or not set(plain) <= set(_SIGNS):
        return None
    return plain if _check(plain[:_BODY]) == plain[_BODY:] else None


def digest(plain: str) -> str:
    """Return what is kept of a code; 128 bits of chance need no salt."""
    return hashlib.sha256(f"resume:{plain}".encode()).hexdigest()


def _check(body: str) -> str:
    number = int.from_bytes(hashlib.sha256(f"check:{body}".encode()).digest()[:2], "big")
    return _SIGNS[number % 32] + _SIGNS[number // 32 % 32]
