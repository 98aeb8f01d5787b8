"""Speaks with the national prescription service; knows no screen and no paper."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from test_suites.vendors.kit.answer import Answer, NoAnswer, objects, resource_part
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.patience import persist
from test_suites.vendors.kit.product import Surroundings
from test_suites.vendors.laboratory.behaviour import Behaviour
from test_suites.vendors.laboratory.channel import Channel
from test_suites.vendors.laboratory.identity import Identity
from test_suites.vendors.laboratory.prescription import (
    NUMBER,
    Done,
    Prescription,
    read_retrieved,
    read_task,
)
from test_suites.vendors.laboratory.slips import new_dispensation, tried_again

MEDIA_TYPE = "application/fhir+json"
NOT_AUTHENTICATED = 401
FINAL = frozenset({400, 403, 404, 409, 410, 422})
"""Refusals that asking again cannot change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalService:
    """Owns the way of asking: token, media types, patience. Its functions raise Trouble."""

    fhir_base: str
    channel: Channel
    identity: Identity
    logbook: Logbook
    surroundings: Surroundings
    behaviour: Behaviour

    def retrieve_by_code(self, code: str) -> Prescription:
        """Fetch a prescription by what the sheet's code holds, exactly as read."""
        sent = code if self.behaviour.exact_code else code.lower()  # else: defect alters-code
        return self._retrieve([{"name": "code", "valueString": sent}])

    def retrieve_by_number(self, number: str, birth_date: date) -> Prescription:
        """Fetch a prescription without its code ("plan B")."""
        asked: list[JsonObject] = [{"name": "number", "valueString": number}]
        if self.behaviour.birth_date:  # or else defect: no-plan-b-date
            asked.append({"name": "birth-date", "valueDate": birth_date.isoformat()})
        return self._retrieve(asked)

    def _retrieve(self, asked: Sequence[JsonObject]) -> Prescription:
        answer = self._ask("POST", "$retrieve-prescription", _parameters(asked))
        found = read_retrieved(answer.accepted().resource("Parameters"))
        if self.behaviour.logs_matricule:  # defect: logs-matricule
            self.logbook.note(f"prescription of {found.matricule}")
        return found

    def find(self, number: str) -> Prescription | None:
        """Find a prescription this laboratory may see, by its number."""
        query = urlencode({"identifier": f"{NUMBER}|{number}"})
        bundle = self._ask("GET", f"Task?{query}").accepted().resource("Bundle")
        for entry in objects(bundle, "entry"):
            task = entry.get("resource")
            if isinstance(task, dict) and task.get("resourceType") == "Task":
                return read_task(task)
        return None

    def reserve(self, known: Prescription) -> Prescription:
        """Keep a prescription for this laboratory."""
        return self._change(known, "$reserve", ())

    def release(self, known: Prescription) -> Prescription:
        """Give a reserved prescription back."""
        return self._change(known, "$release", ())

    def dispense(
        self, known: Prescription, *, dispensation: str, done: Sequence[Done] | None
    ) -> Prescription:
        """Report what was done; None is everything that is left."""
        asked: list[JsonObject] = []
        if self.behaviour.names_dispensation:  # or else defect: no-dispensation-identifier
            asked.append(
                {"name": "dispensation", "valueIdentifier": new_dispensation(dispensation)}
            )
        if self.behaviour.chosen_lines:  # or else defect: dispenses-everything
            asked.extend(_line(one) for one in done or ())
        operation = "$dispense"
        if self.behaviour.patient_in_url:  # defect: sends-matricule-in-url
            operation = f"{operation}?patient={known.matricule}"
        return self._change(known, operation, asked)

    def _change(
        self, known: Prescription, operation: str, asked: Sequence[JsonObject]
    ) -> Prescription:
        answer = self._ask("POST", f"Task/{known.task_id}/{operation}", _parameters(asked))
        return read_task(resource_part(answer.accepted().resource("Parameters"), "task", "Task"))

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Ask with patience; with a new token, once, when the present one is not taken."""
        answer = self._patiently(method, path, body)
        if answer.status == NOT_AUTHENTICATED and self.behaviour.renews_token:
            self.logbook.note("token not taken, asking for another")
            self.identity.forget_token()
            answer = self._patiently(method, path, body)
        if answer.status in FINAL and self.behaviour.insists_after_refusal:
            answer = self._patiently(method, path, body)  # defect: insists-after-refusal
        return answer

    def _patiently(self, method: str, path: str, body: bytes | None) -> Answer:
        sending = body

        def attempt() -> Answer:
            nonlocal sending
            try:
                return self._once(method, path, sending)
            except NoAnswer:
                if sending is not None:
                    sending = tried_again(sending, behaviour=self.behaviour)
                raise

        return persist(
            attempt,
            patience=self.behaviour.patience,
            pause=self.surroundings.pause,
            logbook=self.logbook,
        )

    def _once(self, method: str, path: str, body: bytes | None) -> Answer:
        headers = {
            "Accept": MEDIA_TYPE,
            "Accept-Language": "fr",
            "Authorization": f"Bearer {self.identity.token()}",
            **self.identity.traced(),
        }
        if body is not None:
            right = self.behaviour.fhir_media_type  # or else defect: wrong-media-type
            headers["Content-Type"] = MEDIA_TYPE if right else "application/json"
        answer = self.channel.send(method, f"{self.fhir_base}/{path}", headers=headers, body=body)
        # Without the query: it holds the number that, with a birth date, opens a prescription.
        shown = path.partition("?")[0]
        trace = headers.get("X-Request-Id", "-")
        self.logbook.note(f"{method} {shown} -> {answer.status} [{trace}]")
        return answer


def _parameters(asked: Sequence[JsonObject]) -> bytes:
    resource: JsonObject = {"resourceType": "Parameters"}
    if asked:  # an empty list is not FHIR
        resource["parameter"] = list(asked)
    return json.dumps(resource, ensure_ascii=False).encode()


def _line(done: Done) -> JsonObject:
    return {
        "name": "line",
        "part": [
            {"name": "identifier", "valueIdentifier": done.line.identifier},
            {"name": "count", "valuePositiveInt": done.count},
        ],
    }
