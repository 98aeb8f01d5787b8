"""PID to traits and back; knows neither store nor event.

`L` is the official name and `B` (or `M`) the name at birth, as in `fhir.patient`: where a name at
birth is told, `L` is the one in use. Dates of HL7 are `YYYY[MM[DD]]`.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from reference_server.hl7v2.er7 import Segment, components, part, parts, repeated, segment
from reference_server.services.patients.errors.messages import (
    AuthorityMissing,
    AuthorityUnknown,
    MessageFieldWrong,
)
from reference_server.services.patients.mllp.tables import SEX, STATES
from reference_server.services.patients.model.index import IdentityState
from reference_server.services.patients.model.traits import (
    PERSON_IDENTIFIER,
    Address,
    Identifier,
    Sex,
    Telecom,
    Traits,
)

_OID: Final = "urn:oid:"
_ISO: Final = "ISO"
_BIRTH_TYPES: Final = ("B", "M")
_BIRTH_PLACES: Final = ("BDL", "N")
_USED_TYPES: Final = ("D", "U")
_DAY: Final = 8
_SHOWN: Final = 64
_COUNTRIES: Final[Mapping[str, str]] = {
    "LUX": "LU",
    "FRA": "FR",
    "DEU": "DE",
    "BEL": "BE",
    "PRT": "PT",
    "NLD": "NL",
    "ITA": "IT",
    "ESP": "ES",
}
_SEXES: Final = {Sex.FEMALE: "F", Sex.MALE: "M", Sex.OTHER: "O", Sex.UNKNOWN: "U"}
_STATES: Final = {IdentityState(state): code for code, state in STATES.items()}


def identifiers(
    told: Segment, field: int, *, known: Mapping[str, str], place: str
) -> Iterator[Identifier]:
    """Give the numbers of a CX field; `known` are the namespaces that stand for domains.

    Raises AuthorityMissing where a number has no assigning authority, AuthorityUnknown where it is
    a namespace that nobody knows. Whether an OID is registered is the index's to say.
    """
    for number, text in enumerate(told.repetitions(field), 1):
        yield _identifier(text, told, known, f"{place}^{number}")


def _identifier(text: str, told: Segment, known: Mapping[str, str], place: str) -> Identifier:
    namespace, oid, kind = (part(text, 4, n, told.delimiters) for n in (1, 2, 3))
    if not namespace and not oid:
        field = "-".join(place.split("^")[0:3:2])
        raise AuthorityMissing(field=field, expression=f"{place}^4")
    if oid and kind == _ISO:
        system = f"{_OID}{oid}"
    elif not oid and namespace in known:
        system = known[namespace]
    else:
        raise AuthorityUnknown(authority=(oid or namespace)[:_SHOWN], expression=f"{place}^4")
    return Identifier(system=system, value=part(text, 1, 1, told.delimiters))


def read_traits(pid: Segment, numbers: tuple[Identifier, ...]) -> Traits:
    """Return what PID tells beside the numbers; raises MessageFieldWrong.

    The MPI identifier is the index's own: told by a source it is not kept.
    """
    birth, used, given = _names(pid)
    addresses = tuple(_addresses(pid))
    birth_country = next((a.country for kind, a in addresses if kind in _BIRTH_PLACES), "")
    return Traits(
        birth_family=birth,
        used_family=used,
        given=given,
        sex=_sex(pid),
        birth_date=_date(pid, 7),
        birth_place=pid.value(23),
        birth_country=birth_country,
        addresses=tuple(a for kind, a in addresses if kind not in _BIRTH_PLACES),
        telecom=(*_telecom(pid, 13), *_telecom(pid, 14)),
        mothers_maiden_name=pid.value(6),
        multiple_birth=_yes(pid, 24),
        deceased=_yes(pid, 30) or bool(pid.value(29)),
        deceased_on=_date(pid, 29),
        identifiers=tuple(one for one in numbers if one.system != PERSON_IDENTIFIER),
    )


def read_state(pid: Segment) -> IdentityState | None:
    """Return what PID-32 says of the identity; raises MessageFieldWrong."""
    told = pid.value(32)
    if told and told not in STATES:
        raise MessageFieldWrong(field="PID-32", expression="PID^1^32")
    return IdentityState(STATES[told]) if told else None


def date_of(text: str, field: str) -> str:
    """Return a TS as FHIR's date, the time of day left out; raises MessageFieldWrong."""
    digits = text[:_DAY]
    if not text:
        return ""
    if not digits.isascii() or not digits.isdigit() or len(digits) not in {4, 6, _DAY}:
        raise MessageFieldWrong(field=field, expression=field.replace("-", "^1^"))
    parts = (digits[:4], digits[4:6], digits[6:8])
    return "-".join(each for each in parts if each)


def write_pid(
    traits: Traits, numbers: tuple[Identifier, ...], *, state: IdentityState, number: int = 1
) -> str:
    """Return a PID segment of what is believed, with these numbers; PID-1 is `number`."""
    fields = [""] * 32
    fields[0] = str(number)
    fields[2] = repeated([write_number(one) for one in numbers])
    fields[4] = repeated(list(_written_names(traits)))
    fields[5] = components(traits.mothers_maiden_name)
    fields[6] = traits.birth_date.replace("-", "")
    fields[7] = _SEXES[traits.sex]
    fields[10] = repeated(list(_written_addresses(traits)))
    fields[12] = repeated([_written_telecom(each) for each in traits.telecom])
    fields[22] = components(traits.birth_place)
    fields[23] = "Y" if traits.multiple_birth else ""
    fields[28] = traits.deceased_on.replace("-", "")
    fields[29] = "Y" if traits.deceased else ""
    fields[31] = _STATES[state]
    return segment("PID", *fields)


def write_number(one: Identifier) -> str:
    """Return a number as CX, its authority as an OID."""
    return components(one.value, "", "", ("", one.system.removeprefix(_OID), _ISO))


def _names(pid: Segment) -> tuple[str, str, tuple[str, ...]]:
    by_type: dict[str, tuple[str, tuple[str, ...]]] = {}
    for text in pid.repetitions(5):
        family, first, further, _, _, _, kind = parts(text, 7, pid.delimiters)
        given = tuple([each for each in (first, *further.split()) if each])
        by_type.setdefault(kind or "L", (family, given))
    born = next((by_type[kind] for kind in _BIRTH_TYPES if kind in by_type), None)
    official = by_type.get("L") or next(iter(by_type.values()), ("", ()))
    shown = next((by_type[kind] for kind in _USED_TYPES if kind in by_type), ("", ()))
    birth = born[0] if born and born[0] else official[0]
    used = official[0] if born and born[0] else shown[0]
    given = next((names for _, names in (born or ("", ()), official, shown) if names), ())
    return birth, "" if used == birth else used, given


def _written_names(traits: Traits) -> Iterator[str]:
    given = (" ".join(traits.given[:1]), " ".join(traits.given[1:]), "", "", "")
    if traits.used_family:
        yield components(traits.used_family, *given, "L")
    if traits.birth_family or not traits.used_family:
        yield components(traits.birth_family, *given, "B" if traits.used_family else "L")


def _addresses(pid: Segment) -> Iterator[tuple[str, Address]]:
    for text in pid.repetitions(11):
        told = parts(text, 7, pid.delimiters)
        street, other, city, state, postal_code, country, kind = told
        lines = tuple([each for each in (street, other) if each])
        country = _COUNTRIES.get(country, country)
        yield (
            kind,
            Address(line=lines, city=city, state=state, postal_code=postal_code, country=country),
        )


def _written_addresses(traits: Traits) -> Iterator[str]:
    for each in traits.addresses:
        lines = (*each.line, "", "")
        yield components(lines[0], lines[1], each.city, each.state, each.postal_code, each.country)
    if traits.birth_country:
        yield components("", "", traits.birth_place, "", "", traits.birth_country, "BDL")


def _telecom(pid: Segment, field: int) -> Iterator[Telecom]:
    for text in pid.repetitions(field):
        told = parts(text, 12, pid.delimiters)
        number, mail = told[0] or told[11], told[3]
        if number:
            yield Telecom(system="phone", value=number)
        if mail:
            yield Telecom(system="email", value=mail)


def _written_telecom(each: Telecom) -> str:
    if each.system == "email":
        return components("", "NET", "Internet", each.value)
    return components(each.value, "PRN", "PH")


def _sex(pid: Segment) -> Sex:
    told = pid.value(8)
    if told and told not in SEX:
        raise MessageFieldWrong(field="PID-8", expression="PID^1^8")
    return Sex(SEX[told]) if told else Sex.UNKNOWN


def _yes(pid: Segment, field: int) -> bool:
    told = pid.value(field)
    if told not in ("", "Y", "N"):
        raise MessageFieldWrong(field=f"PID-{field}", expression=f"PID^1^{field}")
    return told == "Y"


def _date(pid: Segment, field: int) -> str:
    return date_of(pid.value(field), f"PID-{field}")
