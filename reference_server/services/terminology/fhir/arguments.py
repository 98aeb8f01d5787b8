"""The arguments of an operation, from a query or from Parameters; knows no code list."""

from collections.abc import Iterator, Mapping
from typing import Final

from reference_server.fhir.json_reader import JsonObject, JsonValue
from reference_server.kernel.errors import ParameterInvalid, ParameterMissing
from reference_server.services.terminology.errors import ArgumentUnknown
from reference_server.services.terminology.model import Coded, Given

URI, CODE, STRING, BOOLEAN, INTEGER = "uri", "code", "string", "boolean", "integer"
CODING, CODEABLE = "Coding", "CodeableConcept"

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    URI: ("valueUri", "valueCanonical"),
    CODE: ("valueCode",),
    STRING: ("valueString",),
    BOOLEAN: ("valueBoolean",),
    INTEGER: ("valueInteger",),
    CODING: ("valueCoding",),
    CODEABLE: ("valueCodeableConcept",),
}
REPEATED: Final = frozenset({"property", "designation"})
LONGEST: Final = 1000
MOST: Final = 40
_LARGEST: Final = 999_999
_DIGITS: Final = 6
_FORMATS: Final = frozenset({"json", "application/json", "application/fhir+json"})
_SHOWN: Final = 64


def from_query(pairs: tuple[tuple[str, str], ...], known: Mapping[str, str]) -> Given:
    """Return the arguments of a query; raises ArgumentUnknown, ParameterInvalid."""
    told = []
    for name, value in pairs:
        if name == "_format":
            if value not in _FORMATS:
                raise ParameterInvalid(name=name)
        elif known.get(name, CODING) in {CODING, CODEABLE}:
            raise ArgumentUnknown(name=name[:_SHOWN])
        else:
            told.append((name, _plain(name, value, known[name])))
    return _given(told)


def from_parameters(parameters: JsonObject, known: Mapping[str, str]) -> Given:
    """Return the arguments of Parameters; raises ArgumentUnknown, ParameterInvalid."""
    if set(parameters) - {"resourceType", "id", "parameter"}:
        raise ParameterInvalid(name="Parameters")
    listed = parameters.get("parameter", [])
    if not isinstance(listed, list) or len(listed) > MOST:
        raise ParameterInvalid(name="Parameters")
    return _given([_named(each, known) for each in listed])


def needed(given: Given, name: str) -> str:
    """Return a text that must be there; raises ParameterMissing."""
    found = given.text(name)
    if found is None:
        raise ParameterMissing(name=name)
    return found


def codes_of(
    given: Given, *, system: str = "system", version: str = "version"
) -> tuple[Coded, ...]:
    """Return the codes that are asked about; raises ParameterMissing, ParameterInvalid.

    One of `code`, `coding`, `codeableConcept`; a bare code takes the other arguments along.
    """
    told = [name for name in ("coding", "codeableConcept") if name in given.codings]
    bare = given.text("code")
    if len(told) + (bare is not None) > 1:
        raise ParameterInvalid(name=told[-1])
    if told:
        return given.codings[told[0]]
    if bare is None:
        raise ParameterMissing(name="code")
    return (
        Coded(
            code=bare,
            system=given.text(system),
            version=given.text(version),
            display=given.text("display"),
        ),
    )


def _given(told: list[tuple[str, object]]) -> Given:
    texts: dict[str, tuple[str, ...]] = {}
    flags: dict[str, bool] = {}
    numbers: dict[str, int] = {}
    codings: dict[str, tuple[Coded, ...]] = {}
    seen: set[str] = set()
    for name, value in told:
        if name in seen and name not in REPEATED:
            raise ParameterInvalid(name=name)
        seen.add(name)
        match value:
            case bool():
                flags[name] = value
            case int():
                numbers[name] = value
            case str():
                texts[name] = (*texts.get(name, ()), value)
            case tuple():
                codings[name] = value
    return Given(texts=texts, flags=flags, numbers=numbers, codings=codings)


def _plain(name: str, value: str, kind: str) -> object:
    if not value or len(value) > LONGEST:
        raise ParameterInvalid(name=name)
    if kind == BOOLEAN:
        if value not in {"true", "false"}:
            raise ParameterInvalid(name=name)
        return value == "true"
    if kind == INTEGER:
        if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
            raise ParameterInvalid(name=name)
        return _bounded(name, int(value))
    return _sane(name, value, kind)


def _named(item: JsonValue, known: Mapping[str, str]) -> tuple[str, object]:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise ParameterInvalid(name="Parameters.parameter")
    name = str(item["name"])
    kind = known.get(name)
    if kind is None:
        raise ArgumentUnknown(name=name[:_SHOWN])
    keys = set(item) - {"name"}
    if len(keys) != 1 or not keys <= set(_KEYS[kind]):
        raise ParameterInvalid(name=name)
    return name, _typed(name, item[keys.pop()], kind)


def _typed(name: str, value: JsonValue, kind: str) -> object:
    if kind == BOOLEAN and isinstance(value, bool):
        return value
    if kind == INTEGER and isinstance(value, int) and not isinstance(value, bool):
        return _bounded(name, value)
    if kind == CODING:
        return (_coded(name, value),)
    if kind == CODEABLE:
        return tuple(_codings(name, value))
    if kind in {URI, CODE, STRING} and isinstance(value, str) and 0 < len(value) <= LONGEST:
        return _sane(name, value, kind)
    raise ParameterInvalid(name=name)


def _bounded(name: str, value: int) -> int:
    if not 0 <= value <= _LARGEST:
        raise ParameterInvalid(name=name)
    return value


def _sane(name: str, value: str, kind: str) -> str:
    """Return a text whose white space is as its type allows."""
    if kind == URI and any(each.isspace() for each in value):
        raise ParameterInvalid(name=name)
    if kind == CODE and (value != " ".join(value.split())):
        raise ParameterInvalid(name=name)
    return value


def _codings(name: str, value: JsonValue) -> Iterator[Coded]:
    if not isinstance(value, dict) or set(value) - {"coding", "text"}:
        raise ParameterInvalid(name=name)
    if "text" in value:
        _typed(name, value["text"], STRING)
    listed = value.get("coding")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        raise ParameterInvalid(name=name)
    for each in listed:
        yield _coded(name, each)


def _coded(name: str, value: JsonValue) -> Coded:
    known = {"system": URI, "version": STRING, "code": CODE, "display": STRING}
    if not isinstance(value, dict) or set(value) - {*known, "userSelected"}:
        raise ParameterInvalid(name=name)
    told = {key: str(_typed(name, value[key], kind)) for key, kind in known.items() if key in value}
    if "code" not in told or "system" not in told:
        raise ParameterInvalid(name=name)
    return Coded(**told)
