"""The prescription number: form, check character, printing; knows no prescription.

Assumed form (no national text is published): `B`, ten characters of Crockford's base 32 and one
check character, printed `B-XXXXX-XXXXX-C`. The check character is a weighted sum over the field
of 32 elements, so every single wrong character and every swap of two characters is noticed.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY_LENGTH = 10
BODY_BITS = 5 * BODY_LENGTH

_CANONICAL = re.compile(f"B[{ALPHABET}]{{{BODY_LENGTH + 1}}}")
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_PRIMITIVE_POLYNOMIAL = 0b100101
_FIELD_SIZE = 32


class PrescriptionNumberError(ValueError):
    """A text is not a prescription number."""


def _times_alpha(element: int) -> int:
    doubled = element << 1
    return doubled ^ _PRIMITIVE_POLYNOMIAL if doubled >= _FIELD_SIZE else doubled


def check_character(body: str) -> str:
    """Return the check character of ten base 32 characters."""
    total = 0
    for character in body:
        total = _times_alpha(total ^ _VALUE[character])
    return ALPHABET[total]


def make_prescription_number(bits: int) -> str:
    """Return the canonical number `BXXXXXXXXXXC` of a 50-bit integer."""
    if not 0 <= bits < 1 << BODY_BITS:
        message = f"a prescription number is made of {BODY_BITS} bits"
        raise ValueError(message)
    body = "".join(
        ALPHABET[bits >> shift & (_FIELD_SIZE - 1)] for shift in range(BODY_BITS - 5, -1, -5)
    )
    return f"B{body}{check_character(body)}"


def parse_prescription_number(text: str) -> str:
    """Return the canonical number of what a person typed; raise PrescriptionNumberError.

    Dashes, spaces and case do not count; I and L are read as 1, O as 0.
    """
    canonical = text.upper().translate(_READ_AS)
    if not _CANONICAL.fullmatch(canonical):
        message = "not of the form B-XXXXX-XXXXX-C"
        raise PrescriptionNumberError(message)
    if check_character(canonical[1:-1]) != canonical[-1]:
        message = "the check character does not fit"
        raise PrescriptionNumberError(message)
    return canonical


def print_prescription_number(canonical: str) -> str:
    """Return a canonical number as printed and as sent on the wire: `B-XXXXX-XXXXX-C`."""
    return f"{canonical[0]}-{canonical[1:6]}-{canonical[6:11]}-{canonical[11]}"
