"""The laboratory system's token (client credentials, private_key_jwt); knows no prescription."""

import time
from dataclasses import dataclass, field
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from test_suites.vendors.kit.answer import OK, Answer, NotReadable, SignInRefused, string
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.kit.logbook import Logbook
from test_suites.vendors.kit.patience import persist
from test_suites.vendors.kit.product import Surroundings
from test_suites.vendors.kit.settings import Settings
from test_suites.vendors.laboratory.behaviour import Behaviour
from test_suites.vendors.laboratory.channel import Channel

AGENT = "LaboScan/2.7"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE = "erx.dispense erx.read"
OTHER_API = "vidalrest/excalibur-service/api"
EARLY = 30.0
"""Seconds before its end at which a token is no longer used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token and the local moment until which we use it."""

    access_token: str
    good_until: float


@dataclass(slots=True, kw_only=True)
class Identity:
    """Owns the token of one session."""

    settings: Settings
    channel: Channel
    logbook: Logbook
    surroundings: Surroundings
    behaviour: Behaviour
    only_jti: str = field(default_factory=lambda: str(uuid4()))
    _token: Token | None = None
    _metadata: JsonObject | None = None

    def token(self) -> str:
        """Return a token that is still good, asking for one when there is none.

        Raises Unreachable, NotTrusted, NotReadable or SignInRefused.
        """
        if self._token is None or time.monotonic() >= self._token.good_until:
            self._token = self._fetch()
        return self._token.access_token

    def forget_token(self) -> None:
        """Do not use the present token again."""
        self._token = None

    def traced(self) -> dict[str, str]:
        """Return the headers that tell who asks, and by which the two logs can be compared."""
        if not self.behaviour.request_id:  # defect: no-request-id
            return {"User-Agent": AGENT}
        return {"User-Agent": AGENT, "X-Request-Id": str(uuid4())}

    def _fetch(self) -> Token:
        metadata = self._discover()
        endpoint = string(metadata, "token_endpoint")
        answer = persist(
            lambda: self._ask(endpoint, audience=string(metadata, "issuer")),
            patience=self.behaviour.patience,
            pause=self.surroundings.pause,
            logbook=self.logbook,
        )
        self.logbook.note(f"token endpoint answered {answer.status}")
        if answer.status != OK:
            raise SignInRefused
        told = answer.json()
        kind = str(told.get("token_type")).lower()
        if kind != "bearer" and self.behaviour.checks_token_type:  # else: takes-any-token-type
            raise NotReadable
        seconds = told.get("expires_in")
        if not isinstance(seconds, int):
            raise NotReadable
        token = string(told, "access_token")
        if self.behaviour.logs_token:  # defect: logs-token
            self.logbook.note(f"token {token}")
        return Token(access_token=token, good_until=time.monotonic() + seconds - EARLY)

    def _ask(self, endpoint: str, *, audience: str) -> Answer:
        """Ask for a token once; each time with an assertion of its own."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.settings.client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(audience),
            "scope": SCOPE,
            "resource": self._resource(),
        }
        headers = {"Accept": "application/json", **self.traced()}
        return self.channel.send("POST", endpoint, headers=headers, form=form)

    def _assertion(self, audience: str) -> str:
        """Sign who we are (RFC 7523 §3). Raises SignInRefused without a usable key."""
        now = int(time.time())
        claims = {
            "iss": self.settings.client_id,
            "sub": self.settings.client_id,
            "aud": audience,
            "iat": now,
            "exp": now + self.behaviour.assertion_seconds,  # 3600: defect long-assertion
            "jti": str(uuid4()) if self.behaviour.fresh_jti else self.only_jti,  # else: reuses-jti
        }
        jwk = self.settings.private_jwk or {}
        header = {"alg": "ES256", "typ": "JWT"} | ({"kid": jwk["kid"]} if "kid" in jwk else {})
        try:
            return jwt.encode(header, claims, ECKey.import_key(dict(jwk)))
        except (JoseError, ValueError, KeyError) as unusable:
            raise SignInRefused from unusable

    def _resource(self) -> str:
        """Return the API the token is for (RFC 8707)."""
        if not self.behaviour.right_audience:  # defect: wrong-audience
            return f"{self.settings.base_url}/{OTHER_API}"
        return self.settings.fhir_base

    def _discover(self) -> JsonObject:
        """Return the provider's metadata (OpenID Connect Discovery 1.0 §4), read once."""
        if self._metadata is None:
            url = f"{self.settings.issuer}/.well-known/openid-configuration"
            answer = persist(
                lambda: self.channel.send(
                    "GET", url, headers={"Accept": "application/json", **self.traced()}
                ),
                patience=self.behaviour.patience,
                pause=self.surroundings.pause,
                logbook=self.logbook,
            )
            if answer.status != OK:
                raise SignInRefused
            self._metadata = self._believed(answer.json())
        return self._metadata

    def _believed(self, metadata: JsonObject) -> JsonObject:
        """Return the metadata of our own provider, reached by TLS. Raises NotReadable."""
        issuer, behaviour = self.settings.issuer, self.behaviour
        if behaviour.checks_discovery_issuer and metadata.get("issuer") != issuer:
            raise NotReadable  # else defect: ignores-discovery-issuer
        endpoint = string(metadata, "token_endpoint")
        safe = endpoint.startswith("https:") or not issuer.startswith("https:")
        if behaviour.https_only and not safe:  # else defect: follows-plain-http
            raise NotReadable
        return metadata
