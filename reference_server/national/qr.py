"""The QR code's text: `ERX1:<number>:<token>`; carries no identity; draws nothing.

Assumed grammar (no national text is published). The number is written without dashes, the
token is 32 characters of RFC 4648 base 32, that is 160 random bits. Every character is in
QR's alphanumeric set. The grammar is closed: no other case, no blanks, no trailing text.
"""

import base64
import re
from dataclasses import dataclass, field

from reference_server.national.prescription_number import (
    PrescriptionNumberError,
    parse_prescription_number,
)

PREFIX = "ERX1"
TOKEN_BYTES = 20
_PAYLOAD = re.compile(r"ERX1:(B[0-9A-HJKMNP-TV-Z]{11}):([A-Z2-7]{32})")


class QrPayloadError(ValueError):
    """A text is not the payload of a prescription's QR code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QrPayload:
    """What a QR code carries; the token is a secret and does not show in `repr`."""

    number: str
    token: str = field(repr=False)


def make_qr_token(random_bytes: bytes) -> str:
    """Return the token text of 20 random bytes."""
    if len(random_bytes) != TOKEN_BYTES:
        message = f"a QR token is made of {TOKEN_BYTES} random bytes"
        raise ValueError(message)
    return base64.b32encode(random_bytes).decode("ascii")


def format_qr(payload: QrPayload) -> str:
    """Return the text to draw."""
    return f"{PREFIX}:{payload.number}:{payload.token}"


def parse_qr(text: str) -> QrPayload:
    """Return what a scanned text carries; raise QrPayloadError where it is not ours."""
    found = _PAYLOAD.fullmatch(text)
    if found is None:
        message = "not of the form ERX1:<number>:<token>"
        raise QrPayloadError(message)
    try:
        parse_prescription_number(found[1])
    except PrescriptionNumberError as error:
        raise QrPayloadError(str(error)) from error
    return QrPayload(number=found[1], token=found[2])
