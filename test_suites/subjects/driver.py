"""Makes a product act over the HTTP driver contract, version 1; knows no scenario."""

import asyncio
import base64
import binascii
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import httpx

from test_suites.core.message import JsonValue
from test_suites.core.transcript import StepState
from test_suites.subjects.operator import ActOutcome, Desk, Log, OperatorError, Printed, Shown

POLL_SECONDS: Final = 20
_CREATED: Final = 201
_NOT_IMPLEMENTED: Final = 501
_CLIENT_ERROR: Final = 400
_STATES: Final = {"done": StepState.DONE, "failed": StepState.FAILED}


class DriverClient:
    """Owns the connection to one product; the `Operator` of products that offer the contract."""

    def __init__(self, url: str, *, act_seconds: float) -> None:
        self.url = url
        self._act_seconds = act_seconds
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=httpx.Timeout(10, read=POLL_SECONDS + 10),
            verify=_public_trust(),
            trust_env=False,
        )

    async def describe(self) -> Mapping[str, JsonValue]:
        """Return what the product says of itself: contract, product, version, role, acts."""
        return _object(await self._ask("GET", "/"))

    async def acts(self) -> frozenset[str] | None:
        """Return the acts the product says it can do; None where it says nothing of them."""
        named = (await self.describe()).get("acts")
        return frozenset(map(str, named)) if isinstance(named, list) else None

    async def seat(self, desk: Desk) -> None:
        """Configure a desk, or configure it anew."""
        body: dict[str, JsonValue] = {
            "base_url": desk.base_url,
            "issuer": desk.issuer,
            "fhir_base": desk.fhir_base,
            "client_id": desk.client_id,
            "private_jwk": dict(desk.private_jwk) if desk.private_jwk else None,
            "username": desk.username,
            "password": desk.password,
            "trust_pem": desk.trust_pem,
            "organization": desk.organization,
        }
        if desk.person is not None:
            body["person"] = dict(desk.person)
        if desk.messages is not None:
            body["messages"] = desk.messages
        if desk.certificate_pem is not None:
            body["certificate_pem"] = desk.certificate_pem
            body["certificate_key_pem"] = desk.certificate_key_pem
        await self._ask("PUT", f"/sessions/{desk.session}", body)

    async def act(
        self, desk: Desk, operation: str, parameters: Mapping[str, JsonValue]
    ) -> ActOutcome:
        """Begin an act and follow it to its end; raises OperatorError when none comes."""
        body: dict[str, JsonValue] = {
            "session": desk.session,
            "act": operation,
            "parameters": dict(parameters),
        }
        begun = await self._send("POST", "/acts", body)
        if begun.status_code == _NOT_IMPLEMENTED:
            return ActOutcome(state=StepState.UNSUPPORTED, detail=_reason(begun)[:500])
        if begun.status_code != _CREATED:
            raise OperatorError(f"driver-status-{begun.status_code}")
        act = str(_object(begun).get("id", ""))
        try:
            async with asyncio.timeout(self._act_seconds):
                return await self._follow(act)
        except TimeoutError as error:
            raise OperatorError("act-did-not-end") from error

    async def _follow(self, act: str) -> ActOutcome:
        while True:
            answer = _object(await self._ask("GET", f"/acts/{act}?wait={POLL_SECONDS}"))
            state = _STATES.get(str(answer.get("state")))
            if state is not None:
                return _outcome(state, answer)

    async def log(self, session: str) -> Log | None:
        """Return the product's own log of a desk; None where it keeps none."""
        answer = await self._send("GET", f"/log?session={session}", None)
        return Log(content=answer.content) if answer.is_success else None

    async def leave(self, session: str) -> None:
        """Forget a desk; a desk the product does not know is no error."""
        await self._send("DELETE", f"/sessions/{session}", None)

    async def close(self) -> None:
        """Close the connections; the product goes on."""
        await self._http.aclose()

    async def _ask(
        self, method: str, path: str, body: Mapping[str, JsonValue] | None = None
    ) -> httpx.Response:
        answer = await self._send(method, path, body)
        if answer.status_code >= _CLIENT_ERROR:
            raise OperatorError(f"driver-status-{answer.status_code}")
        return answer

    async def _send(
        self, method: str, path: str, body: Mapping[str, JsonValue] | None
    ) -> httpx.Response:
        try:
            return await self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise OperatorError(f"driver-{type(error).__name__}") from error


@cache
def _public_trust() -> ssl.SSLContext:
    """Return the public authorities, read once: a product is asked anew until it is up."""
    return httpx.create_ssl_context(trust_env=False)


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError as error:
        raise OperatorError("driver-answer-not-json") from error
    if not isinstance(value, dict):
        raise OperatorError("driver-answer-not-an-object")
    return value


def _reason(answer: httpx.Response) -> str:
    """Return why the product cannot do an act; a product that gives no reason cannot either."""
    try:
        return str(_object(answer).get("reason", ""))
    except OperatorError:
        return ""


def _outcome(state: StepState, answer: Mapping[str, Any]) -> ActOutcome:
    try:
        return ActOutcome(
            state=state,
            shown=tuple(
                Shown(level=str(each["level"]), text=str(each["text"]))
                for each in answer.get("shown_to_user") or ()
            ),
            printed=tuple(
                Printed(
                    name=str(each["name"]),
                    media_type=str(each["media_type"]),
                    content=base64.b64decode(each["content_base64"], validate=True),
                )
                for each in answer.get("printed") or ()
            ),
            result=dict(answer.get("result") or {}),
        )
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise OperatorError("driver-answer-against-contract") from error
