"""How the same person comes to stand in another file: mistakes and life, each with its name."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType
from typing import Final

from reference_server.population.country.people import AS_OF, Inhabitant, address, phone
from reference_server.population.country.words import country
from reference_server.services.patients.model.traits import Sex, Telecom, Traits
from reference_server.services.patients.rules.matching.nicknames import other_names

_WITHOUT_NUMBER: Final = 0.7
_MOVED_SINCE: Final = 0.2
_NEW_PHONE: Final = 0.15
_KEYS: Final = MappingProxyType(
    {
        "a": "qsz", "b": "vgn", "c": "xdv", "d": "sefc", "e": "zrd", "f": "dgv", "g": "fhb",
        "h": "gjn", "i": "uok", "j": "hkn", "k": "jlm", "l": "kmp", "m": "lkn", "n": "bmh",
        "o": "ipl", "p": "olm", "q": "aw", "r": "etf", "s": "qdx", "t": "ryg", "u": "yij",
        "v": "cbf", "w": "xsq", "x": "wcs", "y": "tuh", "z": "aes",
    }
)  # fmt: skip
_HEARD: Final = (
    ("ph", "f"), ("sch", "ch"), ("tt", "t"), ("dt", "tt"), ("ck", "k"), ("ei", "ai"), ("ay", "ei"),
    ("ie", "i"), ("ss", "s"), ("ç", "ss"), ("ou", "u"), ("th", "t"), ("mm", "m"), ("nn", "n"),
    ("ll", "l"), ("eau", "o"), ("z", "s"), ("y", "i"), ("v", "w"), ("m", "mm"), ("n", "nn"),
)  # fmt: skip
_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
_LONGEST: Final = 8
_FULL_DATE: Final = 10

Change = Callable[[Traits, Inhabitant, Random], Traits]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """The same person as another file has them; `person` is their number, `kinds` what happened."""

    person: int
    kinds: tuple[str, ...]
    traits: Traits


def duplicate(
    of: Inhabitant, random: Random, *, kinds: Sequence[str] | None = None, keep_number: bool = False
) -> Duplicate:
    """Return a person as another file has them, after the named kinds of change or some drawn.

    A kind that cannot happen to this person (no accent to lose) is left out of what is told.
    Three files in ten know the national number; all with `keep_number`.
    """
    wanted = (*_life(random), *_drawn(random)) if kinds is None else tuple(kinds)
    traits = of.traits
    happened: list[str] = []
    for kind in wanted:
        changed = KINDS[kind](traits, of, random)
        if changed != traits:
            traits = changed
            happened.append(kind)
    if not keep_number and random.random() < _WITHOUT_NUMBER:
        traits = replace(traits, identifiers=())
    return Duplicate(person=of.number, kinds=tuple(happened), traits=traits)


def _life(random: Random) -> tuple[str, ...]:
    """Draw what years between two files bring by themselves."""
    moved = ("moved",) if random.random() < _MOVED_SINCE else ()
    return (*moved, "phone-changed") if random.random() < _NEW_PHONE else moved


def _drawn(random: Random) -> tuple[str, ...]:
    names = tuple(KINDS)
    count = 1 + int(random.random() < 0.45) + int(random.random() < 0.15)  # noqa: PLR2004 - shares of second and third changes
    return tuple(dict.fromkeys(names[int(random.random() * len(names))] for _ in range(count)))


def _slip(text: str, random: Random) -> str:
    """Return a text with one slip of the hand: a key beside, one too few, two exchanged, double."""
    places = [at for at, sign in enumerate(text) if sign.isalpha() and at > 0]
    if not places:
        return text
    at = places[int(random.random() * len(places))]
    kind = random.random()
    if kind < 0.4 and text[at].lower() in _KEYS:  # noqa: PLR2004 - shares of the slips
        near = _KEYS[text[at].lower()]
        return text[:at] + near[int(random.random() * len(near))] + text[at + 1 :]
    if kind < 0.6:  # noqa: PLR2004 - as above
        return text[:at] + text[at + 1 :]
    if kind < 0.8 and at + 1 < len(text):  # noqa: PLR2004 - as above
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at] + text[at:]


def _family_slip(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    return replace(traits, birth_family=_slip(traits.birth_family, random))


def _given_slip(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    return replace(traits, given=(_slip(traits.given[0], random), *traits.given[1:]))


def _heard(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    """Write the family name as somebody of another language hears it."""
    name = traits.birth_family.lower()
    fitting = [(a, b) for a, b in _HEARD if a in name]
    if not fitting:
        return traits
    a, b = fitting[int(random.random() * len(fitting))]
    return replace(traits, birth_family=name.replace(a, b, 1).title())


def _accents(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    return replace(
        traits,
        birth_family=_bare(traits.birth_family),
        used_family=_bare(traits.used_family),
        given=tuple(map(_bare, traits.given)),
    )


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in folded if not unicodedata.combining(sign))


def _umlauts(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    return replace(
        traits,
        birth_family=_spelt_out(traits.birth_family),
        given=tuple(map(_spelt_out, traits.given)),
    )


def _spelt_out(text: str) -> str:
    return "".join(_UMLAUTS.get(sign, sign) for sign in text)


def _particle(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    words = traits.birth_family.split(" ")
    kept = [word for word in words if word not in {"da", "dos", "de", "De", "do"}]
    return replace(traits, birth_family=" ".join(kept) or traits.birth_family)


def _compound(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    """Keep one part of a compound family name."""
    parts = traits.birth_family.replace("-", " ").split(" ")
    return replace(traits, birth_family=parts[-1 if random.random() < 0.7 else 0])  # noqa: PLR2004 - mostly the last


def _exchanged(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    return replace(traits, birth_family=traits.given[0], given=(traits.birth_family,))


def _nickname(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    names = other_names(traits.given[0])
    if not names:
        return traits
    chosen = names[int(random.random() * len(names))]
    return replace(traits, given=(chosen.title(), *traits.given[1:]))


def _one_given(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    first = traits.given[0].split("-")[0]
    return replace(traits, given=(first,))


def _given_order(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    return replace(traits, given=traits.given[::-1])


def _initial(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    return replace(traits, given=(f"{traits.given[0][0]}.",))


def _married(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    """A woman's file knows the husband's name only; of who had none, a new one."""
    if traits.sex is not Sex.FEMALE:
        return traits
    used = traits.used_family or country().communities.one(random).family.one(random)
    return replace(traits, birth_family=used, used_family="")


def _day_month(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    if len(traits.birth_date) < _FULL_DATE:
        return traits
    year, month, day = traits.birth_date.split("-")
    return replace(traits, birth_date=f"{year}-{day}-{month}") if int(day) <= 12 else traits  # noqa: PLR2004 - months


def _birth_digit(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    """One digit of the day or of the year is another one."""
    if len(traits.birth_date) < _FULL_DATE:
        return traits
    year, month, day = traits.birth_date.split("-")
    if random.random() < 0.5:  # noqa: PLR2004 - half
        last = (int(year[3]) + 1 + int(random.random() * 8)) % 10
        changed = f"{year[:3]}{last}-{month}-{min(int(day), 28):02d}"
        return replace(traits, birth_date=changed)
    return replace(traits, birth_date=f"{year}-{month}-{(int(day) + 9) % 28 + 1:02d}")


def _birth_unknown(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    if len(traits.birth_date) < _FULL_DATE:
        return traits
    year, month, _ = traits.birth_date.split("-")
    return replace(traits, birth_date=year if random.random() < 0.5 else f"{year}-{month}")  # noqa: PLR2004 - half


def _birth_other(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    """Somebody else's birth date was picked from the list."""
    if len(traits.birth_date) < _FULL_DATE:
        return traits
    year = int(traits.birth_date[:4]) + int(random.random() * 30) - 15
    month, day = 1 + int(random.random() * 12), 2 + int(random.random() * 27)
    return replace(traits, birth_date=f"{min(year, AS_OF.year - 1)}-{month:02d}-{day:02d}")


def _called(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    """The file has the name somebody is called by, which is none of the register's."""
    community = country().communities.one(random)
    names = community.women if traits.sex is Sex.FEMALE else community.men
    return replace(traits, given=(names.one(random),))


def _moved(traits: Traits, of: Inhabitant, random: Random) -> Traits:
    """The file has the address before the last move, or the one after the next."""
    land = country()
    home = land.home if traits.addresses and traits.addresses[0].country == "LU" else land.abroad
    return replace(traits, addresses=(of.former or address(random, land, home.one(random)),))


def _phone_changed(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    if not traits.telecom:
        return traits
    return replace(traits, telecom=(Telecom(system="phone", value=phone(random, "LU")),))


def _no_address(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    return replace(traits, addresses=())


def _street_slip(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    if not traits.addresses:
        return traits
    known = traits.addresses[0]
    return replace(traits, addresses=(replace(known, line=(_slip(known.line[0], random),)),))


def _postal_slip(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    """Two digits of the postal code are exchanged, or one is another."""
    if not traits.addresses or len(traits.addresses[0].postal_code) < 2:  # noqa: PLR2004 - two digits
        return traits
    known = traits.addresses[0]
    code, at = known.postal_code, int(random.random() * (len(known.postal_code) - 1))
    if code[at] != code[at + 1]:
        code = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    else:
        code = code[:at] + str((int(code[at]) + 1) % 10) + code[at + 1 :]
    return replace(traits, addresses=(replace(known, postal_code=code),))


def _city_slip(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    if not traits.addresses:
        return traits
    known = traits.addresses[0]
    return replace(traits, addresses=(replace(known, city=_slip(known.city, random)),))


def _house_lost(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    if not traits.addresses or not traits.addresses[0].line:
        return traits
    known = traits.addresses[0]
    words = [word for word in known.line[0].split() if not word.strip(",").isdecimal()]
    return replace(traits, addresses=(replace(known, line=(" ".join(words),)),))


def _birth_place_slip(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    return replace(traits, birth_place=_slip(traits.birth_place, random))


def _mother_slip(traits: Traits, _of: Inhabitant, random: Random) -> Traits:
    return replace(traits, mothers_maiden_name=_slip(traits.mothers_maiden_name, random))


def _no_phone(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    return replace(traits, telecom=())


def _sex_unknown(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    return replace(traits, sex=Sex.UNKNOWN)


def _cut_off(traits: Traits, _of: Inhabitant, _random: Random) -> Traits:
    """Old software had eight places for a name."""
    return replace(traits, birth_family=traits.birth_family[:_LONGEST].strip())


KINDS: Final[Mapping[str, Change]] = MappingProxyType(
    {
        "family-slip": _family_slip,
        "given-slip": _given_slip,
        "family-heard": _heard,
        "accents-lost": _accents,
        "umlauts-spelt-out": _umlauts,
        "particle-lost": _particle,
        "compound-cut": _compound,
        "names-exchanged": _exchanged,
        "nickname": _nickname,
        "second-given-lost": _one_given,
        "given-order": _given_order,
        "given-initial": _initial,
        "married-name": _married,
        "day-month": _day_month,
        "birth-digit": _birth_digit,
        "birth-unknown": _birth_unknown,
        "birth-other": _birth_other,
        "given-other": _called,
        "moved": _moved,
        "address-missing": _no_address,
        "street-slip": _street_slip,
        "postal-slip": _postal_slip,
        "city-slip": _city_slip,
        "house-lost": _house_lost,
        "birth-place-slip": _birth_place_slip,
        "mother-slip": _mother_slip,
        "phone-changed": _phone_changed,
        "phone-missing": _no_phone,
        "sex-unknown": _sex_unknown,
        "name-cut-off": _cut_off,
    }
)
"""What happens to a person between two files, by name."""
