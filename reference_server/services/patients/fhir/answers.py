"""A searchset of persons, the answer of `$ihe-pix`, and the flat answer by matricule."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reference_server.services.patients.fhir.patient import write_person
from reference_server.services.patients.model.index import Person
from reference_server.services.patients.model.traits import Identifier, Traits

PIX: Final = "https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix"


def searchset(
    persons: Sequence[Person],
    *,
    base: str,
    bundle_id: str,
    total: int,
    links: Mapping[str, str],
    domains: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a page of persons; with `domains`, only with the numbers of these."""
    return {
        "resourceType": "Bundle",
        "id": bundle_id,
        "type": "searchset",
        "total": total,
        "link": [{"relation": relation, "url": url} for relation, url in links.items()],
        "entry": [
            {
                "fullUrl": f"{base}/Patient/{person.mpi}",
                "resource": _narrowed(write_person(person), domains),
                "search": {"mode": "match"},
            }
            for person in persons
        ],
    }


def cross_referenced(
    numbers: Sequence[Identifier], *, person: str, names: Mapping[str, str]
) -> dict[str, Any]:
    """Return the Parameters of `$ihe-pix`; `names` say who assigns the numbers of a domain."""
    told: list[dict[str, Any]] = []
    for one in numbers:
        value: dict[str, Any] = {"system": one.system, "value": one.value}
        if one.system in names:
            value["assigner"] = {"display": names[one.system]}
        told.append({"name": "targetIdentifier", "valueIdentifier": value})
    told.append({"name": "targetId", "valueReference": {"reference": f"Patient/{person}"}})
    return {"resourceType": "Parameters", "parameter": told}


def flat(traits: Traits, *, request_id: str) -> dict[str, str]:
    """Return the agency's flat answer by matricule, as its public client reads it [C: form]."""
    address = next(iter(traits.addresses), None)
    lines = () if address is None else (*address.line, "", "")
    return {
        "status": "OK",
        "reqId": request_id,
        "matricule": traits.matricule or "",
        "birthtime": traits.birth_date.replace("-", ""),
        "familyname": traits.birth_family or traits.used_family,
        "firstname": " ".join(traits.given[:1]),
        "othername": " ".join(traits.given[1:]),
        "sex": {"female": "F", "male": "M"}.get(traits.sex.value, "U"),
        "streetAddress": lines[0] if lines else "",
        "otherAddress": lines[1] if lines else "",
        "city": "" if address is None else address.city,
        "postalCode": "" if address is None else address.postal_code,
        "country": "" if address is None else address.country,
    }


def _narrowed(resource: dict[str, Any], domains: Sequence[str]) -> dict[str, Any]:
    if domains:
        told = resource["identifier"]
        resource["identifier"] = [each for each in told if each["system"] in domains]
    return resource
