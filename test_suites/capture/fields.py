"""Where secrets stand in HTTP: headers, forms, queries, JSON; replaces them field by field."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from test_suites.capture import canonical
from test_suites.capture.secrets import JWT, SessionSecrets
from test_suites.core.message import JsonValue, Redaction, Token

SECRET_FIELDS: Final = frozenset(
    {
        b"access_token",
        b"assertion",
        b"client_assertion",
        b"client_secret",
        b"code",
        b"code_verifier",
        b"id_token",
        b"id_token_hint",
        b"logout_token",
        b"password",
        b"refresh_token",
        b"token",
    }
)
SECRET_KEYS: Final = frozenset({"access_token", "id_token", "refresh_token", "client_secret"})
_JSON_SECRET = re.compile(rb'("(?:access_token|id_token|refresh_token)"\s*:\s*")((?:[^"\\]|\\.)*)')
_COOKIE = re.compile(rb"([^=;,\s]+)=([^;,]*)")
_JWT_PARTS: Final = 3
PARTS_KEPT: Final = 256
"""Headers and claims of tokens kept read: a client shows its token with every request."""


@dataclass(slots=True, kw_only=True)
class Notes:
    """Collects what was taken out of one exchange."""

    secrets: SessionSecrets
    verify: Callable[[str], bool | None]
    redactions: list[Redaction] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)

    def take(self, secret: bytes, where: str, kind: str) -> bytes:
        """Note one secret and return what stands in its place."""
        if not secret or secret.startswith(b"redacted."):
            return secret
        token = self._token(secret, where)
        if token is None:
            self.redactions.append(self.secrets.redaction(where, kind, secret))
        elif token not in self.tokens:
            self.tokens.append(token)
        return self.secrets.placeholder(kind, secret)

    def _token(self, secret: bytes, where: str) -> Token | None:
        parts = secret.split(b".")
        if len(parts) != _JWT_PARTS:
            return None
        header, claims = _json_part(parts[0]), _json_part(parts[1])
        if header is None or claims is None:
            return None
        return Token(
            where=where,
            header=header,
            claims=claims,
            signature_valid=self.verify(secret.decode("latin-1")),
            sha256=self.secrets.digest(secret),
            length=len(secret),
        )


@lru_cache(maxsize=PARTS_KEPT)
def _json_part(part: bytes) -> dict[str, JsonValue] | None:
    try:
        return canonical.decode(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return None


def redact_header(name: bytes, value: bytes, notes: Notes) -> tuple[bytes, bytes]:
    """Return one header without its secrets; the name stays as it was written."""
    match name.lower():
        case b"authorization" | b"proxy-authorization":
            value = _credentials(value, name.lower().decode("ascii"), notes)
        case b"cookie" | b"set-cookie":
            value = _cookies(value, name.lower().decode("ascii"), notes)
        case b"location" | b"referer" | b"content-location":
            value = _address(value, name.lower().decode("ascii"), notes)
        case _:
            pass
    return name, value


def _credentials(value: bytes, name: str, notes: Notes) -> bytes:
    scheme, blank, secret = value.partition(b" ")
    if not blank:
        return notes.take(value, f"header:{name}", "credentials")
    kind = "access_token" if scheme.lower() == b"bearer" else "credentials"
    return scheme + blank + notes.take(secret.strip(), f"header:{name}", kind)


def _cookies(value: bytes, name: str, notes: Notes) -> bytes:
    first, semicolon, attributes = value.partition(b";")
    rest = attributes if name == "set-cookie" else _each_cookie(attributes, name, notes)
    return _each_cookie(first, name, notes) + semicolon + rest


def _each_cookie(value: bytes, name: str, notes: Notes) -> bytes:
    return _COOKIE.sub(
        lambda match: match[1] + b"=" + notes.take(match[2], f"header:{name}", "cookie"), value
    )


def _address(value: bytes, name: str, notes: Notes) -> bytes:
    """Redact the query and the fragment of an address: an answer's code stands there."""
    parts = re.split(rb"([?#])", value)
    for index in range(2, len(parts), 2):
        parts[index] = redact_pairs(parts[index], f"header:{name}", notes)
    return b"".join(parts)


def redact_pairs(text: bytes, where: str, notes: Notes) -> bytes:
    """Redact `name=value&...`; what is no secret keeps its exact spelling."""
    return b"&".join(_pair(pair, where, notes) for pair in text.split(b"&"))


def _pair(pair: bytes, where: str, notes: Notes) -> bytes:
    name, equals, value = pair.partition(b"=")
    key = unquote_to_bytes(name.replace(b"+", b" ")).strip().lower()
    if key not in SECRET_FIELDS:
        return pair
    kind = key.decode("ascii")
    secret = unquote_to_bytes(value.replace(b"+", b" "))
    return name + equals + notes.take(secret, f"{where}:{kind}", kind)


def redact_json(body: bytes, notes: Notes) -> bytes:
    """Redact tokens in a JSON body, also in a broken one; the rest keeps its bytes."""
    found = tuple(_secrets_of(body))
    for path, key, secret in found:
        spelt = json.dumps(secret)[1:-1].encode("ascii")
        stand_in = notes.take(secret.encode("utf-8", "surrogatepass"), f"json:{path}", key)
        body = body.replace(spelt, stand_in)
    body = _JSON_SECRET.sub(lambda match: match[1] + _broken(match[2], notes), body)
    if any(not secret.startswith("redacted.") for _, _, secret in _secrets_of(body)):
        # The secret was spelt with escapes of its own: no part of this body is kept.
        return notes.take(body, "body", "unreadable")
    return JWT.sub(lambda match: notes.take(match[0], "body", "jwt"), body)


def _broken(secret: bytes, notes: Notes) -> bytes:
    return notes.take(secret, "json:$", "token")


def _secrets_of(body: bytes) -> Iterator[tuple[str, str, str]]:
    """Find the secrets of a JSON body, also under repeated keys: path, key, secret."""
    try:
        document = json.loads(body, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return
    yield from _walk(document, "$")


class _Pairs(list[tuple[str, object]]):
    """A JSON object with every pair it was written with; never an array."""


def _walk(value: object, path: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, _Pairs):
        for key, part in value:
            if key in SECRET_KEYS and isinstance(part, str) and part:
                yield f"{path}.{key}", key, part
            else:
                yield from _walk(part, f"{path}.{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _walk(part, f"{path}[{index}]")
