"""Sends one request exactly as a scenario writes it, and lets the checks look at the answer."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Final

from scenarios.tricks import Forgery
from test_suites.core.message import JsonValue
from test_suites.core.transcript import BoundPrescription, StepState
from test_suites.engine.players.api import FHIR_JSON, json_bytes
from test_suites.engine.players.desk import Work
from test_suites.engine.players.model import ActResult, Address
from test_suites.engine.players.tokens import Tokens
from test_suites.engine.players.trouble import NothingToBeginWith
from test_suites.engine.players.wire import Wire, merged, outcome_texts
from test_suites.engine.players.wishes import Raw, understood

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\.(task_id|number|code)\}")
_PROLONGED_SECONDS: Final = 3600
_FHIR: Final = "/fhir/"
SPENT: Final = "{redemption}"
"""As the whole text of a body: the form with which this player redeemed its last code."""
_FORGED: Final = {
    "unsigned": Forgery.IDENTITY_UNSIGNED,
    "confused": Forgery.IDENTITY_CONFUSED,
    "foreign-key": Forgery.IDENTITY_FOREIGN_KEY,
    "unknown-key": Forgery.IDENTITY_UNKNOWN_KEY,
    "enclosed-key": Forgery.IDENTITY_OWN_KEY,
}
_FILLED: Final = (
    b'{"resourceType":"Parameters","parameter":[{"name":"code","valueString":"',
    b'"}]}',
)


class RawSender:
    """Owns nothing; never tries again, so that one step is one request besides the sign-in."""

    def __init__(
        self,
        wire: Wire,
        *,
        address: Address,
        tokens: Tokens,
        expire_tokens: Callable[[], None] | None,
    ) -> None:
        self._wire = wire
        self._address = address
        self._tokens = tokens
        self._expire_tokens = expire_tokens

    async def raw(self, work: Work) -> ActResult:
        """Send the request; the answer's status is shown, and its faults."""
        wish = understood(Raw, work.parameters)
        path, body = self._filled(wish, work.known.bindings)
        if wish.token == "expired" and self._expire_tokens is None:  # noqa: S105  a kind
            return ActResult(state=StepState.UNSUPPORTED, detail="expire-tokens-not-offered")
        common = {"Accept": FHIR_JSON} | await self._authorization(wish)
        if body is not None:
            common["Content-Type"] = FHIR_JSON
        answer = await self._wire.send(
            wish.method,
            self._url(path),
            headers=merged(common, wish.headers),
            body=body,
        )
        work.screen.repeat(outcome_texts(answer.content))
        work.screen.inform("player.answered", status=answer.status_code)
        return work.screen.result(detail=f"{answer.status_code}")

    def _url(self, path: str) -> str:
        """Return where a path of the national interface lies at this address."""
        if path.startswith(_FHIR):
            return self._address.fhir_base + path.removeprefix(_FHIR[:-1])
        return self._address.base_url + path

    async def _authorization(self, wish: Raw) -> dict[str, str]:
        """Return the header for the kind of token asked for; each but `none` is a fresh one."""
        if not self._address.signs_in:
            return {}
        match wish.token:
            case "none":
                return {}
            case "wrong-audience":
                token = await self._tokens.for_other_api()
            case "identity":
                token = await self._tokens.identity()
            case kind if kind in _FORGED:
                token = await self._tokens.forged(_FORGED[kind])
            case "altered":
                token = altered(await self._tokens.renewed())
            case "expired" if self._expire_tokens is not None:
                token = await self._tokens.made_to_expire(self._expire_tokens)
            case _:
                token = await self._tokens.renewed()
        return {"Authorization": f"Bearer {token}"}

    def _filled(
        self, wish: Raw, bindings: Mapping[str, BoundPrescription]
    ) -> tuple[str, bytes | None]:
        """Return path and body with every placeholder replaced; raises NothingToBeginWith."""
        path = filled(wish.path, bindings)
        if wish.body_text == SPENT:
            return path, self._tokens.spent().encode("ascii")
        if wish.body_text is not None:
            return path, filled(wish.body_text, bindings).encode("utf-8")
        if wish.body_filler is not None:
            return path, (b"A" * wish.body_filler).join(_FILLED)
        if wish.body is not None:
            return path, json_bytes(_filled_value(wish.body, bindings))
        return path, None


def altered(token: str) -> str:
    """Return a JWT whose claims live an hour longer under the old signature.

    Of a token that is no JWT the first character is another one.
    """
    header, dot, rest = token.partition(".")
    claims, last, signature = rest.rpartition(".")
    try:
        value = json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        value["exp"] += _PROLONGED_SECONDS
    except (ValueError, LookupError, TypeError):
        return ("B" if token.startswith("A") else "A") + token[1:]
    longer = urlsafe_b64encode(json_bytes(value)).rstrip(b"=").decode("ascii")
    return header + dot + longer + last + signature


def filled(text: str, bindings: Mapping[str, BoundPrescription]) -> str:
    """Replace `{NAME.task_id}`, `{NAME.number}`, `{NAME.code}`; raises NothingToBeginWith."""

    def value(found: re.Match[str]) -> str:
        bound = bindings.get(found[1])
        if bound is None:
            raise NothingToBeginWith(f"binding-missing:{found[1]}")
        learned = {"task_id": bound.task_id, "number": bound.number, "code": bound.code}[found[2]]
        if learned is None:
            raise NothingToBeginWith(f"{found[2].replace('_', '-')}-missing:{found[1]}")
        return learned

    return _PLACEHOLDER.sub(value, text)


def _filled_value(value: JsonValue, bindings: Mapping[str, BoundPrescription]) -> JsonValue:
    match value:
        case str():
            return filled(value, bindings)
        case list():
            return [_filled_value(item, bindings) for item in value]
        case dict():
            return {name: _filled_value(item, bindings) for name, item in value.items()}
        case _:
            return value
