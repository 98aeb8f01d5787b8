"""Blocking: the keys under which a record is found by whoever may be the same person; pure.

Each pass survives other mistakes. A record is kept under its keys; a query asks for its own and
for those of what it may have been before the mistake: day and month exchanged, given and family
name exchanged.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from reference_server.services.patients.rules.matching.features import Features
from reference_server.services.patients.rules.matching.normal import sound


class Reach(NamedTuple):
    """How many records a key may have for each of them to be compared, and to tell anything at all.

    Under a key of more than `alone` records, only those are compared that another key finds, too;
    one of more than `most` is passed over.
    """

    alone: int
    most: int


_NO_DAY: Final = "00"
_TELLS: Final = Reach(60, 400)
_REACH: Final = {
    "m": Reach(400, 400),
    "n": Reach(20, 200),
    "p": Reach(8, 60),
    "s": Reach(8, 60),
}
"""By what a key is made of; what is not named tells as much as a birth date."""
_HOUSE: Final = Reach(8, 24)
"""The same, for keys by place and house."""
_MISTAKEN: Final = Reach(0, 400)
"""The same, for keys of what may have been meant: the other side asks for it by another key."""


def kept_keys(found: Features) -> frozenset[int]:
    """Return the keys under which a record is kept, as signed numbers of 64 bits."""
    return frozenset(_numbered(found).values())


def passes(found: Features) -> dict[int, Reach]:
    """Return the keys that a query asks for, and how far each reaches.

    Names of one sound that a score could take for one person's are few, however large an index is:
    among `n` of them no one is likelier than one in `n`. Where a key has more, something else that
    agrees has a key of its own. So a country costs little more to search than a town.
    """
    told = {_number(text): _MISTAKEN for text in _mistaken(found)}
    return told | {number: _reach(text) for text, number in _numbered(found).items()}


@lru_cache(maxsize=64)
def _numbered(found: Features) -> Mapping[str, int]:
    """Return the keys under which a record is kept, by their texts; sought first, then kept."""
    return {text: _number(text) for text in _texts(found)}


def _reach(text: str) -> Reach:
    if text[0] in "hs" and text.rpartition("/")[2][:1].isdigit():
        return _HOUSE
    return _REACH.get(text[0], _TELLS)


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
