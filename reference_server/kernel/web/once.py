"""Values for one sign-in that only the browser's own session id gives; knows no provider.

Code verifier and nonce are made from the session's id, which is kept hashed: nothing that a site
keeps redeems a code (RFC 7636, RFC 9700 §2.1). What a page must keep for later, and nobody else may
read, is sealed under a key from the same id.
"""

import hashlib
import hmac
from typing import Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from reference_server.kernel.base64url import base64url
from reference_server.kernel.web.session import Session

STATE_BYTES: Final = 24
_SEAL: Final = {"alg": "dir", "enc": "A256GCM"}


def made(purpose: str, session: Session, state: str) -> str:
    """Return a value for a purpose that only this session gives, once for each sign-in."""
    key = f"{purpose}:{state}".encode()
    return base64url(hmac.new(session.id.encode(), key, hashlib.sha256).digest())


def sealed(secret: str, session: Session) -> str:
    """Return a text that only this session opens (JWE, A256GCM)."""
    return jwe.encrypt_compact(dict(_SEAL), secret.encode(), _key(session))


def opened(text: str, session: Session) -> str:
    """Return what was sealed in this session; empty where it was not."""
    try:
        plaintext = jwe.decrypt_compact(text, _key(session)).plaintext
    except (JoseError, ValueError):
        return ""
    return "" if plaintext is None else plaintext.decode()


def _key(session: Session) -> OctKey:
    return OctKey.import_key(hashlib.sha256(f"seal:{session.id}".encode()).digest())


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a code verifier (RFC 7636 §4.2)."""
    return base64url(hashlib.sha256(verifier.encode()).digest())
