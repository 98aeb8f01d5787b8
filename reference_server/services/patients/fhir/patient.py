"""A FHIR Patient to traits and back; knows neither store nor score.

`official` is the name at birth and `usual` the one in use, unless a `maiden` name is told: then
that is the name at birth and `official` the one in use. Extensions: `patient-birthPlace` and
`patient-mothersMaidenName` of FHIR R4. The identity state is a tag (`meta.tag`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reference_server.kernel.errors import ParameterInvalid
from reference_server.services.patients.errors import ModifierUnknown
from reference_server.services.patients.model.index import (
    IdentityState,
    Person,
    SourceRecord,
    Standing,
)
from reference_server.services.patients.model.traits import (
    PERSON_IDENTIFIER,
    Address,
    Identifier,
    Sex,
    Telecom,
    Traits,
)

_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition"
BIRTH_PLACE: Final = f"{_EXTENSION}/patient-birthPlace"
MOTHERS_MAIDEN_NAME: Final = f"{_EXTENSION}/patient-mothersMaidenName"
IDENTITY_STATE: Final = "https://www.esante.lu/fhir-spec/CodeSystem/identity-state"
_USES: Final = ("official", "maiden", "usual")


def read_patient(resource: Mapping[str, Any], *, at: str) -> Traits:
    """Return what a Patient tells; `at` is its FHIRPath in the message.

    Raises ParameterInvalid where an element has a shape that FHIR does not know, and
    ModifierUnknown: what changes the meaning of a resource must not be passed over.
    """
    if resource.get("modifierExtension"):
        raise ModifierUnknown(expression=f"{at}.modifierExtension")
    names = tuple(_objects(resource, "name", at))
    birth, used = _family_names(names)
    place = _extension(resource, BIRTH_PLACE, "valueAddress", at)
    deceased_on = _text(resource, "deceasedDateTime", at)[:10]
    return Traits(
        birth_family=birth,
        used_family=used,
        given=_given(names, at),
        sex=_sex(resource, at),
        birth_date=_text(resource, "birthDate", at),
        birth_place=_text(place, "city", at),
        birth_country=_text(place, "country", at),
        addresses=tuple(_address(each, at) for each in _objects(resource, "address", at)),
        telecom=tuple(
            Telecom(system=_text(each, "system", at), value=_text(each, "value", at))
            for each in _objects(resource, "telecom", at)
        ),
        mothers_maiden_name=_mother(resource, at),
        multiple_birth=_multiple(resource),
        deceased=bool(deceased_on) or resource.get("deceasedBoolean") is True,
        deceased_on=deceased_on,
        identifiers=tuple(_identifiers(resource, at)),
    )


def read_state(resource: Mapping[str, Any], *, at: str) -> IdentityState | None:
    """Return which identity state a Patient tells by a tag; None where it tells none.

    Raises ParameterInvalid where there is no such state, or more than one is told.
    """
    meta = resource.get("meta", {})
    if not isinstance(meta, Mapping):
        raise ParameterInvalid(name="meta", expression=f"{at}.meta")
    tags = _objects(meta, "tag", f"{at}.meta")
    codes = {each.get("code") for each in tags if each.get("system") == IDENTITY_STATE}
    if not codes:
        return None
    told = codes.pop()
    if codes or told not in set(IdentityState):
        raise ParameterInvalid(name="meta.tag", expression=f"{at}.meta.tag")
    return IdentityState(told)


def write_traits(traits: Traits, *, identifier: str, active: bool = True) -> dict[str, Any]:
    """Return a Patient with `identifier` as its id and MPI identifier."""
    own = Identifier(system=PERSON_IDENTIFIER, value=identifier)
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": identifier,
        "identifier": [
            {"system": each.system, "value": each.value} for each in (own, *traits.identifiers)
        ],
        "active": active,
    }
    extensions = list(_extensions(traits))
    if extensions:
        resource["extension"] = extensions
    names = list(_names(traits))
    if names:
        resource["name"] = names
    if traits.telecom:
        resource["telecom"] = [
            {"system": each.system, "value": each.value} for each in traits.telecom
        ]
    resource["gender"] = traits.sex.value
    if traits.birth_date:
        resource["birthDate"] = traits.birth_date
    if traits.deceased_on:
        resource["deceasedDateTime"] = traits.deceased_on
    elif traits.deceased:
        resource["deceasedBoolean"] = True
    if traits.addresses:
        resource["address"] = [_written(each) for each in traits.addresses]
    if traits.multiple_birth:
        resource["multipleBirthBoolean"] = True
    return resource


def write_person(person: Person) -> dict[str, Any]:
    """Return a person as a Patient; one merged away is inactive and says who replaced it."""
    active = person.standing is Standing.ACTIVE
    resource = write_traits(person.traits, identifier=person.mpi, active=active)
    meta: dict[str, Any] = {"versionId": str(person.revision), "lastUpdated": person.touched_at}
    if active:
        meta["tag"] = [{"system": IDENTITY_STATE, "code": person.state.value}]
    resource["meta"] = meta
    if person.replaced_by is not None:
        resource["link"] = [
            {"other": {"reference": f"Patient/{person.replaced_by}"}, "type": "replaced-by"}
        ]
    return resource


def write_record(record: SourceRecord) -> dict[str, Any]:
    """Return what one source says, under its own number."""
    active = record.standing is Standing.ACTIVE
    resource = write_traits(record.traits, identifier=record.person, active=active)
    resource["identifier"].append({"system": record.domain, "value": record.local_id})
    return resource


def _extensions(traits: Traits) -> Iterator[dict[str, Any]]:
    if traits.birth_place or traits.birth_country:
        place = {"city": traits.birth_place, "country": traits.birth_country}
        told = {key: value for key, value in place.items() if value}
        yield {"url": BIRTH_PLACE, "valueAddress": told}
    if traits.mothers_maiden_name:
        yield {"url": MOTHERS_MAIDEN_NAME, "valueString": traits.mothers_maiden_name}


def _names(traits: Traits) -> Iterator[dict[str, Any]]:
    given = {"given": list(traits.given)} if traits.given else {}
    if traits.birth_family or not traits.used_family:
        family = {"family": traits.birth_family} if traits.birth_family else {}
        if family or given:
            yield {"use": "official", **family, **given}
    if traits.used_family:
        yield {"use": "usual", "family": traits.used_family, **given}


def _written(address: Address) -> dict[str, Any]:
    told = {
        "line": list(address.line),
        "city": address.city,
        "state": address.state,
        "postalCode": address.postal_code,
        "country": address.country,
    }
    return {key: value for key, value in told.items() if value}


def _family_names(names: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return the name at birth and the one in use."""
    by_use: dict[str, str] = {}
    for each in names:
        family = each.get("family")
        if isinstance(family, str) and family:
            by_use.setdefault(str(each.get("use") or "official"), family)
    maiden, official, usual = (by_use.get(use, "") for use in _USES)
    birth = maiden or official
    used = official if maiden else usual
    if not birth and not used:
        birth = next(iter(by_use.values()), "")
    return birth, "" if used == birth else used


def _given(names: Sequence[Mapping[str, Any]], at: str) -> tuple[str, ...]:
    told = [_texts(each, "given", at) for each in sorted(names, key=_use_rank)]
    return next((given for given in told if given), ())


def _use_rank(name: Mapping[str, Any]) -> int:
    use = name.get("use", "official")
    return _USES.index(use) if use in _USES else len(_USES)


def _sex(resource: Mapping[str, Any], at: str) -> Sex:
    told = resource.get("gender", Sex.UNKNOWN)
    try:
        return Sex(told)
    except ValueError:
        raise ParameterInvalid(name="gender", expression=f"{at}.gender") from None


def _mother(resource: Mapping[str, Any], at: str) -> str:
    found = _extension_of(resource, MOTHERS_MAIDEN_NAME, at)
    return _text(found, "valueString", at)


def _multiple(resource: Mapping[str, Any]) -> bool:
    order = resource.get("multipleBirthInteger")
    return resource.get("multipleBirthBoolean") is True or order is not None


def _address(told: Mapping[str, Any], at: str) -> Address:
    return Address(
        line=_texts(told, "line", at),
        postal_code=_text(told, "postalCode", at),
        city=_text(told, "city", at),
        country=_text(told, "country", at),
        state=_text(told, "state", at),
    )


def _identifiers(resource: Mapping[str, Any], at: str) -> Iterator[Identifier]:
    for each in _objects(resource, "identifier", at):
        system, value = _text(each, "system", at), _text(each, "value", at)
        if system and value:
            yield Identifier(system=system, value=value)


def _extension(resource: Mapping[str, Any], url: str, key: str, at: str) -> Mapping[str, Any]:
    found = _extension_of(resource, url, at).get(key, {})
    if not isinstance(found, Mapping):
        raise ParameterInvalid(name=key, expression=f"{at}.extension")
    return found


def _extension_of(resource: Mapping[str, Any], url: str, at: str) -> Mapping[str, Any]:
    found = (each for each in _objects(resource, "extension", at) if each.get("url") == url)
    return next(found, {})


def _objects(told: Mapping[str, Any], name: str, at: str) -> Iterator[Mapping[str, Any]]:
    value = told.get(name, ())
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ParameterInvalid(name=name, expression=f"{at}.{name}")
    for each in value:
        if not isinstance(each, Mapping):
            raise ParameterInvalid(name=name, expression=f"{at}.{name}")
        yield each


def _texts(told: Mapping[str, Any], name: str, at: str) -> tuple[str, ...]:
    value = told.get(name, ())
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ParameterInvalid(name=name, expression=f"{at}.{name}")
    if not all(isinstance(each, str) for each in value):
        raise ParameterInvalid(name=name, expression=f"{at}.{name}")
    return tuple(value)


def _text(told: Mapping[str, Any], name: str, at: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        raise ParameterInvalid(name=name, expression=f"{at}.{name}")
    return value
