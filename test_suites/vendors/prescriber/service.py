"""Speaks with the national prescription service; knows no screen and no printer."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

from test_suites.vendors.kit.answer import (
    Answer,
    NoAnswer,
    NotReadable,
    objects,
    part,
    pdf_of,
    resource_part,
    string,
)
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.patience import persist
from test_suites.vendors.kit.product import Surroundings
from test_suites.vendors.prescriber.behaviour import Behaviour
from test_suites.vendors.prescriber.channel import Channel
from test_suites.vendors.prescriber.document import CANONICAL, Submission
from test_suites.vendors.prescriber.signin import Identity
from test_suites.vendors.prescriber.slips import tried_again

MEDIA_TYPE = "application/fhir+json"
NUMBER = f"{CANONICAL}/NamingSystem/prescription-number"
REASONS = f"{CANONICAL}/CodeSystem/erx-cancel-reason"
KNOWN_REASONS = frozenset({"error", "patient-refused", "replaced", "other"})
NOT_AUTHENTICATED = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What the service gave for a submission it accepted."""

    number: str
    task_id: str
    stamped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How far a prescription has come."""

    task_id: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalService:
    """Owns the way of asking: token, media types, patience. Its functions raise Trouble."""

    fhir_base: str
    channel: Channel
    identity: Identity
    logbook: Logbook
    surroundings: Surroundings
    behaviour: Behaviour
    agent: str = field(default="CabinetPlus/4.2")

    def submit(self, submission: Submission, *, matricule: str) -> Issued:
        """Send a prescription; the same bytes whenever it must be sent again."""
        path = "$submit-prescription"
        if self.behaviour.patient_in_url:  # defect: sends-matricule-in-url
            path = f"{path}?patient={matricule}"
        answer = self._ask("POST", path, submission.body).accepted()
        told = answer.resource("Parameters")
        number = part(told, "prescription-number", "valueIdentifier")
        if not isinstance(number, dict):
            raise NotReadable
        return Issued(
            number=string(number, "value"),
            task_id=string(resource_part(told, "task", "Task"), "id"),
            stamped=pdf_of(resource_part(told, "document", "Binary")),
        )

    def cancel(self, task_id: str, *, reason: str) -> Followed:
        """Withdraw a prescription for a reason."""
        code = reason if reason in KNOWN_REASONS else "other"
        concept: JsonObject = {"coding": [{"system": REASONS, "code": code}]}
        if code != reason:
            concept["text"] = reason
        asked: JsonObject = {"resourceType": "Parameters"}
        if self.behaviour.cancel_reason:  # or else defect: cancels-without-reason
            asked["parameter"] = [{"name": "reason", "valueCodeableConcept": concept}]
        answer = self._ask("POST", f"Task/{task_id}/$cancel", json.dumps(asked).encode())
        return _followed(resource_part(answer.accepted().resource("Parameters"), "task", "Task"))

    def look_up(self, number: str) -> Followed | None:
        """Find a prescription of ours by its number."""
        query = urlencode({"identifier": f"{NUMBER}|{number}"})
        found = self._ask("GET", f"Task?{query}").accepted().resource("Bundle")
        for entry in objects(found, "entry"):
            task = entry.get("resource")
            if isinstance(task, dict) and task.get("resourceType") == "Task":
                return _followed(task)
        return None

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Ask with patience; sign in anew, once, when the token is not taken any more."""
        answer = self._patiently(method, path, body)
        if answer.status == NOT_AUTHENTICATED and self.behaviour.renews_token:
            self.logbook.note("token not taken, signing in again")
            self.identity.forget_token()
            answer = self._patiently(method, path, body)
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
            "User-Agent": self.agent,
            **self.identity.traced(),
        }
        if body is not None:
            right = self.behaviour.fhir_media_type  # or else defect: wrong-media-type
            headers["Content-Type"] = MEDIA_TYPE if right else "application/json"
        url = f"{self.fhir_base}/{path}"
        if self.behaviour.token_in_url:  # defect: sends-token-in-url
            token = headers.pop("Authorization").removeprefix("Bearer ")
            url = f"{url}{'&' if '?' in url else '?'}access_token={token}"
        answer = self.channel.send(method, url, headers=headers, body=body)
        # Without the query: it holds the number that, with a birth date, opens a prescription.
        shown = path.partition("?")[0]
        trace = headers.get("X-Request-Id", "-")
        self.logbook.note(f"{method} {shown} -> {answer.status} [{trace}]")
        return answer


def _followed(task: JsonObject) -> Followed:
    return Followed(
        task_id=string(task, "id"), state=string(task, "businessStatus", "coding", 0, "code")
    )
