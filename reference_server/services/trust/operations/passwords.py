"""Passwords as scrypt hashes; knows no account."""

import hashlib
import hmac

_COST = {"n": 2**12, "r": 8, "p": 1}
_LENGTH = 32
# Hashed when the account is unknown, so that an answer takes as long as for a known one.
NOBODY = "scrypt$" + "00" * 16 + "$" + "00" * _LENGTH


def hash_password(password: str, *, salt: bytes) -> str:
    """Return `scrypt$salt$hash`, both hexadecimal."""
    return f"scrypt${salt.hex()}${_derive(password, salt).hex()}"


def is_password(password: str, hashed: str) -> bool:
    """Tell whether a password is the one hashed. Takes milliseconds: not on the event loop."""
    _, salt, expected = hashed.split("$")
    derived = _derive(password, bytes.fromhex(salt))
    return hmac.compare_digest(derived, bytes.fromhex(expected))


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, dklen=_LENGTH, **_COST)
