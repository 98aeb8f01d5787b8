"""The lab as an establishment's software that tells and asks the index of patients by FHIR.

IHE PDQm 3.2.0 (ITI-78, ITI-119) and PIXm 3.1.0 (ITI-83, ITI-104).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from reference_server.national.identifiers import MATRICULE
from test_suites.core.message import JsonValue
from test_suites.engine.players.api import Api, json_bytes
from test_suites.engine.players.desk import Act, Desk, Work
from test_suites.engine.players.model import ActResult
from test_suites.match.path import first, first_text, select

LOCAL: Final = "urn:oid:1.3.182.3.1.1"
GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
_MOST_PAGES: Final = 50


@dataclass(slots=True)
class IndexClient:
    """Owns the acts of one establishment in one case."""

    desk: Desk
    api: Api

    def acts(self) -> Mapping[str, Act]:
        """Return what it can be asked to do."""
        return {
            "register-patient": self.tell,
            "update-patient": self.tell,
            "merge-patients": self.merge,
            "remove-patient": self.remove,
            "cross-reference": self.cross_reference,
            "find-patient": self.find,
            "match-patient": self.match,
        }

    async def tell(self, work: Work) -> ActResult:
        """ITI-104: add or revise."""
        own = self._number(str(work.parameters["local_id"]))
        await self.api.put(_at(own), json_bytes(self._patient(work, own)))
        return work.screen.result()

    async def merge(self, work: Work) -> ActResult:
        """ITI-104: resolve a duplicate; `local_id` stands for `old_id` from now on."""
        own, old = (self._number(str(work.parameters[key])) for key in ("local_id", "old_id"))
        other: JsonValue = {"identifier": dict(own)}
        retired: dict[str, JsonValue] = {
            **self._patient(work, old, national=False),
            "active": False,
            "link": [{"other": other, "type": "replaced-by"}],
        }
        await self.api.put(_at(old), json_bytes(retired))
        return work.screen.result()

    async def remove(self, work: Work) -> ActResult:
        """ITI-104: the patient is no longer one of this domain."""
        await self.api.delete(_at(self._number(str(work.parameters["local_id"]))))
        return work.screen.result()

    async def cross_reference(self, work: Work) -> ActResult:
        """ITI-83: which numbers has the patient elsewhere."""
        given = work.parameters
        own = self._number(str(given["local_id"]))
        system = str(given.get("authority", own["system"]))
        asked = {"sourceIdentifier": f"{system}|{own['value']}"}
        if "domain" in given:
            asked["targetSystem"] = str(given["domain"])
        answer = await self.api.get(f"/Patient/$ihe-pix?{urlencode(asked)}")
        for value in select(dict(answer), "parameter[name=targetIdentifier].valueIdentifier.value"):
            work.screen.say(str(value))
        return work.screen.result()

    async def find(self, work: Work) -> ActResult:
        """ITI-78: who may it be; each of every page is shown, none is chosen for the person."""
        told = self._traits(work)
        asked = {key: value for key, value in _search(told).items() if value}
        if "local_id" in work.parameters:
            asked["identifier"] = _token(self._number(str(work.parameters["local_id"])))
        if "page" in work.parameters:
            asked["_count"] = str(work.parameters["page"])
        bundle = await self.api.search("/Patient/_search", asked)
        for _ in range(_MOST_PAGES):
            for patient in select(dict(bundle), "entry[*].resource"):
                work.screen.say(shown_name(patient))
            following = first_text(dict(bundle), "link[relation=next].url")
            if following is None:
                break
            bundle = await self.api.follow(following)
        return work.screen.result()

    async def match(self, work: Work) -> ActResult:
        """ITI-119: who it is; whoever it only may be is a matter for the person at the desk."""
        patient = self._patient(work, None)
        asked: list[JsonValue] = [{"name": "resource", "resource": patient}]
        if work.parameters.get("only_certain"):
            asked.append({"name": "onlyCertainMatches", "valueBoolean": True})
        if "count" in work.parameters:
            asked.append({"name": "count", "valueInteger": work.parameters["count"]})
        body: dict[str, JsonValue] = {"resourceType": "Parameters", "parameter": asked}
        bundle = await self.api.post("/Patient/$match", json_bytes(body))
        for entry in select(dict(bundle), "entry[*]"):
            grade = first_text(entry, f"search.extension[url={GRADE}].valueCode")
            show = work.screen.say if grade == "certain" else work.screen.warn
            show(shown_name(first(entry, "resource")))
        return work.screen.result()

    def _patient(
        self, work: Work, own: Mapping[str, str] | None, *, national: bool = True
    ) -> dict[str, JsonValue]:
        told = self._traits(work)
        numbers: list[JsonValue] = [] if own is None else [dict(own)]
        if national and told["matricule"]:
            numbers.append({"system": MATRICULE, "value": told["matricule"]})
        patient: dict[str, JsonValue] = {"resourceType": "Patient"}
        if numbers:
            patient["identifier"] = numbers
        name: JsonValue = {key: value for key, value in _names(told) if value}
        return {**patient, "name": [name], **dict(_facts(told))}

    def _traits(self, work: Work) -> dict[str, str]:
        named = work.parameters.get("patient")
        who = self.desk.person(named) if isinstance(named, str) else None
        told = {
            key: str(work.parameters.get(key, getattr(who, key, None) or ""))
            for key in ("family", "given", "birth_date", "matricule")
        }
        return {**told, "gender": (who.gender if who is not None else None) or ""}

    def _number(self, value: str) -> dict[str, str]:
        return {"system": f"{LOCAL}.{self.desk.persona.cns_code}.2", "value": value}


def _at(number: Mapping[str, str]) -> str:
    return f"/Patient?{urlencode({'identifier': _token(number)})}"


def _token(number: Mapping[str, str]) -> str:
    return f"{number['system']}|{number['value']}"


def _search(told: Mapping[str, str]) -> dict[str, str]:
    return {
        "family": told["family"],
        "given": told["given"],
        "birthdate": told["birth_date"],
    }


def _names(told: Mapping[str, str]) -> Iterator[tuple[str, JsonValue]]:
    yield "use", "official"
    yield "family", told["family"]
    yield "given", [told["given"]] if told["given"] else []


def _facts(told: Mapping[str, str]) -> Iterator[tuple[str, JsonValue]]:
    if told["gender"]:
        yield "gender", told["gender"]
    if told["birth_date"]:
        yield "birthDate", told["birth_date"]


def shown_name(patient: JsonValue) -> str:
    """Return how a person is shown at the desk: the name in use at birth, and the birth date."""
    parts = (
        first_text(patient, "name[0].family"),
        first_text(patient, "name[0].given[0]"),
        first_text(patient, "birthDate"),
    )
    return " ".join(part for part in parts if part)
