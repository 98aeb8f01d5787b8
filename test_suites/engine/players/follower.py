"""The lab as software that subscribes to changes of patients and follows them (IHE PMIR).

ITI-94: it asks to be told. ITI-93: it is told, keeps whoever it heard of, and answers each message
with one that says what became of it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from test_suites.core.message import JsonValue
from test_suites.engine.players.api import Api, json_bytes
from test_suites.engine.players.desk import Act, Desk, Work
from test_suites.engine.players.index_client import LOCAL, shown_name
from test_suites.engine.players.model import OURSELVES, ActResult
from test_suites.match.path import first, first_text, select

EVENT: Final = "urn:ihe:iti:pmir:2019:patient-feed"
_OK, _BAD_REQUEST = 200, 400
_FARTHEST: Final = 100


@dataclass(slots=True)
class Follower:
    """Owns whoever one establishment has heard of in one case.

    `kept` are Patients by their id at the registry, `had` the numbers each ever had, so that the
    number of one replaced leads to whoever took the place.
    """

    desk: Desk
    api: Api
    kept: dict[str, JsonValue] = field(default_factory=dict)
    had: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def acts(self) -> Mapping[str, Act]:
        """Return what it can be asked to do."""
        return {"subscribe-patients": self.subscribe, "show-patient": self.show}

    async def subscribe(self, work: Work) -> ActResult:
        """ITI-94: ask to be told."""
        wish: dict[str, JsonValue] = {
            "resourceType": "Subscription",
            "status": "requested",
            "reason": "Suivre les identités de nos patients",
            "criteria": str(work.parameters.get("criteria", "Patient")),
            "channel": {
                "type": "message",
                "endpoint": OURSELVES,
                "payload": "application/fhir+json",
            },
        }
        await self.api.post("/Subscription", json_bytes(wish))
        return work.screen.result()

    async def show(self, work: Work) -> ActResult:
        """Show the patient of a number of ours, as far as we heard; ask nobody."""
        number = (f"{LOCAL}.{self.desk.persona.cns_code}.2", str(work.parameters["local_id"]))
        found = self._found(number)
        if found is None:
            work.screen.inform("player.nobody-kept", number=number[1])
            return work.screen.result()
        work.screen.say(shown_name(found))
        for _, value in _numbers(found):
            work.screen.say(value)
        return work.screen.result()

    def take(self, body: bytes) -> tuple[int, bytes]:
        """ITI-93: keep what became of patients; return status and message of the answer."""
        try:
            message: JsonValue = json.loads(body)
        except ValueError:
            return _BAD_REQUEST, _answer("", "fatal-error")
        header = first(message, "entry[0].resource")
        named = first_text(header, "id") or ""
        if first_text(header, "eventUri") != EVENT:
            return _BAD_REQUEST, _answer(named, "fatal-error")
        for entry in select(message, "entry[1].resource.entry[*]"):
            self._keep(entry)
        return _OK, _answer(named, "ok")

    def _keep(self, entry: JsonValue) -> None:
        id_ = (first_text(entry, "fullUrl") or "").rpartition("/")[2]
        if first_text(entry, "request.method") == "DELETE":
            self.kept.pop(id_, None)
            self.had.pop(id_, None)
            return
        patient = first(entry, "resource")
        self.kept[id_] = patient
        own = set(_numbers(patient))
        gone = first(patient, "active") is False
        self.had[id_] = (self.had.get(id_, set()) | own) if gone else own

    def _found(self, number: tuple[str, str]) -> JsonValue:
        """Return whose a number is, or was when its person was replaced: whoever stands then."""
        for id_, numbers in self.had.items():
            if number in numbers and first(self.kept[id_], "active") is not False:
                return self.kept[id_]
        for id_, numbers in self.had.items():
            if number in numbers:
                return self._standing(id_)
        return None

    def _standing(self, id_: str) -> JsonValue:
        for _ in range(_FARTHEST):
            patient = self.kept.get(id_)
            other = first_text(patient, "link[type=replaced-by].other.reference")
            if other is None:
                return None if first(patient, "active") is False else patient
            id_ = other.rpartition("/")[2]
        return None


def _numbers(patient: JsonValue) -> Iterator[tuple[str, str]]:
    for each in select(patient, "identifier[*]"):
        yield first_text(each, "system") or "", first_text(each, "value") or ""


def _answer(named: str, code: str) -> bytes:
    """Return the message that says what became of one (§2:3.93.4.2.2)."""
    header: dict[str, JsonValue] = {
        "resourceType": "MessageHeader",
        "eventUri": f"{EVENT}-response",
        "source": {"endpoint": OURSELVES},
        "response": {"identifier": named or "unknown", "code": code},
    }
    entry: JsonValue = {
        "fullUrl": f"{OURSELVES}/MessageHeader/{named or 'unknown'}",
        "resource": header,
    }
    return json_bytes({"resourceType": "Bundle", "type": "message", "entry": [entry]})
