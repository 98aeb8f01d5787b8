"""Talks to the FHIR API as a good client: token, one renewal, patience; knows no operation."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import urlencode

import httpx

from test_suites.core.message import JsonValue
from test_suites.engine.players.patience import patiently
from test_suites.engine.players.tokens import Tokens
from test_suites.engine.players.trouble import Refused, Unreadable
from test_suites.engine.players.wire import FORM, Wire, outcome_texts, readable_json

FHIR_JSON: Final = "application/fhir+json"
JsonObject: TypeAlias = Mapping[str, JsonValue]
_UNAUTHORISED: Final = 401


def json_bytes(value: JsonValue) -> bytes:
    """Return a value as JSON in UTF-8, without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


class Api:
    """Owns how FHIR requests are sent: the same body at every attempt, a fresh request id each."""

    def __init__(self, wire: Wire, *, tokens: Tokens | None, fhir_base: str) -> None:
        """Begin; without `tokens` nobody signs in."""
        self._wire = wire
        self._tokens = tokens
        self._fhir_base = fhir_base

    async def get(self, path: str) -> JsonObject:
        """Return the resource at a path below the FHIR base; raises Trouble."""
        return _resource(await self._authorised("GET", path, None))

    async def post(self, path: str, body: bytes) -> JsonObject:
        """Return the resource that answers a POST; raises Trouble."""
        return _resource(await self._authorised("POST", path, body))

    async def put(self, path: str, body: bytes) -> JsonObject:
        """Return the resource that answers a PUT; raises Trouble."""
        return _resource(await self._authorised("PUT", path, body))

    async def delete(self, path: str) -> None:
        """Have what stands at a path removed; raises Trouble."""
        answer = await self._authorised("DELETE", path, None)
        if not answer.is_success:
            raise Refused(answer.status_code, reasons=outcome_texts(answer.content))

    async def search(self, path: str, form: Mapping[str, str]) -> JsonObject:
        """Return the Bundle that answers a search by form, so that no URL tells what is sought."""
        body = urlencode(form).encode("ascii")
        return _resource(await self._authorised("POST", path, body, media_type=FORM))

    async def follow(self, url: str) -> JsonObject:
        """Return the resource at a URL that an answer gave; raises Unreadable for one elsewhere."""
        path = url.removeprefix(self._fhir_base)
        if path == url:
            raise Unreadable("link-elsewhere")
        return await self.get(path)

    async def _authorised(
        self, method: str, path: str, body: bytes | None, *, media_type: str = FHIR_JSON
    ) -> httpx.Response:
        """Send with the kept token; a 401 leads to one new token and one more try."""
        headers = {"Accept": FHIR_JSON}
        if body is not None:
            headers["Content-Type"] = media_type
        if self._tokens is None:
            return await self._patient(method, path, body, headers)
        token = await self._tokens.current()
        answer = await self._patient(method, path, body, bearing(headers, token))
        if answer.status_code == _UNAUTHORISED:
            token = await self._tokens.renewed()
            answer = await self._patient(method, path, body, bearing(headers, token))
        return answer

    async def _patient(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        url = f"{self._fhir_base}{path}"
        return await patiently(partial(self._wire.ask, method, url, headers=headers, body=body))


def bearing(headers: Mapping[str, str], token: str) -> dict[str, str]:
    """Return headers with the token that is presented."""
    return {**headers, "Authorization": f"Bearer {token}"}


def _resource(answer: httpx.Response) -> JsonObject:
    if not answer.is_success:
        raise Refused(answer.status_code, reasons=outcome_texts(answer.content))
    resource = readable_json(answer.content, "not-a-resource")
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        raise Unreadable("not-a-resource")
    return resource
