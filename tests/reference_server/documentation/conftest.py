"""A World's pages asked in process, and packages made of the one that comes with the server."""

import asyncio
import copy
import gzip
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from reference_server.app import WorldRegistry, build_app
from reference_server.fhir.compose import write_json
from reference_server.specification import Settings, archive, read
from reference_server.world import World

ORIGIN = "https://lab.test:8443"
Json = dict[str, Any]
Change = Callable[[dict[str, Json]], None]


class Pages:
    """Asks a World for pages as a browser without scripts does."""

    def __init__(self, app: FastAPI, world: World) -> None:
        self._app = app
        self.world = world

    def ask(self, path: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
        """Return the answer of a path below the World."""
        return self._request("GET", path, headers=headers)

    def send(self, path: str, resource: Json) -> httpx.Response:
        """Return the answer to a FHIR resource."""
        headers = {"content-type": "application/fhir+json"}
        return self._request("POST", path, headers=headers, content=write_json(resource))

    def _request(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None,
        content: bytes | None = None,
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(
                    method, f"/{self.world.name}{path}", headers=headers, content=content
                )

        return asyncio.run(ask())

    def page(
        self, path: str = "", *, status: int = 200, headers: dict[str, str] | None = None
    ) -> str:
        """Return the HTML of a page below /documentation."""
        answer = self.ask(f"/documentation{path}", headers=headers)
        assert answer.status_code == status, answer.text[:400]
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return answer.text


@pytest.fixture(scope="session")
def registry() -> Iterator[WorldRegistry]:
    worlds = WorldRegistry(origin=ORIGIN)
    yield worlds
    worlds.close_all()


@pytest.fixture(scope="session")
def app(registry: WorldRegistry) -> FastAPI:
    return build_app(registry)


@pytest.fixture(scope="session")
def pages(app: FastAPI, registry: WorldRegistry) -> Pages:
    """The pages of a World as it is delivered."""
    return Pages(app, registry.open("delivered"))


@pytest.fixture
def fresh(app: FastAPI, registry: WorldRegistry) -> Iterator[Pages]:
    """The pages of a World of one's own."""
    world = registry.open("fresh")
    yield Pages(app, world)
    registry.close("fresh")


def package(
    change: Change | None = None, *, name: str = "lu.equalis.eprescription", version: str = "0.2.0"
) -> bytes:
    """Return the delivered package with other name and version, its files changed."""
    content: dict[str, Json] = {}
    with tarfile.open(fileobj=io.BytesIO(archive(read(Settings())))) as source:
        for member in source:
            held = source.extractfile(member)
            assert held is not None
            content[member.name] = json.loads(held.read())
    content["package/package.json"] |= {"name": name, "version": version}
    if change is not None:
        change(content)
    return packed({path: json.dumps(held).encode() for path, held in content.items()})


def packed(files: dict[str, bytes]) -> bytes:
    """Return files as a .tgz."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as target:
        for path, held in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(held)
            target.addfile(info, io.BytesIO(held))
    return gzip.compress(made.getvalue(), mtime=0)


def stricter_line(content: dict[str, Json]) -> None:
    """Ask for a reason in every line, allow longer series, and take a value set away."""
    line = content["package/StructureDefinition-erx-line.json"]
    line["version"] = "0.2.0"
    for part in ("snapshot", "differential"):
        for element in line[part]["element"]:
            if element["id"] == "ServiceRequest.reasonCode":
                element["min"] = 1
            if element["id"] == "ServiceRequest.occurrence[x].repeat.count":
                element["maxValuePositiveInt"] = 24
    del content["package/ValueSet-erx-cancel-reason.json"]
    own = copy.deepcopy(content["package/ValueSet-BioPrescMotivatedCodes.json"])
    own["id"], own["url"] = "own-set", "https://www.esante.lu/fhir-spec/ValueSet/own-set"
    content["package/ValueSet-own-set.json"] = own
