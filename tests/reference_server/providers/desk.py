"""Somebody who looks into a World's provider directory, and the register that changes it."""

import asyncio
import json
from typing import Any

import httpx

from reference_server.app import WorldRegistry, build_app
from reference_server.services.trust.model import Account, Client, Principal
from reference_server.services.trust.operations.issue import access_token
from reference_server.world import World

Json = dict[str, Any]


class Desk:
    """Asks one World's directory over its real ASGI application."""

    def __init__(self, runner: asyncio.Runner, registry: WorldRegistry, world: World) -> None:
        self.runner, self.world = runner, world
        transport = httpx.ASGITransport(app=build_app(registry), raise_app_exceptions=True)
        self.http = httpx.AsyncClient(transport=transport, base_url=world.base_url, timeout=60)

    def token(self, role: str, *scopes: str) -> str:
        account = Account(
            username="9100000017",
            family="x",
            given="y",
            profession="PS-001",
            role=role,
            organization="90100112",
        )
        client = Client(client_id="directory-app", name="x", scopes=frozenset(scopes))
        return access_token(
            self.world,
            Principal(client=client, account=account),
            scopes=frozenset(scopes),
            audience=self.world.fhir_base,
        ).token

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: Json | None = None,
        form: dict[str, str] | None = None,
        role: str = "prescriber",
        scope: str = "directory.read",
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(role, scope)}"}
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/fhir+json"
        url = path if path.startswith("https://") else f"/fhir/{path}"
        asked = self.http.request(method, url, content=content, data=form, headers=headers)
        return self.runner.run(asked)

    def change(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        return self.ask(path, method=method, body=body, role="registrar", scope="directory.write")

    def bundle(self, path: str, **more: Any) -> Json:  # noqa: ANN401 - as `ask`
        answer = self.ask(path, **more)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def ids(self, path: str, **more: Any) -> list[str]:  # noqa: ANN401 - as `ask`
        entries = self.bundle(path, **more).get("entry", ())
        return [each["resource"]["id"] for each in entries if each["search"]["mode"] == "match"]

    def along(self, path: str) -> set[str]:
        entries = self.bundle(path).get("entry", ())
        return {
            f"{each['resource']['resourceType']}/{each['resource']['id']}"
            for each in entries
            if each["search"]["mode"] == "include"
        }


def codes_of(answer: httpx.Response) -> list[str]:
    return [issue["details"]["coding"][0]["code"] for issue in answer.json()["issue"]]
