"""The way to the national index by FHIR: token, TLS, patience; knows no patient and no screen."""

import json
import time
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from test_suites.vendors.kit.answer import Answer, NoAnswer, SignInRefused, Unreachable, string
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.patience import BUSY
from test_suites.vendors.kit.product import Surroundings
from test_suites.vendors.kit.settings import Settings

READ: Final = "mpi.read"
FEED: Final = "mpi.feed"
AGENT: Final = "AdmiPlus/4.2"
FHIR: Final = "application/fhir+json"
FORM: Final = "application/x-www-form-urlencoded"
GRANT: Final = {
    "grant_type": "client_credentials",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
}
_TIMEOUT: Final = httpx.Timeout(15.0, connect=5.0)
_GOOD, _EARLY, _PAUSE, _LIFE = 200, 30.0, 0.3, 120


@dataclass(slots=True, kw_only=True)
class Index:
    """Owns the connections and the token of one session. Its functions raise Trouble."""

    settings: Settings
    client: httpx.Client
    logbook: Logbook
    surroundings: Surroundings
    tries: int
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()

    def get(self, path: str) -> Answer:
        """Ask below the FHIR base, or at a whole address that the index gave."""
        return self._ask("GET", path, None, FHIR, READ)

    def ask(self, path: str, resource: JsonObject) -> Answer:
        """Ask with a resource."""
        return self._ask("POST", path, _json(resource), FHIR, READ)

    def tell(self, method: str, path: str, resource: JsonObject | None = None) -> Answer:
        """Tell of a patient, or that one is gone."""
        body = None if resource is None else _json(resource)
        return self._ask(method, path, body, FHIR, FEED)

    def search(self, path: str, form: str) -> Answer:
        """Search by form, so that no address names anybody."""
        return self._ask("POST", path, form.encode(), FORM, READ)

    def _ask(  # noqa: PLR0917  a request has that many parts
        self, method: str, path: str, body: bytes | None, kind: str, scope: str
    ) -> Answer:
        base = self.settings.fhir_base
        url = path if path.startswith(f"{base}/") else f"{base}/{path}"
        for attempt in range(self.tries):
            if attempt:
                self.surroundings.pause(_PAUSE * 2**attempt)
            try:
                headers = {"Authorization": f"Bearer {self._signed_in(scope)}", "Accept": FHIR}
                if body is not None:
                    headers["Content-Type"] = kind
                answer = self._once(method, url, headers, body)
            except NoAnswer as silent:
                self.logbook.note(f"no answer: {silent.kind}")
                continue
            self.logbook.note(f"{method} {url.partition('?')[0]} -> {answer.status}")
            if answer.status not in BUSY:
                return answer
        raise Unreachable

    def _signed_in(self, scope: str) -> str:
        """Return a token that lets us do this and no more."""
        token, until = self._tokens.get(scope, ("", 0.0))
        if time.monotonic() >= until:
            token, until = self._tokens[scope] = self._fetched(scope)
        return token

    def _fetched(self, scope: str) -> tuple[str, float]:
        """Return a token and the moment until which we use it (RFC 7523 §2.2)."""
        told, issuer = self.settings, self.settings.issuer
        where = self._once("GET", f"{issuer}/.well-known/openid-configuration", {}, None).json()
        if where.get("issuer") != issuer:
            raise SignInRefused
        form = {
            **GRANT,
            "client_id": told.client_id,
            "client_assertion": self._assertion(issuer),
            "scope": scope,
            "resource": told.fhir_base,
        }
        body = str(httpx.QueryParams(form)).encode()
        endpoint, headers = string(where, "token_endpoint"), {"Content-Type": FORM}
        answer = self._once("POST", endpoint, headers, body)
        if answer.status != _GOOD:
            raise SignInRefused
        seconds = answer.json().get("expires_in")
        life = float(seconds) if isinstance(seconds, int) else 0.0
        return string(answer.json(), "access_token"), time.monotonic() + life - _EARLY

    def _assertion(self, audience: str) -> str:
        now, me = int(time.time()), self.settings
        jwk: dict[str, str | list[str]] = {**(me.private_jwk or {})}
        claims = {
            "iss": me.client_id,
            "sub": me.client_id,
            "aud": audience,
            "iat": now,
            "exp": now + _LIFE,
            "jti": str(uuid4()),
        }
        header = {"alg": "ES256", "typ": "JWT", "kid": jwk.get("kid", "")}
        try:
            return jwt.encode(header, claims, ECKey.import_key(jwk))
        except (ValueError, KeyError) as unusable:
            raise SignInRefused from unusable

    def _once(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Answer:
        told = {"User-Agent": AGENT, "X-Request-Id": str(uuid4()), **headers}
        try:
            came = self.client.request(method, url, headers=told, content=body, timeout=_TIMEOUT)
        except httpx.RequestError as fault:
            raise NoAnswer(type(fault).__name__) from fault
        named = {name.lower(): value for name, value in came.headers.items()}
        return Answer(status=came.status_code, headers=named, body=came.content)


def _json(resource: JsonObject) -> bytes:
    return json.dumps(resource, ensure_ascii=False).encode()
