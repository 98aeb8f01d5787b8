"""Proofs of possession (RFC 9449) and wrong guesses; pure, knows no table and no signature."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from reference_server.kernel.base64url import base64url
from reference_server.services.trust.errors import InvalidDpopProof
from reference_server.services.trust.rules.protocol import JTI_LENGTH_LIMIT

PROOF_TYPE = "dpop+jwt"
WRONG_GUESSES = 10
BLOCKED_SECONDS = 60
LONGEST_BLOCK_SECONDS = 900
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The request a proof is for: method, and address without query."""

    method: str
    url: str


def check_proof_claims(
    claims: Mapping[str, object], request: Request, *, now: float, longest: int
) -> str:
    """RFC 9449 §4.3: the proof is for this request and for now; returns its `jti`.

    `longest` is how many seconds it may be off; the nonce and the token are looked at elsewhere.
    """
    jti, issued = claims.get("jti"), claims.get("iat")
    if not isinstance(jti, str) or not 0 < len(jti) <= JTI_LENGTH_LIMIT:
        raise InvalidDpopProof("proof-malformed")
    if claims.get("htm") != request.method:
        raise InvalidDpopProof("proof-method")
    if not _is_same_address(claims.get("htu"), request.url):
        raise InvalidDpopProof("proof-address")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        raise InvalidDpopProof("proof-malformed")
    if abs(now - issued) > longest:
        raise InvalidDpopProof("proof-time")
    return jti


def check_token_hash(claims: Mapping[str, object], token: str) -> None:
    """RFC 9449 §4.3: the proof names the access token it comes with."""
    digest = hashlib.sha256(token.encode()).digest()
    if claims.get("ath") != base64url(digest):
        raise InvalidDpopProof("proof-token")


def seconds_blocked(*, failures: int, since: int) -> int:
    """RFC 6749 §10.10: how long a name still rests after wrong guesses in a row.

    Ten are free; then a minute, twice as long after each further one, up to a quarter of an hour.
    `since` is how many seconds ago the last one came.
    """
    if failures < WRONG_GUESSES:
        return 0
    doubled = min(failures - WRONG_GUESSES, 10)
    return max(0, min(BLOCKED_SECONDS << doubled, LONGEST_BLOCK_SECONDS) - since)


def _is_same_address(told: object, url: str) -> bool:
    if not isinstance(told, str):
        return False
    try:
        return _normal(told) == _normal(url)
    except ValueError:
        return False


def _normal(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return parts.scheme, parts.hostname, port, unquote(parts.path)
