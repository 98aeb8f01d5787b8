"""How each forgery makes an answer false; reaches no network and knows no scenario.

Every function returns the false answer, or None where an answer is not one it can make false.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, urlencode

from scenarios.tricks import Forgery
from test_suites.deviations import id_tokens
from test_suites.deviations.answer import Answer
from test_suites.deviations.workshop import Workshop

ELSEWHERE: Final = "/elsewhere"
"""Where a redirected token request is sent: below the base URL, where nobody offers anything."""
STRANGER_NAMED: Final = {
    "name": "Camille Inconnue-Lesage",
    "given_name": "Camille",
    "family_name": "Inconnue-Lesage",
}
"""A person whom nobody else in the lab is called like: whoever uses these words believed them."""
OTHER_ISSUER: Final = "https://other.example/auth/realms/organization"
_JSON: Final = (b"content-type", b"application/json")
_REDIRECTED: Final = 307
_SENT_BACK: Final = 303
_OK: Final = 200
_BAD_REQUEST: Final = 400
_API: Final = (
    "submit-prescription",
    "retrieve-prescription",
    "search-task",
    "read-task",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A request and its honest answer: operation, path, parameters asked with."""

    operation: str
    path: str
    asked: Mapping[str, str]
    answer: Answer


Forged: TypeAlias = Callable[[Said, Workshop], Answer | None]
Parameters: TypeAlias = dict[str, str]
Json: TypeAlias = dict[str, object]


def sent_back(change: Callable[[Parameters], Parameters]) -> Forged:
    """Change the parameters with which the browser is sent back to the client."""

    def forge(said: Said, _workshop: Workshop) -> Answer | None:
        address, mark, query = said.answer.header(b"location").decode("latin-1").partition("?")
        given = dict(parse_qsl(query))
        if not mark or "code" not in given:
            return None
        location = f"{address}?{urlencode(change(given))}".encode("latin-1")
        return replace(said.answer, headers=said.answer.with_header(b"location", location))

    return forge


def told(change: Callable[[Json, Workshop], Json]) -> Forged:
    """Change what an endpoint tells in JSON."""

    def forge(said: Said, workshop: Workshop) -> Answer | None:
        content = _json(said.answer)
        if content is None:
            return None
        body = json.dumps(change(content, workshop)).encode("utf-8")
        return Answer(status=_OK, headers=said.answer.with_header(*_JSON), body=body)

    return forge


def id_token(make: id_tokens.Make) -> Forged:
    """Put another ID token in the place of the right one."""

    def forge(said: Said, workshop: Workshop) -> Answer | None:
        content = _json(said.answer)
        token = None if content is None else content.get("id_token")
        if content is None or not isinstance(token, str):
            return None
        content["id_token"] = make(token, str(content.get("access_token", "")), workshop)
        body = json.dumps(content).encode("utf-8")
        return replace(said.answer, body=body)

    return forge


def _json(answer: Answer) -> Json | None:
    if answer.status != _OK:
        return None
    try:
        content = json.loads(answer.body)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _without(name: str) -> Callable[[Parameters], Parameters]:
    return lambda given: {key: value for key, value in given.items() if key != name}


def _with(**other: str) -> Callable[[Parameters], Parameters]:
    return lambda given: {**given, **other}


def _denied(given: Parameters) -> Parameters:
    kept = {key: value for key, value in given.items() if key != "code"}
    return {**kept, "error": "access_denied", "error_description": "Connexion refusée"}


def _s256_refused(said: Said, _workshop: Workshop) -> Answer | None:
    """Say that S256 is not supported; whoever comes back with less is let in."""
    if said.asked.get("code_challenge_method") != "S256" or "redirect_uri" not in said.asked:
        return None
    told_back = {
        "error": "invalid_request",
        "error_description": "transform algorithm not supported",
        "state": said.asked.get("state", ""),
    }
    location = f"{said.asked['redirect_uri']}?{urlencode(told_back)}".encode("latin-1")
    return Answer(status=_SENT_BACK, headers=[(b"location", location)])


def _injected(said: Said, workshop: Workshop) -> Answer | None:
    """Answer for a stolen code as a provider would that does not look at the verifier."""
    if said.asked.get("grant_type") != "authorization_code":
        return None
    content: Json = {
        "access_token": workshop.signed(id_tokens.stranger(workshop), workshop.signing()),
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": workshop.signed(
            {
                **id_tokens.stranger(workshop),
                "aud": said.asked.get("client_id", ""),
                "nonce": id_tokens.OTHER_NONCE,
            },
            workshop.signing(),
        ),
    }
    return Answer(status=_OK, headers=[_JSON], body=json.dumps(content).encode("utf-8"))


def _refresh_revoked(said: Said, _workshop: Workshop) -> Answer | None:
    """Say of a refresh token that its whole family is revoked (RFC 9700 §4.14.2)."""
    if said.asked.get("grant_type") != "refresh_token":
        return None
    told_back = {"error": "invalid_grant", "error_description": "Jeton de rafraîchissement révoqué"}
    body = json.dumps(told_back).encode("utf-8")
    return Answer(status=_BAD_REQUEST, headers=[_JSON, (b"cache-control", b"no-store")], body=body)


def _changed(**other: object) -> Callable[[Json, Workshop], Json]:
    return lambda content, _workshop: {**content, **other}


def _dropped(name: str) -> Callable[[Json, Workshop], Json]:
    return lambda content, _workshop: {k: v for k, v in content.items() if k != name}


def _of_type(kind: str) -> Callable[[Json, Workshop], Json]:
    return lambda content, _workshop: {**content, "token_type": kind}


def _plain_http(content: Json, _workshop: Workshop) -> Json:
    endpoint = str(content.get("token_endpoint", ""))
    return {**content, "token_endpoint": endpoint.replace("https://", "http://", 1)}


def _with_next_key(content: Json, workshop: Workshop) -> Json:
    key = {**workshop.next.as_dict(private=False), "use": "sig", "alg": "ES256"}
    return {**content, "keys": [key]}


def _with_strange_keys(content: Json, _workshop: Workshop) -> Json:
    strange = [
        {"kty": "XYZ", "kid": "of-a-kind-to-come", "use": "sig", "x": "AAAA"},
        {
            "kty": "EC",
            "kid": "of-a-curve-to-come",
            "use": "sig",
            "crv": "P-999",
            "x": "A",
            "y": "A",
        },
        {"kty": "RSA", "kid": "for-encryption", "use": "enc", "n": "AQAB", "e": "AQAB"},
    ]
    keys = content.get("keys")
    return {**content, "keys": [*strange, *(keys if isinstance(keys, list) else [])]}


def _token_redirected(_said: Said, workshop: Workshop) -> Answer | None:
    location = f"{workshop.base_url}{ELSEWHERE}".encode("ascii")
    return Answer(status=_REDIRECTED, headers=[(b"location", location)])


def _api_redirected(said: Said, workshop: Workshop) -> Answer | None:
    """Send the client to the same path under another name of the same machine."""
    origin = workshop.base_url.partition("://")[2].partition("/")[0]
    port = origin.rpartition(":")[2]
    location = f"https://localhost:{port}{said.path}".encode("latin-1")
    return Answer(status=_REDIRECTED, headers=[(b"location", location)])


def _on_token(forged: Forged) -> Mapping[str, Forged]:
    return {"token": forged}


FORGERIES: Final[Mapping[Forgery, Mapping[str, Forged]]] = {
    Forgery.STATE_OTHER: {"*": sent_back(_with(state="another-state-than-the-one-sent"))},
    Forgery.STATE_MISSING: {"*": sent_back(_without("state"))},
    Forgery.ISSUER_OTHER: {"*": sent_back(_with(iss=OTHER_ISSUER))},
    Forgery.ISSUER_MISSING: {"*": sent_back(_without("iss"))},
    Forgery.SIGN_IN_DENIED: {"*": sent_back(_denied)},
    Forgery.CODE_INJECTED: {
        "token": _injected,
        "*": sent_back(_with(code="a-code-that-was-issued-to-somebody-else-0000")),
    },
    Forgery.S256_REFUSED: {"authorize": _s256_refused},
    Forgery.DISCOVERY_ISSUER_OTHER: {"discovery": told(_changed(issuer=OTHER_ISSUER))},
    Forgery.DISCOVERY_PLAIN_HTTP: {"discovery": told(_plain_http)},
    Forgery.DISCOVERY_WITHOUT_PKCE: {
        "discovery": told(_dropped("code_challenge_methods_supported"))
    },
    Forgery.DISCOVERY_PLAIN_PKCE: {
        "discovery": told(_changed(code_challenge_methods_supported=["plain"]))
    },
    Forgery.KEYS_ROTATED: {
        "token": id_token(id_tokens.by_next_key),
        "jwks": told(_with_next_key),
    },
    Forgery.KEYS_STRANGE: {"jwks": told(_with_strange_keys)},
    Forgery.TYPE_MISSING: _on_token(told(_dropped("token_type"))),
    Forgery.TYPE_UNKNOWN: _on_token(told(_of_type("mac"))),
    Forgery.REDEMPTION_REDIRECTED: _on_token(_token_redirected),
    Forgery.IDENTITY_MISSING: _on_token(told(_dropped("id_token"))),
    **{forgery: _on_token(id_token(make)) for forgery, make in id_tokens.MAKES.items()},
    Forgery.REFRESH_REVOKED: _on_token(_refresh_revoked),
    Forgery.USERINFO_SUBJECT_OTHER: {
        "userinfo": told(_changed(sub=id_tokens.STRANGER, **STRANGER_NAMED))
    },
    Forgery.API_REDIRECTED: dict.fromkeys(_API, _api_redirected),
}
