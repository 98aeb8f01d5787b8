"""The words that a person is found by, and whether a person fulfils a condition; pure.

String search of FHIR R4 (§3.1.1.4.8): without case and accents, from the start of the word.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import Final

from reference_server.services.patients.model.index import Person, Standing
from reference_server.services.patients.model.search import Condition, Fact, How, Word
from reference_server.services.patients.model.traits import Traits
from reference_server.services.patients.rules.matching.normal import plain

_LONGEST: Final = 60
_COMPARED: Final[Mapping[How, Callable[[str, str], bool]]] = MappingProxyType(
    {
        How.BEFORE: lt,
        How.NOT_AFTER: le,
        How.AFTER: gt,
        How.NOT_BEFORE: ge,
        How.DIFFERS: ne,
        How.EQUALS: eq,
        How.EXACT: eq,
        How.STARTS: eq,
    }
)
"""How a date is compared; it is cut to the length of the one asked for first."""


def folded(text: str) -> str:
    """OID 1.3.182.2.4.2: small letters, digits and single blanks, so much of it as is kept."""
    return plain(text)[:_LONGEST]


@lru_cache(maxsize=256)
def words(traits: Traits) -> frozenset[tuple[Word, str]]:
    """OID 1.3.182.2.4.2: everything that a person is found by; dates as they are, words folded."""
    told = {(word, folded(text)) for word, text in _written(traits)}
    told.add((Word.BIRTH_DATE, traits.birth_date))
    return frozenset(each for each in told if each[1])


def _written(traits: Traits) -> Iterator[tuple[Word, str]]:
    yield Word.FAMILY, traits.birth_family
    yield Word.FAMILY, traits.used_family
    yield Word.MOTHER, traits.mothers_maiden_name
    for given in traits.given:
        yield Word.GIVEN, given
    for told in traits.telecom:
        yield Word.TELECOM, told.value
    for each in traits.addresses:
        yield Word.CITY, each.city
        yield Word.POSTAL_CODE, each.postal_code
        for line in each.line:
            yield Word.STREET, line


def texts(traits: Traits, on: Word | Fact) -> Iterator[str]:
    """OID 1.3.182.2.4.2: what is believed under a word or fact, as it is written."""
    match on:
        case Word.FAMILY:
            yield from (one for one in (traits.birth_family, traits.used_family) if one)
        case Word.GIVEN:
            yield from traits.given
        case Word.BIRTH_DATE:
            yield from (one for one in (traits.birth_date,) if one)
        case Word.MOTHER:
            yield from (one for one in (traits.mothers_maiden_name,) if one)
        case Word.TELECOM:
            yield from (each.value for each in traits.telecom)
        case Fact.SEX:
            yield traits.sex.value
        case Fact.ADDRESS:
            for each in traits.addresses:
                yield from (*each.line, each.city, each.postal_code, each.state, each.country)
        case _:
            yield from _places(traits, on)


def _places(traits: Traits, on: Word | Fact) -> Iterator[str]:
    for each in traits.addresses:
        match on:
            case Word.STREET:
                yield from each.line
            case Word.CITY:
                yield each.city
            case Word.POSTAL_CODE:
                yield each.postal_code
            case Fact.COUNTRY:
                yield each.country
            case Fact.STATE:
                yield each.state


def fulfils(person: Person, condition: Condition) -> bool:
    """OID 1.3.182.2.4.2: whether any of the values is what is believed of a person."""
    match condition.on:
        case Fact.ACTIVE:
            active = "true" if person.standing is Standing.ACTIVE else "false"
            return active in condition.values
        case Fact.TOUCHED:
            return any(_in_time(person.touched_at, one, condition.how) for one in condition.values)
        case Word.BIRTH_DATE:
            told = person.traits.birth_date
            return any(_in_time(told, one, condition.how) for one in condition.values)
        case Fact.CONTACT:
            return any(_reached_by(person.traits, one) for one in condition.values)
        case _:
            return _says(person.traits, condition)


def _reached_by(traits: Traits, token: str) -> bool:
    """Tell whether somebody is reached by `system|value`, `system|` or `value`."""
    system, named, number = token.rpartition("|")
    return any(
        (not named or each.system == system) and folded(each.value).startswith(folded(number))
        for each in traits.telecom
    )


def _says(traits: Traits, condition: Condition) -> bool:
    told = [one for one in texts(traits, condition.on) if one]
    match condition.how:
        case How.MISSING:
            return not told
        case How.PRESENT:
            return bool(told)
        case How.EXACT:
            return any(one in condition.values for one in told)
        case How.EQUALS:
            sought = {folded(value) for value in condition.values}
            return any(folded(one) in sought for one in told)
        case How.CONTAINS:
            return any(folded(value) in folded(one) for one in told for value in condition.values)
        case _:
            starts = tuple(folded(value) for value in condition.values)
            return any(folded(one).startswith(starts) for one in told)


def _in_time(told: str, asked: str, how: How) -> bool:
    """FHIR R4 §3.1.1.4.7, as ranges: a date is as long as it is exact. OID 1.3.182.2.4.2."""
    if not told:
        return how is How.MISSING
    compared = _COMPARED.get(how)
    return how is How.PRESENT if compared is None else compared(told[: len(asked)], asked)
