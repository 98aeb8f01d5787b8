"""What of a record is compared, in normal form and small enough to be kept beside it; pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

import msgspec

from reference_server.national.identifiers import MATRICULE
from reference_server.services.patients.model.traits import Sex, Traits
from reference_server.services.patients.rules.matching import normal

T = TypeVar("T")
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_SEXES: Final = {Sex.FEMALE: "f", Sex.MALE: "m", Sex.OTHER: "o", Sex.UNKNOWN: ""}


class Features(NamedTuple):
    """A record in normal form.

    `families` are words of the names at birth and in use, `given` all words of given names,
    `birth` is `YYYYMMDD` with zeros for what is unknown, or empty; `streets` pairs of street and
    house number; `details` further address lines.
    """

    families: tuple[tuple[str, ...], ...]
    given: tuple[str, ...]
    birth: str
    sex: str
    streets: tuple[tuple[str, str], ...]
    details: tuple[str, ...]
    postal_codes: tuple[str, ...]
    cities: tuple[str, ...]
    telecom: tuple[str, ...]
    mother: tuple[str, ...]
    birth_place: str
    matricules: tuple[str, ...]
    twin: bool


@lru_cache(maxsize=256)
def features(traits: Traits) -> Features:
    """Return what is compared of a record."""
    lines = [address.line for address in traits.addresses]
    return Features(
        families=_some(map(normal.name_words, (traits.birth_family, traits.used_family))),
        given=tuple([word for name in traits.given for word in normal.name_words(name)]),
        birth=_birth(traits.birth_date),
        sex=_SEXES[traits.sex],
        streets=_some([s for s in [normal.street(line[0]) for line in lines if line] if any(s)]),
        details=_some([normal.plain(" ".join(line[1:])) for line in lines if len(line) > 1]),
        postal_codes=_some([normal.digits(each.postal_code) for each in traits.addresses]),
        cities=_some([normal.plain(each.city) for each in traits.addresses]),
        telecom=_some([normal.telecom(each.system, each.value) for each in traits.telecom]),
        mother=normal.name_words(traits.mothers_maiden_name),
        birth_place=normal.plain(traits.birth_place),
        matricules=_some([each.value for each in traits.identifiers if each.system == MATRICULE]),
        twin=traits.multiple_birth,
    )


def pack(found: Features) -> bytes:
    """Return features as bytes to keep."""
    return msgspec.json.encode(found)


_decoder: Final = msgspec.json.Decoder(Features)


def unpack(kept: bytes) -> Features:
    """Return features that were kept."""
    return _decoder.decode(kept)


def _birth(written: str) -> str:
    found = _DATE.fullmatch(written)
    return "" if found is None else f"{found[1]}{found[2] or '00'}{found[3] or '00'}"


def _some(values: Iterable[T]) -> tuple[T, ...]:
    """Return what is not empty, each once, in order."""
    return tuple(dict.fromkeys([value for value in values if value]))
