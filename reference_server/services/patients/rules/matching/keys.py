"""Blocking: the keys under which a record is found by whoever may be the same person; pure.

Each pass survives other mistakes. A record is kept under its keys; a query asks for its own and
for those of what it may have been before the mistake: day and month exchanged, given and family
name exchanged.
"""

import hashlib
from collections.abc import Iterator
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
_REMEMBERED: Final = 16_384
_TELLS: Final = Reach(60, 400)
"""Of a telecom, of names with a part of a birth date, and of one name with a whole one."""
_BIRTH: Final = Reach(8, 400)
"""The same, of a birth date: a country has thirty people of each,"""
_NATIONAL: Final = Reach(400, 400)
"""The same, of a national number,"""
_NAMES: Final = Reach(20, 200)
"""of names alone,"""
_PLACE: Final = Reach(8, 60)
"""of a place and a name,"""
_HOUSE: Final = Reach(8, 24)
"""and of a place and a house."""
_MISTAKEN: Final = Reach(0, 400)
"""The same, for keys of what may have been meant: the other side asks for it by another key."""


def kept_keys(found: Features) -> frozenset[int]:
    """Return the keys under which a record is kept, as signed numbers of 64 bits."""
    return frozenset(_numbered(found))


def passes(found: Features) -> dict[int, Reach]:
    """Return the keys that a query asks for, and how far each reaches.

    Names of one sound that a score could take for one person's are few, however large an index is:
    among `n` of them no one is likelier than one in `n`. Where a key has more, something else that
    agrees has a key of its own: who is found by a birth date in a country shares a name, too, or a
    place, or a telephone. So a country costs little more to search than a town.
    """
    told = {_number(text): _MISTAKEN for text in _mistaken(found)}
    return told | _numbered(found)


@lru_cache(maxsize=256)
def _numbered(found: Features) -> dict[int, Reach]:
    """Return the keys under which a record is kept and their reach; sought first, then kept."""
    return {_number(text): reach for text, reach in _texts(found)}


def _texts(found: Features) -> Iterator[tuple[str, Reach]]:
    for number in found.matricules:
        yield f"m{number}", _NATIONAL
    for value in found.telecom:
        yield f"t{value}", _TELLS
    families = {sound(word) for family in found.families for word in family}
    given = {sound(word) for word in found.given[:2]}
    if found.birth and found.birth[6:] != _NO_DAY:
        yield f"b{found.birth}", _BIRTH
        yield from ((f"w{name}/{found.birth}", _TELLS) for name in families | given)
    yield from _name_keys(found, families, given)
    yield from _place_keys(found, families | given)


def _name_keys(found: Features, families: set[str], given: set[str]) -> Iterator[tuple[str, Reach]]:
    birth = found.birth
    day, month = sorted((birth[6:], birth[4:6]))  # as have day and month
    for family in families:
        for name in given:
            # Exchanged names have the same keys.
            both = f"{family}/{name}" if family <= name else f"{name}/{family}"
            yield f"n{both}", _NAMES
            if birth:
                yield f"y{both}/{birth[:4]}", _TELLS
                if birth[6:] != _NO_DAY:
                    yield f"d{both}/{day}{month}", _TELLS


def _place_keys(found: Features, names: set[str]) -> Iterator[tuple[str, Reach]]:
    houses = [house for _, house in found.streets if house]
    for code in found.postal_codes:
        place = "".join(sorted(code))  # exchanged digits have the same key
        for name in names:
            yield f"p{place}/{name}", _PLACE
        for house in houses:
            yield f"h{place}/{house}", _HOUSE
    for where in (*(street for street, _ in found.streets if street), *found.details):
        spoken = "".join(map(sound, where.split()))
        for name in names:
            yield f"s{spoken}/{name}", _PLACE
        for house in houses:
            yield f"s{spoken}/{house}", _HOUSE


def _mistaken(found: Features) -> Iterator[str]:
    """Give the keys of what may have been meant."""
    if found.birth and found.birth[6:] != _NO_DAY and found.birth[6:] <= "12":
        yield f"b{found.birth[:4]}{found.birth[6:]}{found.birth[4:6]}"


@lru_cache(maxsize=_REMEMBERED)
def _number(text: str) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
