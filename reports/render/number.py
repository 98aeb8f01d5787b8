"""Report numbers: the same evidence judged the same way has the same one; draws no randomness."""

import hashlib

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RUN_CHARACTERS = 8
JUDGEMENT_CHARACTERS = 4


def report_number(*, issued: str, journal: str, judgement: tuple[str, ...]) -> str:
    """Return `EQ-<year>-<run>-<judgement>`, in Crockford's base 32.

    The run part comes from the journal's digest, so every report on one run shares it. The
    judgement part comes from everything else the report rests on (catalogue, scheme, findings):
    another judgement of the same evidence never takes the number of the first.
    """
    run = _letters(journal, RUN_CHARACTERS)
    judged = _letters("\n".join((journal, *judgement)), JUDGEMENT_CHARACTERS)
    return f"EQ-{issued[:4]}-{run}-{judged}"


def _letters(text: str, length: int) -> str:
    """Return the first letters of a text's digest."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)
