"""Blocking: the keys under which a record is found by whoever may be the same person; pure.

Each pass survives other mistakes. A record is kept under its keys; a query asks for its own and
for those of what it may have been before the mistake: day and month exchanged, given and family
name exchanged.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from reference_server.services.patients.rules.matching.features import Features
from reference_server.services.patients.rules.matching.normal import sound

_NO_DAY: Final = "00"
MOST_UNDER_A_KEY: Final = 400
"""A blocking key with more records than this tells nothing and is passed over."""
_SHORT: Final = {"n": 60, "p": 30, "s": 30}
"""The same, for keys by sounds of names alone, and by place and the sound of a name."""
_HOUSE: Final = 12
"""The same, for keys by place and house."""


def kept_keys(found: Features) -> frozenset[int]:
    """Return the keys under which a record is kept, as signed numbers of 64 bits."""
    return frozenset(_numbered(found).values())


def sought_keys(found: Features) -> tuple[int, ...]:
    """Return the keys that a query asks for, the most telling passes first."""
    mistaken = map(_number, _mistaken(found))
    return tuple(dict.fromkeys((*_numbered(found).values(), *mistaken)))


def passes(found: Features) -> dict[int, int]:
    """Return the keys that a query asks for, and how many records each may have to tell anything.

    A certain match needs one matricule, or an equal birth date and given name: those passes may be
    long. Who lives in one street or sounds alike is many where an index holds a country; there the
    key tells too little to be worth comparing them all.
    """
    told = {number: _most(text) for text, number in _numbered(found).items()}
    return told | {_number(text): _most(text) for text in _mistaken(found)}


@lru_cache(maxsize=64)
def _numbered(found: Features) -> Mapping[str, int]:
    """Return the keys under which a record is kept, by their texts; sought first, then kept."""
    return {text: _number(text) for text in _texts(found)}


def _most(text: str) -> int:
    if text[0] in "hs" and text.rpartition("/")[2][:1].isdigit():
        return _HOUSE
    return _SHORT.get(text[0], MOST_UNDER_A_KEY)


def _texts(found: Features) -> Iterator[str]:
    yield from (f"m{number}" for number in found.matricules)
    yield from (f"t{value}" for value in found.telecom)
    if found.birth and found.birth[6:] != _NO_DAY:
        yield f"b{found.birth}"
    families = {sound(word) for family in found.families for word in family}
    given = {sound(word) for word in found.given[:2]}
    yield from _name_keys(found, families, given)
    yield from _place_keys(found, families | given)


def _name_keys(found: Features, families: set[str], given: set[str]) -> Iterator[str]:
    for family in families:
        for name in given:
            first, second = sorted((family, name))  # exchanged names have the same keys
            yield f"n{first}/{second}"
            if found.birth:
                yield f"y{first}/{second}/{found.birth[:4]}"
                if found.birth[6:] != _NO_DAY:
                    day, month = sorted((found.birth[6:], found.birth[4:6]))
                    yield f"d{first}/{second}/{day}{month}"


def _place_keys(found: Features, names: set[str]) -> Iterator[str]:
    for code in found.postal_codes:
        place = "".join(sorted(code))  # exchanged digits have the same key
        yield from (f"p{place}/{name}" for name in names)
        yield from (f"h{place}/{house}" for _, house in found.streets if house)
    for where in (*(street for street, _ in found.streets if street), *found.details):
        spoken = "".join(map(sound, where.split()))
        yield from (f"s{spoken}/{name}" for name in names)
        yield from (f"s{spoken}/{house}" for _, house in found.streets if house)


def _mistaken(found: Features) -> Iterator[str]:
    """Give the keys of what may have been meant."""
    if found.birth and found.birth[6:] != _NO_DAY and found.birth[6:] <= "12":
        yield f"b{found.birth[:4]}{found.birth[6:]}{found.birth[4:6]}"


def _number(text: str) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
