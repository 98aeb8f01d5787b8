"""A World with everybody in it, spoken to over its real ASGI app, and documents to submit."""

import asyncio
import base64
import io
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from reportlab.pdfgen.canvas import Canvas

from reference_server.app import WorldRegistry, build_app
from reference_server.national.identifiers import (
    BIO_PRESC_CODES,
    CNS_PROVIDER_CODE,
    EHEALTH_ID,
    ERX_CANCEL_REASON,
    LOINC,
    MATRICULE,
)
from reference_server.population import load
from reference_server.population.seed import client_of
from reference_server.ports import AUDIT, StoredEntry
from reference_server.services.trust.model import Account, Principal
from reference_server.services.trust.operations.issue import access_token
from reference_server.world import World

PEOPLE = load()
FHIR_JSON = "application/fhir+json"
Json = dict[str, Any]


def pdf_of(*, size: tuple[float, float] = (595, 842), pages: int = 1, weight: int = 0) -> bytes:
    """Return a small PDF; `weight` adds that many bytes of ink that cannot be compressed."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=size, pageCompression=0, invariant=True)
    for page in range(pages):
        canvas.drawString(40, size[1] / 2, f"Ordonnance, page {page + 1}")
        for _ in range(weight // 60):
            canvas.drawString(40, 20, "." * 20)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def line_of(code: str = "BIO-0101", **more: object) -> Json:
    """Return what makes one line differ from another."""
    return {"code": code, **more}


class Documents:
    """Makes document Bundles as good prescriber software sends them."""

    def __init__(self, now: str) -> None:
        self.now = now

    def bundle(
        self,
        *lines: Json,
        patient: str = "anna-weber",
        prescriber: str = "dr-meyer",
        pdf: bytes | None = None,
    ) -> Json:
        urls = {name: f"urn:uuid:{uuid4()}" for name in ("c", "p", "d", "b")}
        wanted = lines or (line_of("BIO-0101"), line_of("BIO-0201"))
        line_urls = [f"urn:uuid:{uuid4()}" for _ in wanted]
        resources = [
            (urls["c"], self._composition(urls, line_urls)),
            (urls["p"], self._patient(patient)),
            (urls["d"], self._practitioner(prescriber)),
            *(
                (url, self._line(line, urls, requisition=urls["c"]))
                for url, line in zip(line_urls, wanted, strict=True)
            ),
            (urls["b"], self._binary(pdf or pdf_of())),
        ]
        return {
            "resourceType": "Bundle",
            "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid4()}"},
            "type": "document",
            "timestamp": self.now,
            "entry": [{"fullUrl": url, "resource": resource} for url, resource in resources],
        }

    def _composition(self, urls: dict[str, str], line_urls: list[str]) -> Json:
        return {
            "resourceType": "Composition",
            "status": "final",
            "type": {"coding": [{"system": LOINC, "code": "57832-8"}]},
            "subject": {"reference": urls["p"]},
            "date": self.now,
            "author": [{"reference": urls["d"]}],
            "title": "Ordonnance",
            "section": [
                {"code": {"text": "lines"}, "entry": [{"reference": url} for url in line_urls]},
                {"code": {"text": "document"}, "entry": [{"reference": urls["b"]}]},
            ],
        }

    def _patient(self, name: str) -> Json:
        person = PEOPLE.patients[name]
        return {
            "resourceType": "Patient",
            "identifier": [{"system": MATRICULE, "value": person.matricule}],
            "name": [{"family": person.family, "given": [person.given]}],
            "gender": person.gender,
            "birthDate": person.birth_date.isoformat(),
        }

    def _practitioner(self, name: str) -> Json:
        person = PEOPLE.practitioners[name]
        return {
            "resourceType": "Practitioner",
            "identifier": [
                {"system": EHEALTH_ID, "value": person.ehealth_id},
                {"system": CNS_PROVIDER_CODE, "value": person.cns_code},
            ],
            "name": [{"family": person.family, "given": [person.given]}],
        }

    def _line(self, line: Json, urls: dict[str, str], *, requisition: str) -> Json:
        written: Json = {
            "resourceType": "ServiceRequest",
            "identifier": [{"system": "https://cabinet.example/lines", "value": str(uuid4())}],
            "requisition": {"system": "https://cabinet.example/orders", "value": requisition},
            "status": "active",
            "intent": "order",
            "code": {"coding": [{"system": BIO_PRESC_CODES, "code": line["code"]}]},
            "subject": {"reference": urls["p"]},
            "authoredOn": self.now,
            "requester": {"reference": urls["d"]},
        }
        if "count" in line:
            written["occurrenceTiming"] = {"repeat": {"count": line["count"]}}
        if "reason" in line:
            written["reasonCode"] = [{"text": line["reason"]}]
        return written

    @staticmethod
    def _binary(pdf: bytes) -> Json:
        return {
            "resourceType": "Binary",
            "contentType": "application/pdf",
            "data": base64.b64encode(pdf).decode(),
        }


class Submitted:
    """What a prescriber got back, read."""

    def __init__(self, answer: httpx.Response, bundle: Json) -> None:
        assert answer.status_code == 200, answer.text
        self.answer = answer
        self.bundle = bundle
        found = parameters_of(answer)
        self.task = found["task"]["resource"]
        self.task_id = self.task["id"]
        self.number = found["prescription-number"]["valueIdentifier"]["value"]
        self.pdf = base64.b64decode(found["document"]["resource"]["data"])

    @property
    def lines(self) -> list[Json]:
        return [item["valueIdentifier"] for item in self.task["input"]]


def parameters_of(answer: httpx.Response) -> dict[str, Json]:
    return {item["name"]: item for item in answer.json()["parameter"]}


def codes_of(answer: httpx.Response) -> list[str]:
    """Return our own code of every issue."""
    return [issue["details"]["coding"][0]["code"] for issue in answer.json()["issue"]]


def places_of(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return code and expression of every issue."""
    return [
        (issue["details"]["coding"][0]["code"], issue.get("expression", [""])[0])
        for issue in answer.json()["issue"]
    ]


class Town:
    """One World and everybody who speaks to it."""

    def __init__(self, runner: asyncio.Runner, registry: WorldRegistry, name: str) -> None:
        self.runner = runner
        self.scopes: frozenset[str] = frozenset()
        found = registry.find(name)
        assert found is not None
        self.world: World = found
        transport = httpx.ASGITransport(app=build_app(registry), raise_app_exceptions=True)
        self.http = httpx.AsyncClient(transport=transport, base_url=self.world.base_url, timeout=60)

    @property
    def documents(self) -> Documents:
        now = self.world.clock.business_now()
        return Documents(now.strftime("%Y-%m-%dT%H:%M:%S.000Z"))

    def token(self, who: str) -> str:
        """Return an access token as the trust service issues it to a person or a laboratory."""
        if who in PEOPLE.practitioners:
            person = PEOPLE.practitioners[who]
            employer = PEOPLE.organizations[person.organization]
            account = Account(
                username=person.ehealth_id,
                family=person.family,
                given=person.given,
                profession=person.profession,
                role=employer.role,
                organization=employer.cns_code,
            )
            client_id = "prescriber-app"
        else:
            account, client_id = None, f"{who}-app"
        client = client_of(client_id, PEOPLE.clients[client_id], PEOPLE, key=None)
        issued = access_token(
            self.world,
            Principal(client=client, account=account),
            scopes=self.scopes or client.scopes - {"openid"},
            audience=self.world.fhir_base,
        )
        return issued.token

    async def send(
        self,
        method: str,
        path: str,
        *,
        who: str | None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        sent = {"Content-Type": FHIR_JSON} if body is not None else {}
        if who is not None:
            sent["Authorization"] = f"Bearer {self.token(who)}"
        return await self.http.request(
            method, f"/fhir/{path}", content=body, headers={**sent, **(headers or {})}
        )

    def post(
        self,
        path: str,
        body: Json | bytes | None = None,
        *,
        who: str | None = "labo-nord",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return self.runner.run(self.send("POST", path, who=who, body=raw, headers=headers))

    def get(
        self,
        path: str,
        *,
        who: str | None = "labo-nord",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        return self.runner.run(self.send("GET", path, who=who, headers=headers))

    def submit(self, bundle: Json | bytes, *, who: str = "dr-meyer") -> httpx.Response:
        return self.post("$submit-prescription", bundle, who=who)

    def prescribe(self, *lines: Json) -> Submitted:
        bundle = self.documents.bundle(*lines)
        return Submitted(self.submit(bundle), bundle)

    def retrieve(self, code: str, *, who: str = "labo-nord") -> httpx.Response:
        return self.post("$retrieve-prescription", parameters(code=code), who=who)

    def retrieve_by_number(
        self, number: str, birth_date: str, *, who: str = "labo-nord"
    ) -> httpx.Response:
        asked = parameters(number=number, birth_date=birth_date)
        return self.post("$retrieve-prescription", asked, who=who)

    def seen_by(self, submitted: Submitted, *who: str) -> Submitted:
        """Let laboratories retrieve a prescription by plan B."""
        for name in who:
            birth_date = PEOPLE.patients["anna-weber"].birth_date.isoformat()
            answer = self.retrieve_by_number(submitted.number, birth_date, who=name)
            assert answer.status_code == 200, answer.text
        return submitted

    def act(self, task_id: str, act: str, body: Json | None = None, *, who: str) -> httpx.Response:
        empty: Json = {"resourceType": "Parameters"}
        return self.post(f"Task/{task_id}/${act}", body or empty, who=who)

    def reserve(self, task_id: str, *, who: str = "labo-nord") -> httpx.Response:
        return self.act(task_id, "reserve", who=who)

    def release(self, task_id: str, *, who: str = "labo-nord") -> httpx.Response:
        return self.act(task_id, "release", who=who)

    def dispense(
        self,
        task_id: str,
        *counts: tuple[Json, int],
        who: str = "labo-nord",
        identifier: str | None = None,
    ) -> httpx.Response:
        body = dispensing(identifier or str(uuid4()), *counts)
        return self.act(task_id, "dispense", body, who=who)

    def cancel(
        self, task_id: str, *, who: str = "dr-meyer", reason: str = "error"
    ) -> httpx.Response:
        coding = {"system": ERX_CANCEL_REASON, "code": reason}
        value = {"name": "reason", "valueCodeableConcept": {"coding": [coding]}}
        body: Json = {"resourceType": "Parameters", "parameter": [value]}
        return self.act(task_id, "cancel", body, who=who)

    def state(self, task_id: str, *, who: str = "dr-meyer") -> str:
        answer = self.get(f"Task/{task_id}", who=who)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["businessStatus"]["coding"][0]["code"])

    def later(self, **time: float) -> None:
        self.world.clock.advance(timedelta(**time))

    def trail(self) -> list[StoredEntry]:
        with self.world.store.read() as tx:
            return list(self.world.port(AUDIT).entries(tx))


def parameters(**values: str) -> Json:
    """Return Parameters with `code`, `number` and `birth_date`."""
    names = {"birth_date": ("birth-date", "valueDate")}
    listed = [
        {"name": name, kind: value}
        for name, kind, value in (
            (*names.get(key, (key, "valueString")), value) for key, value in values.items()
        )
    ]
    return {"resourceType": "Parameters", "parameter": listed}


def dispensing(identifier: str, *counts: tuple[Json, int]) -> Json:
    """Return the Parameters of a dispensation."""
    listed: list[Json] = [
        {
            "name": "dispensation",
            "valueIdentifier": {"system": "https://labo.example/d", "value": identifier},
        }
    ]
    for line, count in counts:
        part = [
            {"name": "identifier", "valueIdentifier": line},
            {"name": "count", "valuePositiveInt": count},
        ]
        listed.append({"name": "line", "part": part})
    return {"resourceType": "Parameters", "parameter": listed}
