"""The Luxembourg matricule: check digits, plausibility, synthetic block; knows no person.

Source: RGD of 28 November 2013, art. 1 (13 digits: `YYYYMMDD`, three-digit sequence, Luhn
digit, Verhoeff digit) and RGD of 21 December 1987 (11 digits, modulus 11). Both digits of the
13-digit form are computed independently over the first 11 digits.
"""

import re
from datetime import date
from enum import StrEnum

PAYLOAD_LENGTH = 11
SYNTHETIC_BLOCK = range(900, 1000)
"""Sequence numbers of synthetic people; *assumed* never to be assigned to anyone."""

OLDEST_AGE = 150
"""Years before today that a birth year may lie to be plausible."""

_DIGITS_13 = re.compile(r"[0-9]{13}")
_DIGITS_11 = re.compile(r"[0-9]{11}")
_OLD_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_TEN = 10

# Verhoeff: the dihedral group D5, the permutation applied 0 to 7 times, and inverses.
_MULTIPLY = tuple(
    tuple(
        ((a + b) % 5 if b < 5 else 5 + (a + b - 5) % 5)  # noqa: PLR2004 - order of the group
        if a < 5  # noqa: PLR2004 - order of the group
        else (5 + (a - 5 - b) % 5 if b < 5 else (a - b) % 5)  # noqa: PLR2004 - same
        for b in range(10)
    )
    for a in range(10)
)
_PERMUTE = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)
_INVERSE = (0, 4, 3, 2, 1, 5, 6, 7, 8, 9)


class MatriculeMode(StrEnum):
    """How strictly a number is looked at.

    `strict`: 13 digits, both check digits, plausible birth date. `legacy`: the form only (13
    digits not starting with 0), or an old 11-digit number. `test`: both check digits, any date,
    so that dummies such as `7000010105084` pass.
    """

    STRICT = "strict"
    LEGACY = "legacy"
    TEST = "test"


class MatriculeFault(StrEnum):
    """What may be wrong with a number."""

    FORM = "form"
    LUHN = "luhn"
    VERHOEFF = "verhoeff"
    MODULUS_11 = "modulus-11"
    BIRTH_DATE = "birth-date"


def luhn(payload: str) -> int:
    """Return the Luhn digit of a string of digits; its rightmost digit is doubled."""
    backwards = payload[::-1]
    total = sum(map(int, backwards[1::2])) + sum([_DOUBLED[int(each)] for each in backwards[::2]])
    return -total % 10


def verhoeff(payload: str) -> int:
    """Return the Verhoeff digit of a string of digits."""
    check = 0
    for position, digit in enumerate(map(int, reversed(payload)), 1):
        check = _MULTIPLY[check][_PERMUTE[position % 8][digit]]
    return _INVERSE[check]


def check_digits(payload: str) -> str:
    """Return both check digits of the first 11 digits."""
    if not _DIGITS_11.fullmatch(payload):
        message = f"a matricule's payload is {PAYLOAD_LENGTH} digits"
        raise ValueError(message)
    return f"{luhn(payload)}{verhoeff(payload)}"


def old_check_digit(payload: str, *, series: int = 1) -> int | None:
    """Return the modulus-11 digit of the first 10 digits, None where none is assigned.

    `series` is 1, 2 or 3: the later series start from 12 and 13 instead of 11.
    """
    rest = sum(int(x) * w for x, w in zip(payload, _OLD_WEIGHTS, strict=True)) % 11
    if rest == 0 and series == 1:
        return 0
    digit = _TEN + series - rest
    return digit if digit < _TEN else None


def make_matricule(birth_date: date, *, sequence: int) -> str:
    """Return the 13-digit number of a birth date and a sequence number 0 to 999."""
    payload = f"{birth_date:%Y%m%d}{sequence:03d}"
    return payload + check_digits(payload)


def matricule_faults(
    value: str, *, today: date, mode: MatriculeMode = MatriculeMode.STRICT
) -> tuple[MatriculeFault, ...]:
    """Return everything wrong with a number under a mode; empty when it is accepted."""
    if mode is MatriculeMode.LEGACY:
        return _legacy_faults(value)
    if not _DIGITS_13.fullmatch(value):
        return (MatriculeFault.FORM,)
    found = []
    if int(value[11]) != luhn(value[:PAYLOAD_LENGTH]):
        found.append(MatriculeFault.LUHN)
    if int(value[12]) != verhoeff(value[:PAYLOAD_LENGTH]):
        found.append(MatriculeFault.VERHOEFF)
    if mode is MatriculeMode.STRICT and not has_plausible_birth_date(value, today=today):
        found.append(MatriculeFault.BIRTH_DATE)
    return tuple(found)


def _legacy_faults(value: str) -> tuple[MatriculeFault, ...]:
    if _DIGITS_11.fullmatch(value):
        expected = {old_check_digit(value[:10], series=series) for series in (1, 2, 3)}
        return () if int(value[10]) in expected else (MatriculeFault.MODULUS_11,)
    accepted = _DIGITS_13.fullmatch(value) and not value.startswith("0")
    return () if accepted else (MatriculeFault.FORM,)


def birth_date_of(value: str) -> date | None:
    """Return the full birth date in a number; None where month or day is unknown or absurd."""
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:8]))
    except ValueError:
        return None


def has_plausible_birth_date(value: str, *, today: date) -> bool:
    """Tell whether the first eight digits can be the birth date of a person alive `today`.

    Unknown month, or unknown month and day, is written `00`.
    """
    year, month, day = int(value[:4]), int(value[4:6]), int(value[6:8])
    if not today.year - OLDEST_AGE <= year <= today.year:
        return False
    if month == 0:
        return day == 0
    try:
        return date(year, month, day or 1) <= today
    except ValueError:
        return False


def sequence_of(value: str) -> int:
    """Return the three-digit sequence number of a 13-digit number."""
    return int(value[8:11])


def is_synthetic(value: str, *, block: range = SYNTHETIC_BLOCK) -> bool:
    """Tell whether a 13-digit number's sequence lies in the declared synthetic block."""
    return bool(_DIGITS_13.fullmatch(value)) and sequence_of(value) in block


def is_possibly_real(value: str, *, today: date, block: range = SYNTHETIC_BLOCK) -> bool:
    """Tell whether a number could belong to a living person: valid, and outside the block."""
    return not is_synthetic(value, block=block) and not matricule_faults(value, today=today)
