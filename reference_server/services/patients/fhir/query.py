"""What ITI-78 and ITI-83 ask in a URL, and the form the agency's own clients ask in; no store.

Sources: IHE PDQm 3.2.0 §2:3.78.4.1.2, IHE PIXm 3.1.0 §2:3.83.4.1.2, FHIR R4 §3.1.1.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from reference_server.kernel.errors import (
    ParameterInvalid,
    ParameterMissing,
    SearchParameterInvalid,
    SearchParameterUnknown,
)
from reference_server.services.patients.model.search import Condition, Fact, How, Word
from reference_server.services.patients.model.traits import Sex

STRINGS: Final[Mapping[str, Word | Fact]] = {
    "family": Word.FAMILY,
    "given": Word.GIVEN,
    "telecom": Word.TELECOM,
    "address": Fact.ADDRESS,
    "address-city": Word.CITY,
    "address-country": Fact.COUNTRY,
    "address-postalcode": Word.POSTAL_CODE,
    "address-state": Fact.STATE,
    "mothersMaidenName": Word.MOTHER,
}
PARAMETERS: Final = (
    "_id",
    "_lastUpdated",
    "active",
    "identifier",
    "birthdate",
    "gender",
    *STRINGS,
)
_PLAIN: Final = frozenset({"_format", "_count", "_offset"})
_HOW: Final = {"": How.STARTS, "exact": How.EXACT, "contains": How.CONTAINS}
_DATES: Final = {
    "eq": How.EQUALS,
    "ne": How.DIFFERS,
    "lt": How.BEFORE,
    "le": How.NOT_AFTER,
    "gt": How.AFTER,
    "ge": How.NOT_BEFORE,
    "sa": How.AFTER,
    "eb": How.BEFORE,
}
_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.]+(Z|[+ -][0-9:]{5})?)?)?)?")
_SHOWN: Final = 64
_MOST: Final = 100
_LONGEST: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A token of an identifier; `system` None: in any domain; an empty `value`: the domain."""

    system: str | None
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientQuery:
    """What ITI-78 asks: conditions, each of `numbers` any of a list, and which page."""

    conditions: tuple[Condition, ...] = ()
    numbers: tuple[tuple[Number, ...], ...] = ()
    persons: tuple[str, ...] | None = None
    count: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PixQuery:
    """What ITI-83 asks: whose numbers, in which domains."""

    source: Number
    targets: tuple[str, ...]


def read_search(pairs: Sequence[tuple[str, str]]) -> PatientQuery:
    """Return what is sought; raises SearchParameterUnknown, SearchParameterInvalid."""
    conditions: list[Condition] = []
    numbers: list[tuple[Number, ...]] = []
    persons: tuple[str, ...] | None = None
    page = {"_count": 20, "_offset": 0}
    for told, value in pairs:
        name, _, modifier = told.partition(":")
        _check(told, name, modifier, value)
        match name:
            case "_format":
                pass
            case "_count" | "_offset":
                page[name] = _natural(told, value)
            case "_id":
                asked = tuple(value.split(","))
                persons = asked if persons is None else tuple(set(persons) & set(asked))
            case "identifier":
                numbers.append(tuple(number(each) for each in value.split(",")))
            case "telecom" if modifier != "missing":
                conditions.extend(_contacts(value, _HOW[modifier]))
            case _:
                conditions.append(_condition(told, name, modifier, value))
    return PatientQuery(
        conditions=tuple(conditions),
        numbers=tuple(numbers),
        persons=persons,
        count=min(page["_count"], _MOST),
        offset=page["_offset"],
    )


def number(token: str) -> Number:
    """Return a token `system|value`, `|value`, `value` or `system|`."""
    system, bar, value = token.partition("|")
    return Number(system=system, value=value) if bar else Number(system=None, value=token)


def read_pix(pairs: Sequence[tuple[str, str]]) -> PixQuery:
    """Return what `$ihe-pix` asks in its URL; raises ParameterMissing, ParameterInvalid."""
    return _pix([(name, value) for name, value in pairs if name != "_format"], _nowhere)


def _nowhere(_position: int) -> None:
    """Return no FHIRPath: what stands in a URL has none."""


def read_pix_parameters(body: Mapping[str, object]) -> PixQuery:
    """Return what `$ihe-pix` asks in a Parameters resource; raises as `read_pix` does."""
    told = body.get("parameter")
    if not isinstance(told, Sequence) or isinstance(told, str):
        raise ParameterMissing(name="sourceIdentifier", expression="Parameters.parameter")
    pairs = []
    for position, each in enumerate(told):
        path = f"Parameters.parameter[{position}]"
        name = each.get("name") if isinstance(each, Mapping) else None
        value = each.get("valueString") or each.get("valueUri") if name else None
        if not isinstance(name, str) or not isinstance(value, str):
            raise ParameterInvalid(name=str(name)[:_SHOWN], expression=path)
        if name != "_format":
            pairs.append((name, value))
    return _pix(pairs, lambda at: f"Parameters.parameter[{at}]")


def _pix(pairs: Sequence[tuple[str, str]], where: Callable[[int], str | None]) -> PixQuery:
    sources = [value for name, value in pairs if name == "sourceIdentifier"]
    for position, (name, _) in enumerate(pairs):
        if name not in ("sourceIdentifier", "targetSystem"):
            raise ParameterInvalid(name=name[:_SHOWN], expression=where(position))
    if not sources:
        raise ParameterMissing(name="sourceIdentifier", expression=where(0))
    source = number(sources[0])
    if len(sources) > 1 or not source.system or not source.value:
        raise ParameterInvalid(name="sourceIdentifier", expression=where(0))
    targets = [value for name, value in pairs if name == "targetSystem"]
    return PixQuery(
        source=source, targets=tuple(each for value in targets for each in value.split(","))
    )


def _check(told: str, name: str, modifier: str, value: str) -> None:
    if name not in PARAMETERS and name not in _PLAIN:
        raise SearchParameterUnknown(name=told[:_SHOWN])
    allowed = ("", "exact", "contains", "missing") if name in STRINGS else ("",)
    if modifier not in allowed:
        raise SearchParameterUnknown(name=told[:_SHOWN])
    if not value or len(value) > _LONGEST:
        raise SearchParameterInvalid(name=told[:_SHOWN], value=value[:_SHOWN])


def _condition(told: str, name: str, modifier: str, value: str) -> Condition:
    match name:
        case "active" if value in ("true", "false"):
            return Condition(on=Fact.ACTIVE, values=(value,), how=How.EQUALS)
        case "gender" if set(value.split(",")) <= set(Sex):
            return Condition(on=Fact.SEX, values=tuple(value.split(",")), how=How.EXACT)
        case "birthdate":
            return _dated(told, Word.BIRTH_DATE, value)
        case "_lastUpdated":
            return _dated(told, Fact.TOUCHED, value)
    if name not in STRINGS:
        raise SearchParameterInvalid(name=told[:_SHOWN], value=value[:_SHOWN])
    if modifier == "missing":
        if value not in ("true", "false"):
            raise SearchParameterInvalid(name=told[:_SHOWN], value=value[:_SHOWN])
        how = How.MISSING if value == "true" else How.PRESENT
        return Condition(on=STRINGS[name], values=(), how=how)
    return Condition(on=STRINGS[name], values=tuple(_values(value)), how=_HOW[modifier])


def _contacts(value: str, how: How) -> Iterator[Condition]:
    """Give the conditions of tokens `system|value`, `system|` or `value`: they start so."""
    tokens = tuple(_values(value))
    numbers = tuple(each.rpartition("|")[2] for each in tokens)
    if all(numbers):
        yield Condition(on=Word.TELECOM, values=numbers, how=how)
    if any("|" in each for each in tokens):
        yield Condition(on=Fact.CONTACT, values=tokens)


def _values(value: str) -> Iterator[str]:
    r"""Give the values between commas; `\,` is a comma of the value (FHIR R4 §3.1.1.4.0.2)."""
    for each in re.split(r"(?<!\\),", value):
        yield each.replace("\\,", ",").replace("\\|", "|")


def _dated(told: str, on: Word | Fact, value: str) -> Condition:
    """Return the condition on a date; several are alternatives, and have the same prefix."""
    several = value.split(",")
    prefixes = {each[:2] if each[:2] in _DATES else "eq" for each in several}
    dates = [each.removeprefix(each[:2] if each[:2] in _DATES else "eq") for each in several]
    if len(prefixes) > 1 or not all(map(_DATE.fullmatch, dates)):
        raise SearchParameterInvalid(name=told[:_SHOWN], value=value[:_SHOWN])
    try:
        values = tuple(map(_in_utc, dates))
    except (ValueError, OverflowError):
        raise SearchParameterInvalid(name=told[:_SHOWN], value=value[:_SHOWN]) from None
    return Condition(on=on, values=values, how=_DATES[prefixes.pop()])


def _in_utc(date: str) -> str:
    """Return a date as it is, a time as exact as it was told, in UTC and without saying so.

    A time without zone is one of UTC. Raises ValueError, OverflowError where there is none such.
    """
    day, told_time, time = date.partition("T")
    if not told_time:
        return day
    clock = re.split(r"Z|[+-]", time)[0]
    moment = datetime.fromisoformat(date.replace(" ", "+"))
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    fine = f"{moment:%Y-%m-%dT%H:%M:%S.%f}"
    return fine[: len(day) + 1 + len(clock)]


def _natural(told: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 7):  # noqa: PLR2004 - under a million
        raise SearchParameterInvalid(name=told[:_SHOWN], value=value[:_SHOWN])
    return int(value)
