"""The test token that stands in for a LuxTrust one: six digits of time (RFC 6238)."""

import base64
import hashlib
import hmac
import struct

STEP_SECONDS = 30
_DIGITS = 6
_STEPS_OFF = (0, -1, 1)


def code_at(secret: str, step: int) -> str:
    """Return what a token shows in a time step (RFC 4226 §5.3); `secret` is base32."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number)[-_DIGITS:].rjust(_DIGITS, "0")


def step_of(secret: str, code: str, *, now: int) -> int | None:
    """Return the time step a code belongs to, None when it is none of about now."""
    if not secret or not code.isascii():
        return None
    steps = (now // STEP_SECONDS + off for off in _STEPS_OFF)
    return next((step for step in steps if hmac.compare_digest(code, code_at(secret, step))), None)
