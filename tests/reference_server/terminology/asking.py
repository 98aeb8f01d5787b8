"""Asks the terminology service of one World over real HTTP, and reads its Parameters."""

from typing import Any

import httpx

from reference_server.world import World
from tests.reference_server.standing import Standing

BASE = "https://www.esante.lu/fhir-spec"
ANALYSES = f"{BASE}/CodeSystem/BioPrescCodes"
ACTS = f"{BASE}/CodeSystem/cns-laboratory-acts"
DOCUMENT_TYPES = "urn:oid:1.3.182.5.9"
GENDER = "http://hl7.org/fhir/administrative-gender"
GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
UCUM = "http://unitsofmeasure.org"
Json = dict[str, Any]


class Asker:
    """A caller without any token."""

    def __init__(self, server: Standing, world: World) -> None:
        self.world = world
        self.http = httpx.Client(verify=server.trust(), base_url=world.fhir_base, timeout=60)

    def get(self, path: str, **query: str | int) -> httpx.Response:
        return self.http.get(path, params=query)

    def post(self, path: str, **given: Json) -> httpx.Response:
        """Send arguments such as `code={"valueCode": "male"}`."""
        told = [{"name": name, **value} for name, value in given.items()]
        body = {"resourceType": "Parameters", "parameter": told}
        return self.http.post(path, json=body, headers={"Content-Type": "application/fhir+json"})

    def told(self, path: str, **query: str | int) -> Json:
        """Return the answer's parameters by name; those that come more than once as a list."""
        return told(self.get(path, **query))


def told(answer: httpx.Response) -> Json:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")
    content = answer.json()
    assert content["resourceType"] == "Parameters"
    found: Json = {}
    for each in content["parameter"]:
        value = parts_of(each)
        if each["name"] in {"match", "designation", "property"}:
            found.setdefault(each["name"], []).append(value)
        else:
            assert each["name"] not in found
            found[each["name"]] = value
    return found


def parts_of(parameter: Json) -> Any:  # noqa: ANN401  JSON
    if "part" in parameter:
        return {each["name"]: parts_of(each) for each in parameter["part"]}
    (key,) = set(parameter) - {"name"}
    return parameter[key]


def codes_in(contains: list[Json]) -> list[str]:
    return [each["code"] for each in contains]
