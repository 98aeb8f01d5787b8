"""Who looks at an audit trail: an auditor, and patients at their own."""

import json
from typing import Any

import httpx

from reference_server.ports import AUDIT, StoredEntry
from reference_server.services.trust.model import Account, Client, Principal
from reference_server.services.trust.operations.issue import access_token
from tests.reference_server.prescriptions.town import FHIR_JSON, PEOPLE, Town

Json = dict[str, Any]
ANNA = PEOPLE.patients["anna-weber"].matricule
LEA = PEOPLE.patients["lea-muller"].matricule


class Office:
    """Asks a World's audit trail over HTTP."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.world = town.world

    def token(self, subject: str, role: str, *scopes: str) -> str:
        account = Account(
            username=subject, family="x", given="y", profession="", role=role, organization=""
        )
        client = Client(client_id="audit-app", name="x", scopes=frozenset(scopes))
        return access_token(
            self.world,
            Principal(client=client, account=account),
            scopes=frozenset(scopes),
            audience=self.world.fhir_base,
        ).token

    def auditor(self) -> str:
        return self.token("9100000099", "auditor", "audit.read")

    def patient(self, matricule: str = ANNA) -> str:
        return self.token(f"{matricule}^^^&1.3.182.4.4&ISO", "patient", "audit.read")

    def ask(
        self,
        path: str,
        token: str | None = None,
        *,
        method: str = "GET",
        body: Json | None = None,
        purpose: str | None = None,
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {token or self.auditor()}"}
        if purpose is not None:
            sent["X-Purpose-Of-Use"] = purpose
        raw = None if body is None else json.dumps(body).encode()
        if raw is not None:
            sent["Content-Type"] = FHIR_JSON
        return self.town.runner.run(
            self.town.http.request(method, f"/fhir{path}", content=raw, headers=sent)
        )

    def found(self, query: str, token: str | None = None) -> list[Json]:
        answer = self.ask(f"/AuditEvent?{query}", token)
        assert answer.status_code == 200, answer.text
        return [entry["resource"] for entry in answer.json().get("entry", ())]

    def last(self) -> StoredEntry:
        return self.town.trail()[-1]

    def whole(self) -> bool:
        with self.world.store.read() as tx:
            return self.world.port(AUDIT).broken_at(tx) is None


def values(event: Json, part: str, *, system: str | None = None) -> list[str]:
    """Return what the agents or entities of an event are identified by."""
    name = "who" if part == "agent" else "what"
    found = []
    for each in event[part]:
        reference = each.get(name, {})
        identifier = reference.get("identifier", {})
        if "reference" in reference and system is None:
            found.append(reference["reference"])
        if "value" in identifier and system in {None, identifier.get("system")}:
            found.append(identifier["value"])
    return found
