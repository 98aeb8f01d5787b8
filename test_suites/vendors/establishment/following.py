"""Patients of whom the index told us (IHE PMIR ITI-93, ITI-94); knows no socket and no screen."""

import json
from dataclasses import dataclass, field
from uuid import uuid4

from test_suites.vendors.establishment.behaviour import Behaviour
from test_suites.vendors.establishment.resources import Number, named
from test_suites.vendors.kit.answer import NotReadable, objects
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.kit.product import Reply

FHIR = "application/fhir+json"
EVENT = "urn:ihe:iti:pmir:2019:patient-feed"
TAKEN, REFUSED = 200, 400
_FARTHEST = 50


@dataclass(slots=True, kw_only=True)
class Followed:
    """Owns one session's patients by their id at the index, and their numbers of before."""

    endpoint: str
    behaviour: Behaviour
    patients: dict[str, JsonObject] = field(default_factory=dict)
    numbers: dict[str, set[Number]] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)

    def subscription(self, criteria: str) -> JsonObject:
        """Return the Subscription by which we are told."""
        return {
            "resourceType": "Subscription",
            "status": "requested",
            "reason": "Tenir à jour les patients de la clinique",
            "criteria": criteria,
            "channel": {"type": "message", "endpoint": self.endpoint, "payload": FHIR},
        }

    def take(self, body: bytes) -> Reply:
        """Keep what a message tells and answer it; one that is none of ours changes nothing."""
        try:
            header, entries = _parts(body)
        except (NotReadable, ValueError):
            return self._reply(REFUSED, "-", "fatal-error")
        id_ = str(header.get("id", ""))
        if header.get("eventUri") != EVENT and self.behaviour.looks_at_event:
            return self._reply(REFUSED, id_, "fatal-error")  # or else defect: takes-any-event
        if id_ in self.heard and not self.behaviour.takes_again:
            return Reply(status=409, media_type="text/plain")  # defect: refuses-repetition
        self.heard.add(id_)
        for entry in entries:
            self._keep(entry)
        return self._reply(TAKEN, id_, "ok")

    def lines(self, number: Number) -> tuple[str, ...]:
        """Return how the patient of a number is shown: name and birth date, then the numbers."""
        id_ = self._whose(number)
        if id_ is None:
            return ()
        patient = self.patients[id_]
        return (named(patient), *sorted(each.value for each in _numbers(patient)))

    def _keep(self, entry: JsonObject) -> None:
        request = entry.get("request")
        method = request.get("method") if isinstance(request, dict) else None
        id_ = str(entry.get("fullUrl", "")).rpartition("/")[2]
        if method == "DELETE":
            if self.behaviour.lets_go_of_removed:  # or else defect: keeps-removed
                self.patients.pop(id_, None)
                self.numbers.pop(id_, None)
            return
        patient = entry.get("resource")
        if not isinstance(patient, dict):
            return
        before = self.patients.get(id_)
        replaced = _replaced_by(patient) is not None
        if self._passes_over(before, replaced=replaced):
            return
        if replaced and before is not None and not self.behaviour.hides_the_replaced:
            patient = {**before, "link": patient["link"]}  # defect: shows-the-replaced
        self.patients[id_] = patient
        own = set(_numbers(patient))
        self.numbers[id_] = (self.numbers.get(id_, set()) | own) if replaced else own

    def _passes_over(self, before: JsonObject | None, *, replaced: bool) -> bool:
        """Tell whether this copy ignores what is told of a patient; the good one never does."""
        if replaced:
            return not self.behaviour.follows_merges  # defect: follows-no-merge
        if before is None:
            return False
        if _replaced_by(before) is not None:
            return not self.behaviour.brings_back  # defect: merges-for-ever
        return not self.behaviour.revises_the_known  # defect: keeps-first-version

    def _whose(self, number: Number) -> str | None:
        """Return who has a number, else who took the place of who had it."""
        having = [id_ for id_, numbers in self.numbers.items() if number in numbers]
        standing = [id_ for id_ in having if _replaced_by(self.patients[id_]) is None]
        if standing:
            return standing[-1]
        return self._survivor(having[-1]) if having else None

    def _survivor(self, id_: str) -> str | None:
        if not self.behaviour.hides_the_replaced:
            return id_
        for _ in range(_FARTHEST):
            patient = self.patients.get(id_)
            if patient is None:
                return None
            other = _replaced_by(patient)
            if other is None:
                return id_
            id_ = other
        return None

    def _reply(self, status: int, about: str, code: str) -> Reply:
        if not self.behaviour.answers_with_message:  # defect: takes-without-message
            return Reply(status=status, media_type="text/plain")
        named_id = about if self.behaviour.names_the_notice else str(uuid4())  # answers-no-notice
        header: JsonObject = {
            "resourceType": "MessageHeader",
            "id": str(uuid4()),
            "eventUri": f"{EVENT}-response",
            "source": {"endpoint": self.endpoint},
            "response": {"identifier": named_id, "code": code},
        }
        entry = {"fullUrl": f"urn:uuid:{header['id']}", "resource": header}
        told = {"resourceType": "Bundle", "type": "message", "entry": [entry]}
        return Reply(status=status, media_type=FHIR, content=json.dumps(told).encode())


def _parts(body: bytes) -> tuple[JsonObject, list[JsonObject]]:
    """Return the header of a message and the entries of its history. Raises NotReadable."""
    message = json.loads(body)
    match [each.get("resource") for each in objects(message, "entry")]:
        case [dict() as header, dict() as history]:
            return header, objects(history, "entry")
        case _:
            raise NotReadable


def _replaced_by(patient: JsonObject) -> str | None:
    links = (each for each in objects(patient, "link") if each.get("type") == "replaced-by")
    other = next(iter(links), {}).get("other")
    told = other.get("reference") if isinstance(other, dict) else None
    return str(told).rpartition("/")[2] if told else None


def _numbers(patient: JsonObject) -> list[Number]:
    told = objects(patient, "identifier")
    return [Number(system=str(e.get("system", "")), value=str(e.get("value", ""))) for e in told]
