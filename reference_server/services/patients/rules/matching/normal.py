"""Names, streets and numbers in a normal form in which spellings of one thing are equal; pure.

Made for Luxembourg's mix: French, German, Luxembourgish and Portuguese names stand side by side
and are written down by people who speak another of these languages.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Particles say nothing of who somebody is: they come and go with the software that wrote them.
PARTICLES: Final = frozenset(
    {
        *(
            "da",
            "das",
            "de",
            "del",
            "della",
            "den",
            "der",
            "des",
            "di",
            "do",
            "dos",
            "du",
            "e",
            "el",
        ),
        *("la", "le", "les", "op", "ten", "ter", "van", "vom", "von", "y", "zu", "zum", "zur"),
    }
)
_LETTERS: Final = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
    }
)
_APART: Final = re.compile(r"[^a-z0-9]+")
_NOT_LETTER: Final = re.compile(r"[^a-z]+")
_UMLAUT: Final = re.compile(r"(?<=[b-df-hj-np-tv-z])(ae|oe|ue)(?=[b-df-hj-np-tv-z])|^(ae|oe|ue)")
_DIGITS: Final = re.compile(r"[0-9]+")
_HOUSE: Final = re.compile(r"^[0-9]+[a-z]?$")
_STREET_WORDS: Final = {
    "str": "rue",
    "strasse": "rue",
    "strooss": "rue",
    "stross": "rue",
    "street": "rue",
    "st": "rue",
    "r": "rue",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bvd": "boulevard",
    "blvd": "boulevard",
    "rte": "route",
    "rd": "route",
    "pl": "place",
    "ch": "chemin",
    "chem": "chemin",
    "imp": "impasse",
    "cres": "crescent",
    "ct": "court",
}
SHORTEST_PHONE: Final = 6
_PHONE_TAIL: Final = 8


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Return small letters of a to z, digits and single blanks; accents and signs are gone."""
    folded = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return _APART.sub(" ", bare.replace("'", " ").replace("\u2019", " ")).strip()


@lru_cache(maxsize=65536)
def name_words(text: str) -> tuple[str, ...]:
    """Return a name's words without particles, `ae oe ue` for umlauts undone: Mueller is Muller.

    A name made of particles alone keeps them.
    """
    words = [_undone(word) for word in _NOT_LETTER.split(plain(text)) if word]
    bearing = tuple(word for word in words if word not in PARTICLES)
    return bearing or tuple(words)


def _undone(word: str) -> str:
    return _UMLAUT.sub(lambda found: found[0][0], word)


def street(line: str) -> tuple[str, str]:
    """Return a street and its house number, each without the other: `("rue fleurs", "12a")`."""
    words = plain(line).split()
    houses = [word for word in words if _HOUSE.match(word)]
    named = [_STREET_WORDS.get(word, word) for word in words if not _HOUSE.match(word)]
    return " ".join(word for word in named if word not in PARTICLES), houses[0] if houses else ""


def digits(text: str) -> str:
    """Return the digits of a text."""
    return "".join(_DIGITS.findall(text))


def telecom(system: str, value: str) -> str:
    """Return what makes two numbers or addresses of e-mail the same; empty for none."""
    if system == "email":
        return value.strip().lower()
    found = digits(value)
    return found[-_PHONE_TAIL:] if len(found) >= SHORTEST_PHONE else ""


_SOUNDS: Final = (
    (re.compile(r"ph"), "f"),
    (re.compile(r"sch|sh|tsch|ch(?=[aeiouy])"), "x"),
    (re.compile(r"ck|ch|qu|q|c(?=[^eiy]|$)|g(?=[aou]|$|[b-df-hj-np-tv-xz])"), "k"),
    (re.compile(r"tz|ts|dz|z|c|s+|x(?=$)"), "s"),
    (re.compile(r"dt|th|d|t"), "t"),
    (re.compile(r"v|w"), "f"),
    (re.compile(r"b|p"), "p"),
    (re.compile(r"j|g|y"), "i"),
    (re.compile(r"lh|ll"), "l"),
    (re.compile(r"nh|gn"), "n"),
    (re.compile(r"h"), ""),
)
_VOWELS: Final = re.compile(r"(?<!^)[aeiou]+")
_TWICE: Final = re.compile(r"(.)\1+")


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """Return a code that words of the same sound share in the four languages; of our own making.

    Voiced and unvoiced consonants fall together, vowels but the first are gone: Schmit, Schmitt
    and Schmidt are `xmt`; Weber and Veber `fpr`; Fischer and Fisher `fxr`.
    """
    for pattern, code in _SOUNDS:
        word = pattern.sub(code, word)
    return _TWICE.sub(r"\1", _VOWELS.sub("", word))
