"""Patients and questions as FHIR resources, and answers read; knows no connection."""

from dataclasses import dataclass
from urllib.parse import urlencode

from test_suites.vendors.establishment.behaviour import Behaviour
from test_suites.vendors.establishment.wishes import How, Person
from test_suites.vendors.kit.answer import NotReadable, objects
from test_suites.vendors.kit.desk import JsonObject

LOCAL = "urn:oid:1.3.182.3.1.1"
MATRICULE = "urn:oid:1.3.182.4.4"
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number and who gives it."""

    system: str
    value: str

    def token(self) -> str:
        """Return it as a search parameter."""
        return f"{self.system}|{self.value}"

    def resource(self, *, with_system: bool = True) -> JsonObject:
        """Return it as an Identifier."""
        value: JsonObject = {"value": self.value}
        return {"system": self.system, **value} if with_system else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Owns how this copy writes resources of one organisation (its CNS provider code)."""

    organization: str
    behaviour: Behaviour

    def number(self, value: str) -> Number:
        """Return a number of the establishment's own."""
        return Number(system=f"{LOCAL}.{self.organization}.2", value=value)

    def patient(
        self, who: Person | None, how: How | None, own: Number | None, *, national: bool = True
    ) -> JsonObject:
        """Return a patient as entered, with the own number where there is one."""
        person = who or Person()
        family, given, born = entered(person, how)
        with_system = self.behaviour.tells_system  # or else defect: numbers-without-system
        numbers = [] if own is None else [own.resource(with_system=with_system)]
        matricule = person.matricule if self.behaviour.fhir_matricule else ""
        if national and matricule:  # or else defect: fhir-forgets-matricule
            told = Number(system=MATRICULE, value=matricule)
            numbers.append(told.resource(with_system=with_system))
        name: JsonObject = {"use": "official"}
        if family:
            name["family"] = family
        if given:
            name["given"] = [given]
        resource: JsonObject = {"resourceType": "Patient", "name": [name]}
        if numbers:
            resource["identifier"] = numbers
        if person.gender != "unknown":
            resource["gender"] = person.gender
        if born:
            resource["birthDate"] = born
        return resource

    def retired(self, who: Person, gone: Number, stays: Number) -> JsonObject:
        """Return the duplicate that another number takes the place of."""
        resource = self.patient(who, None, gone, national=False)
        if self.behaviour.retires_the_duplicate:  # or else defect: keeps-duplicate-active
            resource["active"] = False
        other: JsonObject = {"identifier": stays.resource()}
        return {**resource, "link": [{"other": other, "type": "replaced-by"}]}


def entered(person: Person, how: How | None) -> tuple[str, str, str]:
    """Return family name, given name and birth date as the person at the desk entered them."""
    if how is None:
        return person.family, person.given, person.birth_date
    family = how.family if how.family is not None else person.family
    given = how.given if how.given is not None else person.given
    return family, given, how.birth_date or person.birth_date


def searched(traits: tuple[str, str, str], page: int | None) -> str:
    """Return the form of a search."""
    names = dict(zip(("family", "given", "birthdate"), traits, strict=True))
    told = {name: value for name, value in names.items() if value}
    return urlencode(told if page is None else {**told, "_count": str(page)})


def entries(bundle: JsonObject) -> list[JsonObject]:
    """Return the entries of a Bundle. Raises NotReadable."""
    return objects(bundle, "entry")


def shown(entry: JsonObject) -> str:
    """Return the line that names a person. Raises NotReadable."""
    patient = entry.get("resource")
    if not isinstance(patient, dict):
        raise NotReadable
    return named(patient)


def named(patient: JsonObject) -> str:
    """Return the line that names a patient. Raises NotReadable."""
    name = next(iter(objects(patient, "name")), {})
    given = name.get("given")
    first = str(given[0]) if isinstance(given, list) and given else ""
    parts = (str(name.get("family", "")), first, str(patient.get("birthDate", "")))
    return " ".join(part for part in parts if part)


def grade(entry: JsonObject) -> str:
    """Return how sure the index is. Raises NotReadable."""
    search = entry.get("search")
    told = objects(search, "extension") if isinstance(search, dict) else []
    return next((str(each.get("valueCode")) for each in told if each.get("url") == GRADE), "")


def next_page(bundle: JsonObject) -> str | None:
    """Return where the next page is. Raises NotReadable."""
    links = objects(bundle, "link")
    return next((str(each.get("url")) for each in links if each.get("relation") == "next"), None)


def targets(parameters: JsonObject) -> tuple[str, ...]:
    """Return the numbers that the index gave. Raises NotReadable."""
    told = (each.get("valueIdentifier") for each in objects(parameters, "parameter"))
    return tuple(str(each.get("value")) for each in told if isinstance(each, dict))
