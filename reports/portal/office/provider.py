"""The portal as a relying party of an identity provider (OpenID Connect Core 1.0 §3.1); no page.

Code with PKCE S256 for a public client. Checked: `iss` of the answer (RFC 9207), signature, issuer,
audience, times and nonce of the ID token. Only what discovery says over TLS is trusted; on the
loopback plain HTTP will do.
"""

import datetime as dt
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS: Final = ("ES256", "PS256", "RS256")
ORGANISATION: Final = "organization"
"""The claim that says for whom somebody works; the reference provider's name for it."""
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_SCOPE: Final = "openid"
_SECONDS: Final = 5.0
_LARGEST: Final = 256 * 1024
_KNOWN_SECONDS: Final = 600
_SKEW: Final = 60
_LONGEST: Final = 255
_OK: Final = 200
_ID_KINDS: Final = frozenset({"", "jwt"})
# A provider older than the media type writes another one, or none.
_LOGOUT_KINDS: Final = frozenset({"", "jwt", "logout+jwt"})
_LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


class ProviderError(Exception):
    """Signing in did not succeed; `reason` is a message id, nothing that the provider sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """Which provider, and as whom. `authority` is a PEM file of authorities to trust besides.

    Members of the organisations `reviewers` review; those of every other answer.
    """

    issuer: str
    client_id: str = "cesar-app"
    authority: Path | None = None
    reviewers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is to the provider, in which of its sessions, and the token that says so."""

    subject: str
    organisation: str
    sid: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A session at the provider that is over: by its id, or everything of a subject."""

    sid: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """One sign-in as it was asked for; `verifier` and `nonce` come from the browser's session."""

    redirect_uri: str
    verifier: str
    nonce: str


class Provider:
    """Owns what is known of one provider: its metadata and keys, for ten minutes."""

    def __init__(self, settings: ProviderSettings, *, now: Callable[[], dt.datetime]) -> None:
        self.settings = settings
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Mapping[str, Any]]] = {}
        trust = ssl.create_default_context()
        if settings.authority is not None:
            trust.load_verify_locations(settings.authority)
        self._http = httpx.Client(verify=trust, timeout=_SECONDS, trust_env=False)

    @property
    def _discovery(self) -> str:
        return f"{self.settings.issuer}/.well-known/openid-configuration"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def address(
        self, *, redirect_uri: str, state: str, nonce: str, challenge: str, language: str
    ) -> str:
        """Return where the browser signs in; raises ProviderError."""
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": _SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
            "claims": json.dumps({"id_token": {ORGANISATION: {"essential": True}}}),
        }
        return f"{self._endpoint('authorization_endpoint')}?{urlencode(asked)}"

    def is_issuer(self, told: str) -> bool:
        """Tell whether an answer names the right provider, or need not (RFC 9207 §2.4)."""
        if not told:
            return not self._metadata().get("authorization_response_iss_parameter_supported")
        return told == self.settings.issuer

    def redeem(self, code: str, sought: Sought) -> Identity:
        """Return who signed in; raises ProviderError."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": sought.redirect_uri,
            "client_id": self.settings.client_id,
            "code_verifier": sought.verifier,
        }
        status, told = self._ask("POST", self._endpoint("token_endpoint"), form)
        token = told.get("id_token")
        if status != _OK or not isinstance(token, str):
            raise ProviderError("portal.vendor.refused.code")
        claims = self._claims(token)
        self._check(claims, sought.nonce)
        return self._identity(claims, token, str(told.get("access_token", "")))

    def farewell(self, hint: str, *, back: str, language: str) -> str | None:
        """Return where the browser ends its session there; None where that cannot be had."""
        try:
            address = self._endpoint("end_session_endpoint")
        except ProviderError:
            return None
        asked = {
            "id_token_hint": hint,
            "client_id": self.settings.client_id,
            "post_logout_redirect_uri": back,
            "ui_locales": language,
        }
        return f"{address}?{urlencode(asked)}"

    def origins(self) -> tuple[str, ...]:
        """Return where its pages are, as far as that is known without asking."""
        with self._lock:
            _, told = self._known.get(self._discovery, (0.0, {}))
        addresses = (self.settings.issuer, told.get("end_session_endpoint"))
        parts = [urlsplit(one) for one in addresses if isinstance(one, str) and is_safe(one)]
        return tuple(dict.fromkeys(f"{one.scheme}://{one.netloc}" for one in parts))

    def ended(self, token: str) -> Ended:
        """Return whose session a logout token ends (Back-Channel Logout 1.0 §2.6).

        Raises ProviderError.
        """
        claims = self._claims(token, kinds=_LOGOUT_KINDS)
        self._check_addressed(claims)
        events, sid, subject = (claims.get(name) for name in ("events", "sid", "sub"))
        is_logout = isinstance(events, dict) and isinstance(events.get(_LOGOUT_EVENT), dict)
        named = [one for one in (sid, subject) if one is not None]
        is_named = bool(named) and all(isinstance(one, str) and one for one in named)
        if not is_logout or not is_named or "nonce" in claims:
            raise ProviderError("portal.vendor.refused.token")
        return Ended(sid=str(sid or ""), subject=str(subject or ""))

    def _claims(self, token: str, *, kinds: frozenset[str] = _ID_KINDS) -> Mapping[str, Any]:
        for fresh in (False, True):  # a key that is not known yet may be new
            try:
                keys = KeySet.import_key_set(dict(self._keys(fresh=fresh)))  # type: ignore[arg-type]  # what JSON gave is checked by the library
                found = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            except (JoseError, ValueError, KeyError, TypeError):
                continue
            if str(found.header.get("typ", "")).lower() in kinds:
                return found.claims
            break
        raise ProviderError("portal.vendor.refused.token")

    def _check(self, claims: Mapping[str, Any], nonce: str) -> None:
        """Raise ProviderError unless a token is for us, of now, and of this sign-in (§3.1.3.7)."""
        self._check_addressed(claims)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise ProviderError("portal.vendor.refused.token")

    def _check_addressed(self, claims: Mapping[str, Any]) -> None:
        """Raise ProviderError unless a token is the provider's, for us, and of now."""
        audience, now = claims.get("aud"), self._now().timestamp()
        own = self.settings.client_id
        is_ours = audience in (own, [own]) and claims.get("azp", own) == own
        ends, begins = claims.get("exp"), claims.get("iat")
        is_timely = (
            isinstance(ends, int)
            and isinstance(begins, int)
            and begins - _SKEW <= now < ends + _SKEW
        )
        if claims.get("iss") != self.settings.issuer or not (is_ours and is_timely):
            raise ProviderError("portal.vendor.refused.token")

    def _identity(self, claims: Mapping[str, Any], token: str, access: str) -> Identity:
        """Return whom claims name; the organisation is asked for where the token lacks it."""
        subject, organisation = claims.get("sub"), claims.get(ORGANISATION)
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST:
            raise ProviderError("portal.vendor.refused.token")
        if organisation is None and access:
            told = self._ask("GET", self._endpoint("userinfo_endpoint"), bearer=access)[1]
            organisation = told.get(ORGANISATION) if told.get("sub") == subject else None
        if not isinstance(organisation, str) or not 0 < len(organisation) <= _LONGEST:
            raise ProviderError("portal.vendor.refused.organisation")
        sid = claims.get("sid")
        return Identity(
            subject=subject,
            organisation=organisation,
            sid=sid if isinstance(sid, str) else "",
            token=token,
        )

    def _metadata(self) -> Mapping[str, Any]:
        found = self._fetched(self._discovery)
        if found.get("issuer") != self.settings.issuer:
            raise ProviderError("portal.vendor.refused.provider")
        return found

    def _keys(self, *, fresh: bool) -> Mapping[str, Any]:
        return self._fetched(self._endpoint("jwks_uri"), fresh=fresh)

    def _endpoint(self, name: str) -> str:
        address = self._metadata().get(name)
        if not isinstance(address, str) or not is_safe(address):
            raise ProviderError("portal.vendor.refused.provider")
        return address

    def _fetched(self, address: str, *, fresh: bool = False) -> Mapping[str, Any]:
        now = self._now().timestamp()
        with self._lock:
            at, told = self._known.get(address, (0.0, {}))
        if not fresh and told and now - at < _KNOWN_SECONDS:
            return told
        status, told = self._ask("GET", address)
        if status != _OK:
            raise ProviderError("portal.vendor.refused.provider")
        with self._lock:
            self._known[address] = (now, told)
        return told

    def _ask(
        self,
        method: str,
        address: str,
        form: Mapping[str, str] | None = None,
        *,
        bearer: str = "",
    ) -> tuple[int, Mapping[str, Any]]:
        """Return status and JSON of an answer, bounded; redirects are not followed."""
        content = b""
        headers = {"Accept": "application/json"}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        try:
            with self._http.stream(method, address, data=form, headers=headers) as answer:
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > _LARGEST:
                        raise ProviderError("portal.vendor.refused.provider")
            told = json.loads(content)
        except (httpx.HTTPError, ValueError, RecursionError):
            raise ProviderError("portal.vendor.refused.provider") from None
        if not isinstance(told, dict):
            raise ProviderError("portal.vendor.refused.provider")
        return answer.status_code, told


def is_safe(address: str) -> bool:
    """Tell whether an address may be asked: HTTPS, or plain HTTP on this very machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )
